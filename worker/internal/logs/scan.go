package logs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
)

// Want is what to look for in a log.
type Want struct {
	// SetValue reads a parameter out of a line, from its marker on; nil: none.
	SetValue func(line []byte) (k, v string, ok bool)
	// Applications asks for ids of YARN applications.
	Applications bool
}

// Findings are what a log says.
type Findings struct {
	Vars         map[string]string
	Applications []string // each once, in the order of their first appearance
}

// Bounds of what an attempt may set, and start.
const (
	maxVars         = 1000
	maxVarLine      = 64 << 10
	maxApplications = 100
	scanBlock       = 1 << 20
)

// Scan reads a log once, in large blocks. It looks for markers, and at lines
// only where one is.
func (s *Store) Scan(attempt int64, want Want) (Findings, error) {
	found := Findings{Vars: map[string]string{}}
	f, err := os.Open(s.Path(attempt))
	if err != nil {
		return found, err
	}
	defer f.Close()
	r := &sparse{f: f}
	st, err := f.Stat()
	if err != nil {
		return found, err
	}
	// Most logs are short: a block each would keep the collector busy.
	buf := make([]byte, 0, min(scanBlock, st.Size()+1))
	for {
		if len(buf) == cap(buf) {
			// A line as long as the block: only its end can still set something.
			found.applications(buf, want, false)
			buf = append(buf[:0], buf[max(len(buf)-maxVarLine, len(buf)/2):]...)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			found.block(buf, want)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return found, err
		}
		if end := bytes.LastIndexByte(buf, '\n'); end >= 0 {
			found.block(buf[:end], want)
			buf = append(buf[:0], buf[end+1:]...)
		}
	}
}

// block looks at whole lines.
func (f *Findings) block(block []byte, want Want) {
	if want.SetValue != nil {
		f.setValues(block, want.SetValue)
	}
	f.applications(block, want, true)
}

// setValues collects parameters. A line may set several.
func (f *Findings) setValues(block []byte, scan func([]byte) (string, string, bool)) {
	marker := []byte("setValue(")
	for len(f.Vars) < maxVars {
		at := bytes.Index(block, marker)
		if at < 0 {
			return
		}
		from := max(0, at-2) // the marker begins with ${ or #{
		end := bytes.IndexByte(block[at:], '\n')
		if end < 0 {
			end = len(block) - at
		}
		if k, v, ok := scan(block[from : at+min(end, maxVarLine)]); ok {
			f.Vars[k] = v
		}
		block = block[at+len(marker):]
	}
}

// applications collects ids. One that reaches the end of a block that is not
// whole may go on behind it.
func (f *Findings) applications(block []byte, want Want, whole bool) {
	marker := []byte("application_")
	for want.Applications && len(f.Applications) < maxApplications {
		at := bytes.Index(block, marker)
		if at < 0 {
			return
		}
		block = block[at:]
		n := applicationID(block[len(marker):])
		if n > 0 && (whole || len(marker)+n < len(block)) {
			if id := string(block[:len(marker)+n]); !slices.Contains(f.Applications, id) {
				f.Applications = append(f.Applications, id)
			}
		}
		block = block[len(marker):]
	}
}

// applicationID gives the length of the numbers of an id, such as
// 1700000000000_0001; 0 when there are none.
func applicationID(b []byte) int {
	const most = 20 // digits of a number
	first := digits(b)
	if first == 0 || first > most || first >= len(b) || b[first] != '_' {
		return 0
	}
	second := digits(b[first+1:])
	if second == 0 || second > most {
		return 0
	}
	return first + 1 + second
}

func digits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(b)
}
