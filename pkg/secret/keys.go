package secret

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// Keys is a key file that is followed: keys that are added while a process
// works are known to it at once. It is safe for concurrent use.
type Keys struct {
	path string

	mu   sync.Mutex
	box  *Box
	read fs.FileInfo // of the file as it was read last
}

// OpenKeys follows the key file at path, which is made if there is none.
func OpenKeys(path string) (*Keys, error) {
	if _, err := LoadOrCreate(path); err != nil {
		return nil, err
	}
	k := &Keys{path: path}
	return k, k.reload()
}

// Box gives the keys as they are in the file now. While the file cannot be read
// they are those read last.
func (k *Keys) Box() *Box {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.path)
	if err == nil && !same(info, k.read) {
		_ = k.reload() // a file that is no key file takes nothing away
	}
	return k.box
}

// Seal is Box.Seal with the keys of now.
func (k *Keys) Seal(plaintext, aad string) string { return k.Box().Seal(plaintext, aad) }

// Open is Box.Open with the keys of now.
func (k *Keys) Open(sealed, aad string) (string, error) { return k.Box().Open(sealed, aad) }

// Current is Box.Current with the keys of now.
func (k *Keys) Current(sealed string) bool { return k.Box().Current(sealed) }

// Rotate puts a new key in front.
func (k *Keys) Rotate() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := Rotate(k.path); err != nil {
		return err
	}
	return k.reload()
}

// DropOld forgets every key but the one that seals. What was sealed with
// another one cannot be opened any more.
func (k *Keys) DropOld() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	box, err := Load(k.path)
	if err != nil {
		return err
	}
	if len(box.keys) > 1 {
		if err := publish(k.path, &Box{keys: box.keys[:1]}, replace); err != nil {
			return fmt.Errorf("writing key file: %w", err)
		}
	}
	return k.reload()
}

func (k *Keys) reload() error {
	info, err := os.Stat(k.path) // before: a change meanwhile is seen next time
	if err != nil {
		return fmt.Errorf("reading key file: %w", err)
	}
	box, err := Load(k.path)
	if err != nil {
		return err
	}
	k.box, k.read = box, info
	return nil
}

// same says that a file was not changed: it is replaced, never written to.
func same(a, b fs.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
