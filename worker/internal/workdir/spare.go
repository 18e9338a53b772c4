package workdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

const (
	sparesName = "spare"
	// maxSpares bounds the empty directories kept for each owner.
	maxSpares = 256
)

// spares keeps directories that an attempt left empty, as most do, for the next
// attempt of the same owner: on some file systems making and removing a
// directory each time costs as much as starting a process. Only directories
// nobody changed the rights of are kept.
type spares struct {
	dir string

	mu   sync.Mutex
	free map[Owner][]string
	made int
}

// newSpares starts with an empty folder.
func newSpares(dir string) (*spares, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	return &spares{dir: dir, free: map[Owner][]string{}}, nil
}

// take makes a spare directory of the owner the one at path, if there is one.
func (s *spares) take(path string, o Owner) (bool, error) {
	o = o.actual()
	s.mu.Lock()
	list := s.free[o]
	if len(list) == 0 {
		s.mu.Unlock()
		return false, nil
	}
	from := list[len(list)-1]
	s.free[o] = list[:len(list)-1]
	s.mu.Unlock()
	err := move(from, path)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTDIR) {
		// Left by a worker that ended before it started the attempt.
		if err = os.RemoveAll(path); err == nil {
			err = move(from, path)
		}
	}
	if err != nil {
		return false, fmt.Errorf("making the work directory: %w", err)
	}
	return true, nil
}

// move renames a directory. In place of an empty one it may come too, which
// os.Rename would look for and refuse.
func move(from, to string) error {
	for {
		if err := syscall.Rename(from, to); err != syscall.EINTR {
			return err
		}
	}
}

// actual gives the ids that files have when nothing is changed.
func (o Owner) actual() Owner {
	if o.UID < 0 {
		return Owner{UID: os.Geteuid(), GID: os.Getegid()}
	}
	return o
}

// keep takes the directory at path in; it is false when that must be removed.
func (s *spares) keep(path string) bool {
	o, ok := reusable(path)
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free[o]) >= maxSpares {
		return false
	}
	s.made++
	to := filepath.Join(s.dir, strconv.Itoa(s.made))
	if err := move(path, to); err != nil {
		return false
	}
	s.free[o] = append(s.free[o], to)
	return true
}

// reusable reports whether the directory is empty and as it was made.
func reusable(path string) (Owner, bool) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return Owner{}, false
	}
	defer syscall.Close(fd)
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Mode&0o7777 != 0o700 || hasAttributes(fd) || !isEmpty(fd) {
		return Owner{}, false
	}
	return Owner{UID: int(st.Uid), GID: int(st.Gid)}, true
}

// isEmpty reads the names in a directory until there is one.
func isEmpty(dir int) bool {
	var buf [1024]byte // holds the longest name
	for {
		n, err := syscall.ReadDirent(dir, buf[:])
		if err != nil || n == 0 {
			return err == nil
		}
		if _, names, _ := syscall.ParseDirent(buf[:n], 1, nil); names > 0 { // itself and its parent do not count
			return false
		}
	}
}
