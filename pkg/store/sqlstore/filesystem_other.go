//go:build !linux

package sqlstore

// networkFilesystem cannot tell here; the operator's guide says to use a local
// disk.
func networkFilesystem(string) (string, error) { return "", nil }
