//go:build race

package cluster

// raced says that tests run with the race detector: the binary then gets one
// too, and shares what was compiled for them.
const raced = true
