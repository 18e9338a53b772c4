package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFirstShut(t *testing.T) {
	root, err := os.MkdirTemp("", "porpoise-workdir-") // t.TempDir is shut itself
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	home := filepath.Join(root, "home")
	data := filepath.Join(home, "clone", "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	absent := filepath.Join(data, "worker")
	if got := firstShut(absent); got != "" {
		t.Errorf("open all the way, but %s is said to be shut", got)
	}
	for _, dir := range []string{data, home} {
		if err := os.Chmod(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		if got := firstShut(absent); got != dir {
			t.Errorf("%s is shut, got %q", dir, got)
		}
	}
}
