// Package e2e holds the end-to-end tests: the real lasso binary in front of
// real geth nodes, driven by a real Ethereum client and a real browser.
//
// It is a module of its own, so that go-ethereum and chromedp stay out of the
// router's dependency graph. Each test starts the nodes and the router it needs
// on free loopback ports and stops them again, so every test runs alone with
// go test -run.
//
// All nodes of a test serve the same chain. TestMain lets one geth seal some
// twenty blocks, stops it cleanly and keeps its data directory; a test's nodes
// run on copies of it and seal nothing further, since --dev.period 0 seals only
// pending transactions. So equal questions have equal answers, byte for byte,
// and a node killed with SIGKILL has lost nothing when it starts again.
//
// Environment:
//
//	LASSO_E2E_GETH  a geth binary to use instead of building one
//	LASSO_SHOTS     a directory for the browser test's screenshots
//	CI              when true, a missing browser fails instead of skipping
package e2e
