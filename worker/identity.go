package worker

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// identity gives the name under which a worker's memory is known: its node's
// id and a mark kept in its data directory. A worker whose directory was lost
// is another worker. Masters must not take its silence about an attempt for
// "never received": that would start the attempt a second time.
func identity(node, dir string) (string, error) {
	file := filepath.Join(dir, "identity")
	mark, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		var random [4]byte
		_, _ = rand.Read(random[:]) // never fails
		mark = []byte(hex.EncodeToString(random[:]))
		err = os.WriteFile(file, mark, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("worker's identity: %w", err)
	}
	return node + "-" + strings.TrimSpace(string(mark)), nil
}
