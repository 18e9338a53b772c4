// Package e2e runs the real binary and looks at it from outside: its command
// line, its signals, the scripts beside it.
package e2e
