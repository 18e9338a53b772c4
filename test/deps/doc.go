// Package deps holds a test that checks which package may import which. The
// table is in layers.go; what it refuses is named together with the reason.
package deps
