// Package blob keeps files that are too large for the database: resources and
// shipped logs. Adapters are in the folders below; blobtest is the suite that
// each of them passes.
package blob

import (
	"context"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Store keeps blobs under keys. Errors about a key or a blob are
// *workflow.Error: Invalid for a key that CheckKey refuses, NotFound for a blob
// that is not there. It is safe for concurrent use.
//
// Keys are like relative paths. A store need not be able to hold both a and
// a/b; it answers Conflict then.
type Store interface {
	// Put stores the next size bytes of r under key, or all of r with a
	// negative size, in place of what was there. Readers see the old blob or
	// the whole new one; after an error, such as a shorter r, the old one.
	Put(ctx context.Context, key string, r io.Reader, size int64) error

	// Get reads from offset on, at most limit bytes, or to the end with a limit
	// of 0. Beyond the end there is nothing, which is no error. The caller
	// closes the reader.
	Get(ctx context.Context, key string, offset, limit int64) (io.ReadCloser, error)

	// Stat describes a blob.
	Stat(ctx context.Context, key string) (Info, error)

	// Delete removes a blob; one that is not there is no error.
	Delete(ctx context.Context, key string) error

	// List yields the blobs whose keys begin with prefix, in no particular
	// order. It ends after the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Close releases what the store holds.
	Close() error
}

// Info describes a blob.
type Info struct {
	Key     string
	Size    int64
	ModTime time.Time
}

// Bounds of keys.
const (
	MaxKey     = 900 // bytes
	MaxSegment = 200 // bytes between slashes
)

// Reserved is a first segment that no key may have; adapters keep their own
// things there.
const Reserved = ".incoming"

// CheckKey refuses keys that are not plain relative paths: empty, absolute,
// with empty, "." or ".." segments, control characters, backslashes or broken
// UTF-8, or too long.
func CheckKey(key string) error {
	if key == "" {
		return invalidKey(key, "is empty")
	}
	if err := checkText(key); err != nil {
		return err
	}
	first := true
	for segment := range strings.SplitSeq(key, "/") {
		switch {
		case segment == "":
			return invalidKey(key, "has an empty segment")
		case segment == "." || segment == "..":
			return invalidKey(key, "has a segment of dots")
		case len(segment) > MaxSegment:
			return invalidKey(key, "has a segment that is too long")
		case first && segment == Reserved:
			return invalidKey(key, "is reserved")
		}
		first = false
	}
	return nil
}

// CheckPrefix refuses prefixes that no key could begin with. The empty one and
// one with a slash at its end are fine.
func CheckPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	// A prefix that ends within a segment ends within a key.
	folder, rest := prefix[:strings.LastIndexByte(prefix, '/')+1], prefix[strings.LastIndexByte(prefix, '/')+1:]
	if err := checkText(rest); err != nil {
		return err
	}
	if folder == "" {
		return nil
	}
	return CheckKey(strings.TrimSuffix(folder, "/"))
}

func checkText(key string) error {
	switch {
	case len(key) > MaxKey:
		return invalidKey(key[:64], "is too long")
	case !utf8.ValidString(key):
		return invalidKey(key, "is not UTF-8")
	case strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }):
		return invalidKey(key, "has a control character or a backslash")
	}
	return nil
}

// CheckRange refuses negative offsets and limits.
func CheckRange(offset, limit int64) error {
	if offset < 0 || limit < 0 {
		return workflow.Errorf(workflow.Invalid, "blob.range.invalid", "offset %d and limit %d must not be negative", offset, limit).At("offset")
	}
	return nil
}

// NotFound is the error for a blob that is not there.
func NotFound(key string) error {
	return workflow.Errorf(workflow.NotFound, "blob.not_found", "there is no blob %q", key)
}

func invalidKey(key, why string) error {
	return workflow.Errorf(workflow.Invalid, "blob.key.invalid", "blob key %q %s", key, why).At("key")
}

// Source reads what a Put stores.
type Source struct {
	ctx  context.Context // of the one Put that reads
	r    io.Reader
	left int64
	all  bool
	err  error
}

// Exactly gives a reader of the next size bytes of r that fails with
// io.ErrUnexpectedEOF when there are fewer; with a negative size, of all of r.
// It also fails when ctx ends.
func Exactly(ctx context.Context, r io.Reader, size int64) *Source {
	return &Source{ctx: ctx, r: r, left: size, all: size < 0}
}

// Err gives the error that reading failed with, nil at a proper end. Libraries
// lose it on the way through a connection.
func (s *Source) Err() error { return s.err }

func (s *Source) Read(p []byte) (int, error) {
	n, err := s.read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (s *Source) read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if s.all {
		return s.r.Read(p)
	}
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	if err == io.EOF && s.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
