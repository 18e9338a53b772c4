package cluster

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// removeCgroups removes the cgroups that supervisors below dir left behind when
// they were killed. A later life on the same data would have done so, but there
// is none. What is not empty stays.
func removeCgroups(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "cgroups" {
			return nil
		}
		bases, _ := os.ReadFile(path)
		for base := range strings.Lines(string(bases)) {
			removeTree(strings.TrimSpace(base))
		}
		return nil
	})
}

// removeTree removes a cgroup with those below it; their files go with them.
func removeTree(base string) {
	if !filepath.IsAbs(base) {
		return
	}
	var dirs []string
	_ = filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for _, d := range slices.Backward(dirs) {
		_ = os.Remove(d) // a cgroup in use refuses
	}
}
