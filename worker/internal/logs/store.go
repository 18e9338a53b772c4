// Package logs keeps the logs of a worker's attempts: one append-only file
// each, whose byte offsets never change. Attempts write to the file themselves;
// this package adds a first and a last line, reads for viewers and ships
// finished logs to a store.
package logs

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Store holds the logs below one folder.
type Store struct {
	dir  string
	log  *slog.Logger
	ship *shipper // nil: finished logs stay here only

	recovered chan struct{} // closed once running attempts are known

	mu     sync.Mutex
	live   map[int64]chan struct{} // closed when the attempt has ended; nil until somebody waits
	folder int64                   // the last one made
}

// New makes the folder. target may be nil.
func New(dir string, target Target, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &Store{dir: filepath.Clean(dir), log: log, recovered: make(chan struct{}), live: map[int64]chan struct{}{}, folder: -1}
	if target != nil {
		sh, err := newShipper(s, target)
		if err != nil {
			return nil, err
		}
		s.ship = sh
	}
	return s, nil
}

// Path gives where an attempt's log is.
func (s *Store) Path(attempt int64) string {
	const slash = string(filepath.Separator)
	return s.dir + slash + strconv.FormatInt(attempt/1000, 10) + slash + strconv.FormatInt(attempt, 10) + ".log"
}

// Begin makes an attempt's log with a first line, and counts it as live.
func (s *Store) Begin(attempt int64, text string) (string, error) {
	if err := s.makeFolder(attempt / 1000); err != nil {
		return "", err
	}
	path := s.Path(attempt)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	s.Resume(attempt)
	_, err = f.Write(line("INFO", time.Now(), text))
	return path, errors.Join(err, f.Close())
}

// makeFolder remembers the folder made last: attempts come in order.
func (s *Store) makeFolder(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n == s.folder {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(s.dir, strconv.FormatInt(n, 10)), 0o700); err != nil {
		return err
	}
	s.folder = n
	return nil
}

// line is a log line as DolphinScheduler's users know it.
func line(level string, t time.Time, text string) []byte {
	return fmt.Appendf(nil, "[%s] %s porpoise.worker:[0] - %s\n", level, t.Format("2006-01-02 15:04:05.000"), text)
}

// Resume counts the log of an attempt that goes on as live.
func (s *Store) Resume(attempt int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.live[attempt]; !ok {
		s.live[attempt] = nil
	}
}

// Recovered lets readers in: which attempts are live is known now.
func (s *Store) Recovered() { close(s.recovered) }

// Note adds a line to the log of a live attempt.
func (s *Store) Note(attempt int64, text string) {
	if err := appendLine(s.Path(attempt), line("INFO", time.Now(), text)); err != nil {
		s.log.Warn("writing a line of a log", "attempt", attempt, "error", err)
	}
}

// End adds a last line, tells followers and ships the log. It may be called
// again, then it only adds the line.
func (s *Store) End(attempt int64, ok bool, text string) {
	if err := appendLine(s.Path(attempt), lastLine(ok, text)); err != nil {
		s.log.Warn("writing the last line of a log", "attempt", attempt, "error", err)
	}
	s.ended(attempt)
}

// ended tells followers and ships.
func (s *Store) ended(attempt int64) {
	if s.ship != nil {
		s.ship.add(attempt)
	}
	s.forgotten(attempt)
}

// forgotten tells followers that an attempt is over.
func (s *Store) forgotten(attempt int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ended, ok := s.live[attempt]; ok {
		if ended != nil {
			close(ended)
		}
		delete(s.live, attempt)
	}
}

func lastLine(ok bool, text string) []byte {
	if ok {
		return line("INFO", time.Now(), text)
	}
	return line("ERROR", time.Now(), text)
}

// appendLine begins a new line if the attempt left one open.
func appendLine(path string, l []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], st.Size()-1); err == nil && last[0] != '\n' {
			l = append([]byte{'\n'}, l...)
		}
	}
	_, err = f.Write(l)
	return err
}

// end gives a channel that closes at the attempt's end, nil when it has ended.
func (s *Store) end(attempt int64) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended, live := s.live[attempt]
	if live && ended == nil {
		ended = make(chan struct{})
		s.live[attempt] = ended
	}
	return ended
}

// open gives the log (an fs.ErrNotExist when there is none) and a channel that closes at the attempt's end, nil when
// it has ended.
func (s *Store) open(attempt int64) (*os.File, <-chan struct{}, error) {
	ended := s.end(attempt)
	flag := os.O_RDONLY
	if ended != nil {
		// Nothing was written yet; what will be goes into the same file.
		flag |= os.O_CREATE
		if err := s.makeFolder(attempt / 1000); err != nil {
			return nil, nil, err
		}
	}
	f, err := os.OpenFile(s.Path(attempt), flag, 0o600)
	return f, ended, err
}
