//go:build race

package sim

// The race detector makes a simulation many times slower; its seeds are fewer.
const defaultSeeds = 200
