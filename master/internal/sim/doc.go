// Package sim holds the deterministic simulation of masters: real hubs, shard
// loops and committers under a virtual clock, with modelled workers behind
// links that delay, break and lose, and with crashes, pauses and take-overs
// chosen by a seed. The same seed gives the same run. Everything in it is test
// code.
package sim
