//go:build !noconsole

// Package console serves the web console: the built assets that are part of
// the binary, below /ui/. Its sources are beside it; `make console` builds them.
package console

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// assets gives the build; nil when this binary has none.
func assets() (fs.FS, error) { return fs.Sub(dist, "dist") }
