package native

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// LogRange is a part of a log.
type LogRange struct {
	Offset int64  `json:"offset" doc:"in bytes"`
	Next   int64  `json:"next" doc:"where to go on"`
	Text   string `json:"text" doc:"what is no UTF-8 is replaced"`
	Ended  bool   `json:"ended" doc:"nothing comes after it any more"`
	Size   int64  `json:"size" doc:"of the whole log now"`
}

// LogChunk is a piece of a log as it grows.
type LogChunk struct {
	Offset int64  `json:"offset"`
	Next   int64  `json:"next"`
	Text   string `json:"text"`
}

func (a *API) readLog(ctx context.Context, in *struct {
	OfTask
	Offset int64 `query:"offset" minimum:"0"`
	Limit  int64 `query:"limit" minimum:"16" maximum:"1048576" default:"65536" doc:"bytes, at most"`
}) (*body[LogRange], error) {
	piece, err := a.uc.LogPiece(ctx, projectOf(ctx), in.Task, in.Offset, in.Limit)
	if err != nil {
		return nil, err
	}
	data := piece.Data
	if !piece.Ended {
		data = data[:whole(data)]
	}
	return answer(LogRange{Offset: piece.Offset, Next: piece.Offset + int64(len(data)), Text: text(data), Ended: piece.Ended, Size: piece.Size}), nil
}

// whole is how much of data ends with a whole character; what is no UTF-8 at
// all counts as whole.
func whole(data []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		i := len(data) - n
		if !utf8.RuneStart(data[i]) {
			continue
		}
		if !utf8.FullRune(data[i:]) {
			return i
		}
		break
	}
	return len(data)
}

// text is data as JSON can hold it.
func text(data []byte) string { return strings.ToValidUTF8(string(data), "\uFFFD") }

func (a *API) downloadLog(ctx context.Context, in *OfTask) (*streamed, error) {
	p := projectOf(ctx)
	if _, err := a.uc.LogPiece(ctx, p, in.Task, 0, 16); err != nil { // refusals come before the body
		return nil, err
	}
	return &streamed{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "text/plain; charset=utf-8")
		h.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="%d.log"`, in.Task))
		err := a.uc.CopyLog(h.Context(), p, in.Task, h.BodyWriter())
		if err == nil || workflow.ErrorReason(err) == "task.no_log" || h.Context().Err() != nil {
			return
		}
		a.uc.Log.WarnContext(ctx, "copying a log", "attempt", in.Task, "error", err)
		panic(http.ErrAbortHandler) // the client must not take a part for the whole
	}}, nil
}

// followLog tells `chunk`s of a log, whose ids are the offsets after them, and
// `end` when there is no more.
func (a *API) followLog(ctx context.Context, in *struct {
	OfTask
	Resumable
	Offset int64 `query:"offset" minimum:"0" doc:"where to begin; Last-Event-ID goes before it"`
}) (*streamed, error) {
	offset := in.Offset
	if in.LastEventID != "" {
		n, err := strconv.ParseInt(in.LastEventID, 10, 64)
		if err != nil || n < 0 {
			return nil, workflow.Errorf(workflow.Invalid, "offset.invalid", "%q is no offset", in.LastEventID)
		}
		offset = n
	}
	p := projectOf(ctx)
	if _, err := a.uc.TaskInstance(ctx, p, in.Task); err != nil {
		return nil, err
	}
	return a.stream(func(ctx context.Context, e *events) error {
		w := &chunks{to: e, offset: offset}
		err := a.uc.FollowLog(ctx, p, in.Task, offset, w)
		switch {
		case workflow.ErrorCode(err) == workflow.NotFound:
			return e.send("gone", "", struct{}{})
		case err != nil:
			return err
		}
		if err := w.flush(len(w.held)); err != nil {
			return err
		}
		return e.send("end", "", struct{}{})
	}), nil
}

// chunks writes a log as events, each of whole characters.
type chunks struct {
	to     *events
	offset int64
	held   []byte
}

var _ io.Writer = (*chunks)(nil)

func (c *chunks) Write(p []byte) (int, error) {
	c.held = append(c.held, p...)
	if err := c.flush(whole(c.held)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// maxChunk bounds one event.
const maxChunk = 64 << 10

// flush sends the first n bytes that are held.
func (c *chunks) flush(n int) error {
	for n > 0 {
		size := min(n, maxChunk)
		if size < n {
			size = max(1, whole(c.held[:size]))
		}
		next := c.offset + int64(size)
		if err := c.to.send("chunk", strconv.FormatInt(next, 10), LogChunk{Offset: c.offset, Next: next, Text: text(c.held[:size])}); err != nil {
			return err
		}
		c.offset, c.held, n = next, c.held[size:], n-size
	}
	return nil
}
