// Package browser tests what people see, in a real Chromium: the pages of a
// server that runs as it does in production, driven by scripts for Node.
package browser
