// Package workdir makes the directories attempts work in, fills them and
// removes them afterwards, off the way of the next attempt.
package workdir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/porpoise-scheduler/porpoise/worker/internal/rescache"
)

// Source gives the content of resources, checked. A rescache.Cache is one.
type Source interface {
	Open(ctx context.Context, w rescache.Wanted) (*os.File, error)
}

// Owner is who the files belong to; UID -1 leaves them as they are.
type Owner struct{ UID, GID int }

// File is written before the attempt starts.
type File struct {
	Name string // no separators
	Data []byte
	Mode fs.FileMode
}

// Resource is fetched before the attempt starts.
type Resource struct {
	Name   string // relative path
	Key    string
	SHA256 string
	Size   int64
}

// Dirs holds the work directories below one folder.
type Dirs struct {
	root   string
	keep   bool
	source Source
	log    *slog.Logger
	spare  *spares

	mu    sync.Mutex
	trash []string
	wake  chan struct{}
}

// New makes root if there is none. With keep nothing is removed. Without a
// source attempts with resources fail.
func New(root string, keep bool, source Source, log *slog.Logger) (*Dirs, error) {
	// Tenants pass through to their own directory and see no other.
	if err := os.MkdirAll(root, 0o711); err != nil {
		return nil, err
	}
	if err := os.Chmod(root, 0o711); err != nil {
		return nil, err
	}
	spare, err := newSpares(filepath.Join(root, sparesName))
	if err != nil {
		return nil, err
	}
	return &Dirs{root: filepath.Clean(root), keep: keep, source: source, log: log, spare: spare, wake: make(chan struct{}, 1)}, nil
}

// Path gives an attempt's directory, whether it exists or not.
func (d *Dirs) Path(attempt int64) string {
	return d.root + string(filepath.Separator) + strconv.FormatInt(attempt, 10)
}

// Make makes an attempt's directory, 0700 and of the owner.
func (d *Dirs) Make(attempt int64, o Owner) (string, error) {
	path := d.Path(attempt)
	taken, err := d.spare.take(path, o)
	if err != nil || taken {
		return path, err
	}
	err = os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		// Left by a worker that ended before it started the attempt.
		if err = os.RemoveAll(path); err == nil {
			err = os.Mkdir(path, 0o700)
		}
	}
	if err != nil {
		return "", fmt.Errorf("making the work directory: %w", err)
	}
	if o.UID >= 0 {
		if err := os.Lchown(path, o.UID, o.GID); err != nil {
			return "", fmt.Errorf("giving the work directory to the tenant: %w", err)
		}
	}
	return path, nil
}

// Fill writes files and fetches resources into an attempt's directory. Nothing
// is written outside of it, whatever the names say.
func (d *Dirs) Fill(ctx context.Context, attempt int64, o Owner, files []File, resources []Resource) error {
	if len(files) == 0 && len(resources) == 0 {
		return nil
	}
	root, err := os.OpenRoot(d.Path(attempt))
	if err != nil {
		return err
	}
	defer root.Close()
	for _, r := range resources {
		if err := d.fetchOne(ctx, root, o, r); err != nil {
			return fmt.Errorf("resource %s: %w", r.Name, err)
		}
	}
	for _, f := range files {
		if f.Name == "" || strings.ContainsRune(f.Name, filepath.Separator) {
			return fmt.Errorf("file %q: the name has a separator", f.Name)
		}
		mode := f.Mode.Perm()
		if mode == 0 {
			mode = 0o600
		}
		if err := write(root, f.Name, o, mode, func(w io.Writer) error {
			_, err := w.Write(f.Data)
			return err
		}); err != nil {
			return fmt.Errorf("file %s: %w", f.Name, err)
		}
	}
	return nil
}

// resourceMode lets a tenant read and run a resource: what the attempt changes
// it writes elsewhere.
const resourceMode = 0o500

func (d *Dirs) fetchOne(ctx context.Context, root *os.Root, o Owner, r Resource) error {
	if d.source == nil {
		return errors.New("this worker has no resource store; its operator gives it one with --resource-store")
	}
	name := filepath.FromSlash(strings.TrimLeft(r.Name, "/"))
	if !filepath.IsLocal(name) {
		return errors.New("the path leads out of the work directory")
	}
	if err := makeParents(root, name, o); err != nil {
		return err
	}
	from, err := d.source.Open(ctx, rescache.Wanted{Key: r.Key, SHA256: r.SHA256, Size: r.Size})
	if err != nil {
		return err
	}
	defer from.Close()
	return write(root, name, o, resourceMode, func(w io.Writer) error { return copyAll(ctx, w, from) })
}

// copyStep is how much is copied between two looks at ctx.
const copyStep = 64 << 20

// copyAll copies, inside the kernel where the file systems allow it.
func copyAll(ctx context.Context, w io.Writer, from *os.File) error {
	for {
		_, err := io.CopyN(w, from, copyStep)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
	}
}

func makeParents(root *os.Root, name string, o Owner) error {
	dir := ""
	parts := strings.Split(filepath.Dir(name), string(filepath.Separator))
	for _, p := range parts {
		if p == "." {
			continue
		}
		dir = filepath.Join(dir, p)
		err := root.Mkdir(dir, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if o.UID >= 0 {
			if err := root.Lchown(dir, o.UID, o.GID); err != nil {
				return err
			}
		}
	}
	return nil
}

func write(root *os.Root, name string, o Owner, mode fs.FileMode, fill func(io.Writer) error) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, fs.ErrExist) {
		return errors.New("the task needs another file of the same name")
	}
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Chmod(mode) // whatever the umask is
	}
	if err == nil && o.UID >= 0 {
		err = f.Chown(o.UID, o.GID)
	}
	return errors.Join(err, f.Close())
}

// Remove queues an attempt's directory for removal.
func (d *Dirs) Remove(attempt int64) {
	if d.keep {
		return
	}
	d.mu.Lock()
	d.trash = append(d.trash, d.Path(attempt))
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run removes what was queued, until ctx ends; then it removes the rest.
func (d *Dirs) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			d.empty()
			return
		case <-d.wake:
			d.empty()
		}
	}
}

func (d *Dirs) empty() {
	d.mu.Lock()
	trash := d.trash
	d.trash = nil
	d.mu.Unlock()
	for _, path := range trash {
		if d.spare.keep(path) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			d.log.Warn("removing a work directory", "path", path, "error", err)
		}
	}
}

// Sweep queues what earlier lives left behind, except the attempts in use.
func (d *Dirs) Sweep(inUse func(attempt int64) bool) error {
	if d.keep {
		return nil
	}
	entries, err := os.ReadDir(d.root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if id, err := strconv.ParseInt(e.Name(), 10, 64); err == nil && !inUse(id) {
			d.Remove(id)
		}
	}
	return nil
}
