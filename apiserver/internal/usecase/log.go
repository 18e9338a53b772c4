package usecase

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// LogLines gives at most n lines of an attempt's log after the first skip, as
// long as they fit into one answer. A log that does not exist yet is empty.
// Reasons: "task.no_log" when nothing ever ran, and those of LogReader.
//
// It needs constant memory, and time only for what was not passed over before:
// readers that page forward start where the last page ended.
func (s *Service) LogLines(ctx context.Context, p workflow.Project, taskID int64, skip, n int) ([]string, error) {
	t, err := s.logged(ctx, p, taskID)
	if err != nil || n <= 0 {
		return nil, err
	}
	from := s.pages.before(taskID, skip)
	cut := &lineCutter{skip: skip - from.line, want: n, room: s.MaxLogBytes()}
	err = s.readLog(ctx, t, from.offset, cut)
	switch {
	case errors.Is(err, errEnough):
	case workflow.ErrorCode(err) == workflow.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	default:
		cut.finish()
	}
	s.pages.keep(taskID, logMark{line: from.line + cut.passed, offset: from.offset + cut.size})
	return cut.lines, nil
}

// CopyLog copies an attempt's whole log to w.
func (s *Service) CopyLog(ctx context.Context, p workflow.Project, taskID int64, w io.Writer) error {
	t, err := s.logged(ctx, p, taskID)
	if err != nil {
		return err
	}
	return s.readLog(ctx, t, 0, w)
}

// readLog copies an attempt's log from an offset on.
func (s *Service) readLog(ctx context.Context, t workflow.TaskInstance, offset int64, w io.Writer) error {
	if line, all := s.onlyLine(&t); all {
		_, err := io.WriteString(w, line[min(offset, int64(len(line))):])
		return err
	}
	return s.Logs.Read(ctx, t.Host, t.ID, offset, 0, false, w)
}

// onlyLine is the log of an attempt that ended before its worker made one: then
// the reason is all there is to read.
func (s *Service) onlyLine(t *workflow.TaskInstance) (line string, all bool) {
	if t.LogPath != "" || t.Reason == "" || !t.State.Terminal() {
		return "", false
	}
	line = fmt.Sprintf("[ERROR] %s porpoise.master:[0] - attempt %d did not start: %s\n",
		t.EndTime.In(s.Zone).Format("2006-01-02 15:04:05.000"), t.ID, t.Reason)
	return line, true
}

// logged gives a task instance that a worker was told to run.
func (s *Service) logged(ctx context.Context, p workflow.Project, taskID int64) (workflow.TaskInstance, error) {
	t, err := s.TaskInstance(ctx, p, taskID)
	if err == nil && t.Host == "" {
		err = workflow.Errorf(workflow.NotFound, "task.no_log", "task instance %d has no log", taskID).With(taskID)
	}
	return t, err
}

// errEnough ends the reading of a log.
var errEnough = errors.New("enough lines")

// lineCutter is a writer that keeps some lines of what is written to it.
type lineCutter struct {
	skip, want, room int
	lines            []string
	part             []byte // of the line being written, if it is kept
	pending          int64  // bytes of the line being written
	passed           int    // complete lines seen
	size             int64  // bytes they took
}

// Write takes a piece of the log; errEnough when no more is needed.
func (c *lineCutter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte{'\n'})
		if c.skip == 0 {
			c.add(line)
		}
		if !ended {
			c.pending += int64(len(rest))
			break
		}
		c.size += c.pending + int64(len(line)) + 1
		c.pending, rest = 0, after
		c.passed++
		if c.skip > 0 {
			c.skip--
			continue
		}
		if c.take(); c.want == 0 || c.room <= 0 {
			return len(p), errEnough
		}
	}
	if c.room <= 0 {
		c.finish()
		return len(p), errEnough
	}
	return len(p), nil
}

// add appends to the line being written, as far as there is room.
func (c *lineCutter) add(p []byte) {
	if len(p) > c.room {
		p = p[:c.room]
	}
	c.part = append(c.part, p...)
	c.room -= len(p)
}

// take ends the line being written.
func (c *lineCutter) take() {
	c.lines = append(c.lines, string(bytes.TrimSuffix(c.part, []byte("\r"))))
	c.part = c.part[:0]
	c.want--
}

// finish takes a last line without an end.
func (c *lineCutter) finish() {
	if len(c.part) > 0 && c.want > 0 {
		c.take()
	}
}

// logMark is a place between two lines of a log.
type logMark struct {
	line   int
	offset int64
}

// maxMarks bounds the number of logs whose reading is remembered.
const maxMarks = 1024

// logPages remembers where the last page of each log ended. Logs only grow, so
// a mark stays right. Its zero value is ready.
type logPages struct {
	mu    sync.Mutex
	marks map[int64]logMark
}

// before gives a place that is not behind the line, at worst the start.
func (l *logPages) before(attempt int64, line int) logMark {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.marks[attempt]; m.line <= line {
		return m
	}
	return logMark{}
}

func (l *logPages) keep(attempt int64, m logMark) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.marks == nil || len(l.marks) >= maxMarks {
		l.marks = map[int64]logMark{}
	}
	l.marks[attempt] = m
}
