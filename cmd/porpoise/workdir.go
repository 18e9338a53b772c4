package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// sharedWork is where work folders go when tenants cannot reach the data
// folder: below a home that is shut to others, for instance.
const sharedWork = "/var/lib/porpoise/work"

// workDir says where attempts of a worker with this data folder work; empty
// for its own choice. Only root runs attempts as somebody else, so nobody else
// has to ask who may pass.
func (e *environment) workDir(dataDir, wanted string) (string, error) {
	if wanted != "" {
		return filepath.Abs(wanted)
	}
	if os.Geteuid() != 0 {
		return "", nil
	}
	shut := firstShut(dataDir)
	if shut == "" {
		return "", nil
	}
	sum := sha256.Sum256([]byte(dataDir))
	dir := filepath.Join(sharedWork, hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("tenants cannot pass through %s, and no other place is left: %w; give --work-dir", shut, err)
	}
	e.log.Info("tenants cannot pass through a parent of the data folder; attempts work elsewhere", "parent", shut, "work_dir", dir)
	return dir, nil
}

// firstShut gives the folder nearest to the root that others may not pass
// through on the way to dir; empty when there is none. What does not exist yet
// is going to be open.
func firstShut(dir string) string {
	var shut string
	for at := dir; ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && info.Mode().Perm()&0o001 == 0 {
			shut = at
		}
		if at == filepath.Dir(at) {
			return shut
		}
	}
}
