package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A key file has one key per line, in base64, the sealing one first. Empty
// lines and lines that start with # are passed over; a word before the key,
// its id, is for people.

// LoadOrCreate reads the key file at path, or makes one with a new key. A file
// that others than its owner can read is refused.
func LoadOrCreate(path string) (*Box, error) {
	box, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return box, err
	}
	box, err = NewBox(newRaw())
	if err != nil {
		return nil, err
	}
	err = publish(path, box, os.Link)
	if errors.Is(err, fs.ErrExist) { // another process was faster: its key counts
		return Load(path)
	}
	if err != nil {
		return nil, fmt.Errorf("creating key file %s (or make it yourself: 32 random bytes in base64, mode 0600, owned by the user of this process): %w", path, err)
	}
	return box, nil
}

// Load reads the key file at path.
func Load(path string) (*Box, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key file %s has mode %04o: only its owner may read it", path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading key file: %w", err)
	}
	box, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return box, nil
}

// Rotate puts a new key in front of those of the file at path, and gives the
// box with all of them.
func Rotate(path string) (*Box, error) {
	old, err := Load(path)
	if err != nil {
		return nil, err
	}
	raw := [][]byte{newRaw()}
	for _, k := range old.keys {
		raw = append(raw, k.raw)
	}
	box, err := NewBox(raw...)
	if err != nil {
		return nil, err
	}
	if err := publish(path, box, replace); err != nil {
		return nil, fmt.Errorf("writing key file: %w", err)
	}
	return box, nil
}

// replace puts from in the place of to, whose owner becomes its own: who adds a
// key is often root, and servers must go on reading the file as themselves.
func replace(from, to string) error {
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := os.Chown(from, int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("giving the file to its owner of before (run this as that user, or as root): %w", err)
		}
	}
	return os.Rename(from, to)
}

func newRaw() []byte {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // documented never to fail
	return raw
}

func parse(data []byte) (*Box, error) {
	var raw [][]byte
	number := 0
	for line := range bytes.Lines(data) {
		number++
		fields := strings.Fields(string(line))
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		r, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
		if err != nil || len(fields) > 2 {
			// The line is not shown: it may be a key with a typing error.
			return nil, fmt.Errorf("line %d is not a key in base64", number)
		}
		raw = append(raw, r)
	}
	return NewBox(raw...)
}

// publish writes the keys beside path and puts the file in place at once:
// whoever reads path sees all of it or none.
func publish(path string, box *Box, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	for _, k := range box.keys {
		if _, err = fmt.Fprintf(f, "%s %s\n", k.id, base64.StdEncoding.EncodeToString(k.raw)); err != nil {
			break
		}
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
