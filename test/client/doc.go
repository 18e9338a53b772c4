// Package client speaks the REST API of DolphinScheduler 1.3.9 the way a script
// does: plain requests, a token in a header, polling for an end. End-to-end
// tests, chaos runs and benches share it; it knows nothing of our own code.
package client
