//go:build race

package e2e

// raceEnabled makes the router under test a race-checked binary too.
const raceEnabled = true
