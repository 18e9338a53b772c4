//go:build noconsole

// Package console serves the web console, which this build leaves out.
package console

import "io/fs"

func assets() (fs.FS, error) { return nil, nil }
