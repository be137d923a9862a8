// Package simnode simulates EVM JSON-RPC providers over HTTP, for tests and
// for a demonstration that needs no internet.
//
// A [Chain] is what all providers of one chain agree on: its height follows a
// clock, and every block, transaction, receipt and log is computed from the
// chain id and the block number, so nothing is stored and two nodes of a chain
// always agree. A [Node] is one provider of it, with a [Behaviour] that may be
// replaced while it runs: latency, errors, lag, limits, death, malformed
// answers. A [Script] answers single calls in any way a test wants.
//
// Answers have the shape that geth gives them, so that common client libraries
// decode them. Three things are not true to life: hashes are SHA-256 based and
// do not match the content they name, Merkle roots are random numbers, and
// transactions that are sent stay pending for ever.
//
// Randomness is derived from the seed, the name of the node and the number of
// the request: the same requests in the same order get the same fate. All
// waiting uses timers and ends with the request, and all time comes from the
// chain's clock or from package time, so a node can be used as an
// [net/http.Handler] inside a testing/synctest bubble.
//
// WebSocket is not supported.
package simnode
