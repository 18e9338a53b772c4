package supervisor

import (
	"container/heap"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// deadlineKind says what is due.
type deadlineKind int

const (
	timeout deadlineKind = iota
	kill
)

// deadline is the next one of an attempt: a timeout is followed by a kill.
type deadline struct {
	at      time.Time
	attempt *attempt
	kind    deadlineKind
	index   int // in the heap
}

// deadlines is a heap, the earliest first, with one entry per attempt at most.
type deadlines []*deadline

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i, j
}
func (d *deadlines) Push(x any) {
	e := x.(*deadline)
	e.index = len(*d)
	*d = append(*d, e)
}
func (d *deadlines) Pop() any {
	n := len(*d) - 1
	last := (*d)[n]
	(*d)[n] = nil
	*d = (*d)[:n]
	return last
}

// drop removes the attempt's deadline.
func (d *deadlines) drop(a *attempt) {
	if a.due != nil {
		heap.Remove(d, a.due.index)
		a.due = nil
	}
}

// at sets the attempt's deadline in place of an earlier one.
func (l *loop) at(t time.Time, a *attempt, kind deadlineKind) {
	l.deadlines.drop(a)
	a.due = &deadline{at: t, attempt: a, kind: kind}
	heap.Push(&l.deadlines, a.due)
	l.arm()
}

func (l *loop) arm() {
	if len(l.deadlines) > 0 {
		l.timer.Reset(time.Until(l.deadlines[0].at))
	}
}

// expire does what is due.
func (l *loop) expire(now time.Time) {
	for len(l.deadlines) > 0 && !l.deadlines[0].at.After(now) {
		d := l.deadlines[0]
		l.deadlines.drop(d.attempt)
		if d.attempt.phase == running {
			l.due(d)
		}
	}
	l.arm()
}

func (l *loop) due(d *deadline) {
	switch a := d.attempt; d.kind {
	case timeout:
		a.timedOut = true
		l.end(a, "", l.cfg.Grace)
	case kill:
		_ = unix.PidfdSendSignal(a.pidfd, unix.SIGKILL, nil, 0)
		l.undertaker.signal(a.cell, syscall.SIGKILL)
	}
}
