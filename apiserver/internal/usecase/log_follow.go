package usecase

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// LogPiece is a part of an attempt's log. Offsets count bytes.
type LogPiece struct {
	Offset, Next int64
	Data         []byte
	Size         int64 // of the log now
	Ended        bool  // nothing comes after Next any more
}

// LogPiece gives at most limit bytes of an attempt's log from an offset on. A
// log that does not exist yet is empty. Reasons: "task.not_found", "log.gone",
// "log.unreachable".
func (s *Service) LogPiece(ctx context.Context, p workflow.Project, taskID, offset, limit int64) (LogPiece, error) {
	piece := LogPiece{Offset: offset, Next: offset}
	t, err := s.TaskInstance(ctx, p, taskID)
	if err != nil {
		return piece, err
	}
	if t.Host == "" {
		piece.Ended = t.State.Terminal()
		if _, all := s.onlyLine(&t); !all {
			return piece, nil
		}
	}
	data := &limited{room: min(limit, int64(s.MaxLogBytes()))}
	err = s.copyLog(ctx, &t, offset, data.room, false, data)
	if workflow.ErrorCode(err) == workflow.NotFound && !t.State.Terminal() {
		return piece, nil
	}
	if err != nil && !errors.Is(err, errEnough) {
		return piece, err
	}
	piece.Data, piece.Next = data.bytes, offset+int64(len(data.bytes))
	if piece.Size, err = s.logSize(ctx, &t); err != nil {
		return piece, err
	}
	piece.Ended = t.State.Terminal() && piece.Next >= piece.Size
	return piece, nil
}

// limited gathers what is written to it, up to a limit.
type limited struct {
	bytes []byte
	room  int64
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(int64(len(p)), l.room)
	l.bytes, l.room = append(l.bytes, p[:n]...), l.room-n
	if n < int64(len(p)) {
		return int(n), errEnough
	}
	return len(p), nil
}

// logSize is the length of an attempt's log now.
func (s *Service) logSize(ctx context.Context, t *workflow.TaskInstance) (int64, error) {
	if line, all := s.onlyLine(t); all {
		return int64(len(line)), nil
	}
	return s.Logs.Size(ctx, t.Host, t.ID)
}

// copyLog copies a part of an attempt's log; with follow until it ends.
func (s *Service) copyLog(ctx context.Context, t *workflow.TaskInstance, offset, limit int64, follow bool, w io.Writer) error {
	if _, all := s.onlyLine(t); all {
		return s.readLog(ctx, *t, offset, w)
	}
	return s.Logs.Read(ctx, t.Host, t.ID, offset, limit, follow, w)
}

// followEvery is how often an attempt is looked at whose log cannot be followed
// now: it has no worker yet, or its worker does not answer.
const followEvery = 300 * time.Millisecond

// FollowLog copies an attempt's log from an offset on to w, as it grows, until
// the attempt has ended and all is copied. Whatever happens to workers
// meanwhile, each byte is copied once and in order. Reasons: "task.not_found",
// "log.gone".
func (s *Service) FollowLog(ctx context.Context, p workflow.Project, taskID, offset int64, w io.Writer) error {
	sink := &counted{w: w, offset: offset}
	poll := time.NewTicker(followEvery)
	defer poll.Stop()
	for {
		t, err := s.TaskInstance(ctx, p, taskID)
		if err == nil {
			var over bool
			if over, err = s.followOnce(ctx, &t, sink); over {
				return err
			}
		} else if workflow.ErrorCode(err) == workflow.NotFound {
			return err
		}
		if err != nil && ctx.Err() == nil {
			s.Log.DebugContext(ctx, "following a log", "attempt", taskID, "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
		}
	}
}

// followOnce copies what can be copied now; over says that it was the last.
func (s *Service) followOnce(ctx context.Context, t *workflow.TaskInstance, sink *counted) (over bool, err error) {
	ended := t.State.Terminal()
	if _, all := s.onlyLine(t); t.Host == "" && !all {
		return ended, nil
	}
	err = s.copyLog(ctx, t, sink.offset, 0, !ended, sink)
	switch {
	case sink.err != nil:
		return true, sink.err
	case workflow.ErrorCode(err) == workflow.NotFound:
		return ended, err
	}
	return ended && err == nil, err
}

// counted passes on what is written to it and knows how far it is.
type counted struct {
	w      io.Writer
	offset int64
	err    error // of w
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.offset += int64(n)
	c.err = err
	return n, err
}
