// Package notifytest has what tests of notifications need: a mail server and
// robots that check what they are sent as the real ones do, and the suite every
// channel passes.
package notifytest
