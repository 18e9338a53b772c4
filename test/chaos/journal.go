package chaos

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Journal is the file that tasks of a run append to.
type Journal struct{ Path string }

// NewJournal makes an empty journal that tasks of any user may append to.
func NewJournal(dir string) (Journal, error) {
	j := Journal{Path: filepath.Join(dir, "journal")}
	if err := os.WriteFile(j.Path, nil, 0o600); err != nil {
		return j, err
	}
	return j, os.Chmod(j.Path, 0o666)
}

// Script is a shell task that says when it starts and ends, and does body in
// between. One line is one write of an appending shell.
func (j Journal) Script(task, body string) string {
	return fmt.Sprintf(`say() { echo "$PORPOISE_INSTANCE_ID %s $PORPOISE_ATTEMPT_NUMBER $PORPOISE_FENCE_TOKEN $$ $1" >>%s; }
say start
%s
say end
`, task, j.Path, body)
}

// Read gives what was written so far, in order.
func (j Journal) Read() ([]Entry, error) {
	f, err := os.Open(j.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Parse(f)
}

// Entry is a line of a journal.
type Entry struct {
	Instance int64
	Task     string
	Attempt  int   // its number
	Token    int64 // its fence token
	Pid      int
	Start    bool // else the end
}

// Parse reads a journal. A line it does not understand is an error: a witness
// that stammers proves nothing.
func Parse(r io.Reader) ([]Entry, error) {
	var entries []Entry
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		var e Entry
		var mark string
		fields := len(strings.Fields(lines.Text()))
		_, err := fmt.Sscan(lines.Text(), &e.Instance, &e.Task, &e.Attempt, &e.Token, &e.Pid, &mark)
		if err != nil || fields != 6 || mark != "start" && mark != "end" {
			return nil, fmt.Errorf("journal line %d: %q", n, lines.Text())
		}
		e.Start = mark == "start"
		entries = append(entries, e)
	}
	return entries, lines.Err()
}
