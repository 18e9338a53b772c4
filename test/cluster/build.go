package cluster

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Binary compiles the binary for this program, once, and gives its path. It is
// removed when this program ends. E2E_BINARY names one to use instead.
var Binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("E2E_BINARY"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "porpoise-binary-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	if binaryReaper, err = reap(dir); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	path := filepath.Join(dir, "porpoise")
	return path, Build(path, raced)
})

// binaryReaper holds the pipe that stays open for as long as this program
// lives. A pipe nobody refers to is closed by the garbage collector, and then
// the reaper kills everything that runs the binary.
var binaryReaper io.Closer

// Raced reports whether the binary has the race detector, which takes several
// times the memory.
func Raced() bool { return raced }

// Build compiles the binary to a path, with the race detector if wished.
func Build(path string, race bool) error {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("finding the module: %w", err)
	}
	module := strings.TrimSpace(string(out))
	if err := lookAtSources(module); err != nil {
		return err
	}
	// The settings of `make build` and of `go test -race`: what those compiled
	// is not compiled again.
	args, cgo := []string{"build", "-buildvcs=false", "-o", path, "-trimpath"}, "0"
	if race {
		args, cgo = []string{"build", "-buildvcs=false", "-o", path, "-race"}, "1"
	}
	cmd := exec.Command("go", append(args, "./cmd/porpoise")...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return nil
}

// lookAtSources makes the test runner aware of what the binary is built from:
// without it a changed program would leave results of these tests cached.
func lookAtSources(module string) error {
	return filepath.WalkDir(module, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name := d.Name(); path != module && (strings.HasPrefix(name, ".") || name == "bin" || name == "data" || name == "test") {
				return fs.SkipDir
			}
		case strings.HasSuffix(path, "_test.go"):
		case strings.HasSuffix(path, ".go"), strings.HasSuffix(path, ".sql"), d.Name() == "go.mod":
			_, err = os.Stat(path)
			if errors.Is(err, fs.ErrNotExist) {
				err = nil // replaced under our eyes
			}
		}
		return err
	})
}
