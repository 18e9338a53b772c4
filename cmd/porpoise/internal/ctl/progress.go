package ctl

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/tell"
)

// redraw is how often a progress line changes at most.
const redraw = 100 * time.Millisecond

// progress is a line on a terminal that is drawn again and again. Where
// nobody watches only notes are written.
type progress struct {
	w     io.Writer
	live  bool
	quiet bool
	drawn int // runes of the line that stands
	last  time.Time
}

func newProgress(w io.Writer, quiet bool) *progress {
	return &progress{w: w, live: isTerminal(w) && !quiet, quiet: quiet}
}

// line draws the line.
func (p *progress) line(text string) {
	if !p.live || time.Since(p.last) < redraw && p.drawn > 0 {
		return
	}
	p.last = time.Now()
	p.wipe()
	fmt.Fprint(p.w, text)
	p.drawn = len([]rune(text))
}

// note writes a line that stays.
func (p *progress) note(text string) {
	if p.quiet {
		return
	}
	p.wipe()
	fmt.Fprintln(p.w, text)
}

// end takes the line away.
func (p *progress) end() { p.wipe() }

func (p *progress) wipe() {
	if p.drawn > 0 {
		fmt.Fprint(p.w, "\r"+strings.Repeat(" ", p.drawn)+"\r")
		p.drawn = 0
	}
}

// counted is a reader that shows how far it is.
type counted struct {
	io.Reader
	*progress
	what        string
	done, total int64
}

func (r *counted) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.done += int64(n)
	text := fmt.Sprintf("%s %s", r.what, tell.Bytes(r.done))
	if r.total > 0 {
		text += fmt.Sprintf(" of %s (%d%%)", tell.Bytes(r.total), 100*r.done/r.total)
	}
	r.line(text)
	return n, err
}
