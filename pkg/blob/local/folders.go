package local

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// heir is to whom files and folders are given; without an owner they stay the writer's. A
// worker that is root may share the folder with an API server that is not,
// which must be able to read, and to remove, what the worker wrote.
type heir struct{ owner *syscall.Stat_t }

// heirOf is the owner of the folder itself, where root works in a folder of
// somebody else.
func heirOf(root *os.Root) (heir, error) {
	info, err := root.Stat(".")
	if err != nil {
		return heir{}, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || owner.Uid == 0 {
		return heir{}, nil
	}
	return heir{owner}, nil
}

func (h heir) file(f *os.File) error {
	if h.owner == nil {
		return nil
	}
	return f.Chown(int(h.owner.Uid), int(h.owner.Gid))
}

// folders gives away a folder and those above it.
func (h heir) folders(root *os.Root, folder string) error {
	if h.owner == nil {
		return nil
	}
	for ; folder != "."; folder = path.Dir(folder) {
		if err := root.Lchown(folder, int(h.owner.Uid), int(h.owner.Gid)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// makeFolder reports whether the folder was missing.
func (s *Store) makeFolder(folder string) (made bool, err error) {
	if _, err := s.root.Stat(folder); err == nil {
		return false, nil
	}
	err = s.root.MkdirAll(folder, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) { // made by another Put in between
		return true, err
	}
	return true, s.heir.folders(s.root, folder)
}

// syncFolders makes the entry of a new file last, and those of the folders
// above it if they may be new.
func (s *Store) syncFolders(folder string, all bool) error {
	for {
		err := s.syncFolder(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // pruned in between: the blob is deleted already
			return err
		}
		if !all || folder == "." {
			return nil
		}
		folder = path.Dir(folder)
	}
}

func (s *Store) syncFolder(folder string) error {
	d, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// prune removes a folder, and those above it, as long as they are empty.
func (s *Store) prune(folder string) {
	s.folders.Lock()
	defer s.folders.Unlock()
	for ; folder != "."; folder = path.Dir(folder) {
		if s.root.Remove(folder) != nil { // not empty, or not ours to remove
			return
		}
	}
}
