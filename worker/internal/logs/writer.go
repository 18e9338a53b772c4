package logs

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Writer is the log of an attempt that runs inside the worker. The file is
// made when there is something to write: many such attempts write nothing, and
// then first and last line are one write. Even the lines are not put together
// before they are needed.
type Writer struct {
	store   *Store
	attempt int64
	limit   int64 // 0: none

	mu      sync.Mutex
	begun   time.Time
	head    func() string // of the first line; nil once it is written
	f       *os.File
	written int64
	dropped int64
	open    bool // the last line has no end
}

// NewWriter counts the log as live; it ends with End.
func (s *Store) NewWriter(attempt, limit int64, text func() string) *Writer {
	s.Resume(attempt)
	return &Writer{store: s, attempt: attempt, limit: limit, begun: time.Now(), head: text}
}

// Write drops what is over the limit: a long log is no reason to fail.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	keep := p
	if w.limit > 0 {
		keep = p[:min(int64(len(p)), max(0, w.limit-w.written))]
	}
	w.dropped += int64(len(p) - len(keep))
	if len(keep) == 0 {
		return len(p), nil
	}
	if err := w.write(keep); err != nil {
		return 0, err
	}
	w.written += int64(len(keep))
	w.open = keep[len(keep)-1] != '\n'
	return len(p), nil
}

// write opens the file if need be, and puts the first line first.
func (w *Writer) write(p []byte) error {
	if w.f == nil {
		if err := w.store.makeFolder(w.attempt / 1000); err != nil {
			return err
		}
		f, err := os.OpenFile(w.store.Path(w.attempt), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		w.f = f
	}
	if w.head != nil {
		p = append(line("INFO", w.begun, w.head()), p...)
		w.head = nil
	}
	_, err := w.f.Write(p)
	return err
}

// End writes the last line, closes the file, tells followers and ships. It
// reports whether there is a log: an attempt that succeeded without a word has
// none, because making a file costs more than such an attempt itself.
func (w *Writer) End(ok bool, text func() string) (exists bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ok && w.f == nil && w.dropped == 0 {
		w.store.forgotten(w.attempt)
		return false
	}
	var tail []byte
	if w.open {
		tail = append(tail, '\n')
	}
	if w.dropped > 0 {
		tail = append(tail, line("WARN", time.Now(), fmt.Sprintf("%d bytes of this log were dropped, it is over its limit", w.dropped))...)
	}
	err := w.write(append(tail, lastLine(ok, text())...))
	if w.f != nil {
		err = errors.Join(err, w.f.Close())
	}
	if err != nil {
		w.store.log.Warn("writing the last line of a log", "attempt", w.attempt, "error", err)
	}
	w.store.ended(w.attempt)
	return true
}
