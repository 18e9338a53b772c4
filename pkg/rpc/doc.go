// Package rpc is how the roles speak gRPC: the same keepalive, limits, TLS and
// error table on both ends of every connection.
//
// An error that crosses a connection keeps its code, reason, field and
// message, as a *workflow.Error on the other side. Arguments of a dialect's
// message template stay behind. What is not a *workflow.Error is logged in
// full where it happened and travels as "internal error".
package rpc
