// Package netguard is the only way the program makes requests to addresses
// that users name. Every address is checked at the moment of dialling, after
// name resolution, so that neither a name server that changes its mind, nor a
// redirect, nor an odd spelling of an address leads to the inside of the
// network. Environment proxies are not used and TLS is always verified.
package netguard
