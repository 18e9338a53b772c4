// Package cluster runs the real binary for end-to-end tests, chaos runs and
// benches: alone, or as a cluster of processes beside a real MariaDB and etcd.
// Nodes can be killed, frozen and started again on the same ports and folders.
// Whatever happens to the program that uses it, nothing it started is left.
package cluster
