package native

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Times of event streams: a comment shows now and then that the server lives,
// and a client that takes nothing for long is given up.
const (
	heartbeat  = 15 * time.Second
	writeLimit = 30 * time.Second
)

// eventStream is the media type of server-sent events.
const eventStream = "text/event-stream"

// events writes server-sent events. Several goroutines may.
type events struct {
	mu  sync.Mutex
	w   io.Writer
	ctl *http.ResponseController // nil: nothing to flush
	err error                    // the first failure to write
}

// send writes an event; without an id the client's last one stays.
func (e *events) send(name, id string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encoding an event: %w", err)
	}
	frame := "event: " + name + "\ndata: " + string(text) + "\n\n"
	if id != "" {
		frame = "id: " + id + "\n" + frame
	}
	return e.write(frame)
}

// write writes and flushes a frame.
func (e *events) write(frame string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	if e.ctl != nil { // where deadlines are not possible, the client's leaving is seen all the same
		_ = e.ctl.SetWriteDeadline(time.Now().Add(writeLimit))
	}
	if _, e.err = io.WriteString(e.w, frame); e.err == nil && e.ctl != nil {
		e.err = e.ctl.Flush()
	}
	return e.err
}

// beat writes comments until ctx ends.
func (e *events) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if e.write(": alive\n\n") != nil {
				return
			}
		}
	}
}

// streamed is the answer of operations that stream.
type streamed = huma.StreamResponse

// stream answers with events until tell returns, the client leaves or the
// server stops.
func (a *API) stream(tell func(ctx context.Context, e *events) error) *streamed {
	return &streamed{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", eventStream)
		h.SetHeader("Cache-Control", "no-store")
		h.SetHeader("X-Accel-Buffering", "no")
		ctx, cancel := context.WithCancel(h.Context())
		defer cancel()
		stop := context.AfterFunc(a.ending, cancel)
		defer stop()
		e := &events{w: h.BodyWriter()}
		if w, ok := e.w.(http.ResponseWriter); ok {
			e.ctl = http.NewResponseController(w)
		}
		var beats sync.WaitGroup
		beats.Go(func() { e.beat(ctx) })
		if err := e.write(": hello\n\n"); err == nil {
			err = tell(ctx, e)
			if err != nil && ctx.Err() == nil && e.err == nil {
				a.uc.Log.ErrorContext(ctx, "streaming", "error", err)
			}
		}
		cancel()
		beats.Wait()
	}}
}

// EndStreams ends streams, which would otherwise keep a server from stopping.
// Clients come back to another server.
func (a *API) EndStreams() { a.endStreams() }
