// Package services runs real MariaDB, PostgreSQL and etcd processes for tests
// and benches.
//
// MariaDB, Postgres and Etcd serve tests: they hand out something fresh and
// skip, saying why, where the programs are not installed. The functions named
// Start serve end-to-end tests, which kill and restart what they started.
//
// Every process dies with the program that started it, however that ends, and
// a small reaper removes the shared data directories afterwards.
package services
