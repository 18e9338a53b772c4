// Package local keeps blobs as files below one folder.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// abandoned is the age at which an unfinished file belongs to a process that
// died.
const abandoned = 24 * time.Hour

// Store keeps blobs below a folder. No key and no symbolic link leads out of
// it. Several processes may share the folder.
type Store struct {
	root *os.Root
	// heir gets what is made here.
	heir heir
	// folders is held for writing while empty folders are removed, so that
	// none disappears between being made and being used.
	folders sync.RWMutex
}

var _ blob.Store = (*Store)(nil)

// New opens the folder dir, which is made if it is missing, and removes the
// unfinished files of processes that died.
func New(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making blob folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening blob folder: %w", err)
	}
	s := &Store{root: root}
	if s.heir, err = heirOf(root); err != nil {
		return nil, errors.Join(fmt.Errorf("opening blob folder: %w", err), root.Close())
	}
	if err := s.sweep(); err != nil {
		return nil, errors.Join(fmt.Errorf("sweeping blob folder: %w", err), root.Close())
	}
	return s, nil
}

// Close releases the folder.
func (s *Store) Close() error { return s.root.Close() }

// sweep removes abandoned unfinished files.
func (s *Store) sweep() error {
	if err := s.root.MkdirAll(blob.Reserved, 0o700); err != nil {
		return err
	}
	if err := s.heir.folders(s.root, blob.Reserved); err != nil {
		return err
	}
	entries, err := fs.ReadDir(s.root.FS(), blob.Reserved)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < abandoned {
			continue
		}
		if err := s.root.Remove(path.Join(blob.Reserved, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Put writes a file beside the others and moves it in place when it is on disk.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	name := path.Join(blob.Reserved, uuid.NewString())
	defer func() { _ = s.root.Remove(name) }() // gone already when all went well
	if err := s.write(name, blob.Exactly(ctx, r, size)); err != nil {
		return fmt.Errorf("writing blob %s: %w", key, err)
	}
	if err := s.publish(name, key); err != nil {
		return translate(key, err)
	}
	return nil
}

func (s *Store) write(name string, r io.Reader) error {
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = s.heir.file(f); err == nil {
		_, err = io.Copy(f, r)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// publish moves a finished file to its key. A folder that another process
// removes in between is made again.
func (s *Store) publish(name, key string) error {
	s.folders.RLock()
	defer s.folders.RUnlock()
	folder := path.Dir(key)
	const tries = 10
	for try := 1; ; try++ {
		made, err := s.makeFolder(folder)
		if err != nil {
			return err
		}
		err = s.root.Rename(name, key)
		if errors.Is(err, fs.ErrNotExist) && try < tries {
			continue
		}
		if err != nil {
			return err
		}
		return s.syncFolders(folder, made)
	}
}

// Get opens the file at its offset.
func (s *Store) Get(_ context.Context, key string, offset, limit int64) (io.ReadCloser, error) {
	if err := blob.CheckRange(offset, limit); err != nil {
		return nil, err
	}
	// A fifo that somebody put there would block on opening.
	if _, err := s.stat(key); err != nil {
		return nil, err
	}
	f, err := s.root.Open(key)
	if err != nil {
		return nil, translate(key, err)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(translate(key, err), f.Close())
	}
	if limit == 0 {
		return f, nil
	}
	return &limited{Reader: io.LimitReader(f, limit), Closer: f}, nil
}

type limited struct {
	io.Reader
	io.Closer
}

// Stat describes the file.
func (s *Store) Stat(_ context.Context, key string) (blob.Info, error) { return s.stat(key) }

func (s *Store) stat(key string) (blob.Info, error) {
	if err := blob.CheckKey(key); err != nil {
		return blob.Info{}, err
	}
	info, err := s.root.Stat(key)
	if err != nil {
		return blob.Info{}, translate(key, err)
	}
	if !info.Mode().IsRegular() {
		return blob.Info{}, blob.NotFound(key)
	}
	return blob.Info{Key: key, Size: info.Size(), ModTime: info.ModTime()}, nil
}

// Delete removes the file and the folders above it that are empty then.
func (s *Store) Delete(_ context.Context, key string) error {
	_, err := s.stat(key)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return translate(key, err)
	}
	s.prune(path.Dir(key))
	return nil
}

// List walks the folder that prefix lies in.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		if err := blob.CheckPrefix(prefix); err != nil {
			yield(blob.Info{}, err)
			return
		}
		start := path.Dir(prefix + "x")
		err := fs.WalkDir(s.root.FS(), start, func(name string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) { // nothing there, or gone in between
				return nil
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			return visit(name, entry, prefix, yield)
		})
		if err != nil && !errors.Is(err, fs.SkipAll) {
			yield(blob.Info{}, translate(prefix, err))
		}
	}
}

// visit yields a file; what is not one, and what prefix leaves out, is passed
// over.
func visit(name string, entry fs.DirEntry, prefix string, yield func(blob.Info, error) bool) error {
	if entry.IsDir() {
		if name == blob.Reserved || (name != "." && !related(name+"/", prefix)) {
			return fs.SkipDir
		}
		return nil
	}
	if !entry.Type().IsRegular() || !strings.HasPrefix(name, prefix) {
		return nil
	}
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !yield(blob.Info{Key: name, Size: info.Size(), ModTime: info.ModTime()}, nil) {
		return fs.SkipAll
	}
	return nil
}

// related reports whether keys with the prefix can lie in folder.
func related(folder, prefix string) bool {
	return strings.HasPrefix(folder, prefix) || strings.HasPrefix(prefix, folder)
}

// translate turns an error of the file system into one of the store.
func translate(key string, err error) error {
	switch {
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTEMPTY):
		return &workflow.Error{Code: workflow.Conflict, Reason: "blob.key.taken",
			Message: fmt.Sprintf("blob key %q lies below another key, or above", key), Err: err}
	case errors.Is(err, fs.ErrNotExist):
		return blob.NotFound(key)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &workflow.Error{Code: workflow.Exhausted, Reason: "blob.full", Message: "the disk of the blobs is full", Err: err}
	}
	return fmt.Errorf("blob %s: %w", key, err)
}
