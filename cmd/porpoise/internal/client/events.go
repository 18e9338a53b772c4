package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Silence is how long a stream may say nothing; servers send a sign of life
// much more often.
const Silence = time.Minute

// patience is how long Follow tries to come back.
const patience = 10 * time.Minute

// errSilent ends a stream that fell silent.
var errSilent = errors.New("the server fell silent")

// Event is one message of a stream.
type Event struct {
	ID, Name string
	Data     []byte
}

// Stream hands every event to handle until it fails, the stream ends or ctx
// does. An end without being told is io.ErrUnexpectedEOF inside Unreachable.
func (c *Client) Stream(ctx context.Context, r Request, handle func(Event) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(Silence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	r.Method = http.MethodGet
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Accept", "text/event-stream")
	response, err := c.Open(ctx, r)
	if err != nil {
		return c.broken(ctx, err)
	}
	defer response.Body.Close()
	reader := bufio.NewReaderSize(response.Body, 64<<10)
	for {
		e, err := next(reader, func() { watchdog.Reset(Silence) })
		if err != nil {
			return c.broken(ctx, err)
		}
		if err := handle(e); err != nil {
			return err
		}
	}
}

// broken tells a broken stream from a caller who had enough.
func (c *Client) broken(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		return &Unreachable{Server: c.Server(), Err: errSilent}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var p *Problem
	var u *Unreachable
	if errors.As(err, &p) || errors.As(err, &u) {
		return err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &Unreachable{Server: c.Server(), Err: err}
}

// next reads an event; alive is called for every line, comments too.
func next(r *bufio.Reader, alive func()) (Event, error) {
	var e Event
	var data strings.Builder
	seen := false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return e, err
		}
		alive()
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			if seen {
				e.Data = []byte(data.String())
				return e, nil
			}
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			e.Name, seen = value, true
		case "id":
			e.ID = value
		case "data":
			if seen && data.Len() > 0 {
				data.WriteByte('\n')
			}
			data.WriteString(value)
			seen = true
		}
	}
}

// ErrDone is what a handler returns when it has seen enough.
var ErrDone = errors.New("done")

// Follow streams, and connects again when the stream breaks: ask makes the
// request of each connection, so that it goes on where the last one ended. It
// ends with ErrDone, a refusal, or a server that stays away; lost hears of
// every break.
func (c *Client) Follow(ctx context.Context, ask func() Request, handle func(Event) error, lost func(error)) error {
	pause := time.Duration(0)
	since := time.Now()
	connected := false
	for {
		err := c.Stream(ctx, ask(), func(e Event) error {
			connected, pause, since = true, 0, time.Now()
			return handle(e)
		})
		var away *Unreachable
		switch {
		case errors.Is(err, ErrDone):
			return nil
		case !errors.As(err, &away) && !restarting(err), !connected:
			return err
		case time.Since(since) > patience:
			return fmt.Errorf("gave up after %v: %w", patience, err)
		}
		if pause == 0 {
			lost(err)
		}
		pause = min(max(2*pause, 250*time.Millisecond), 5*time.Second)
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

// restarting is a server, or one before it, that will be back.
func restarting(err error) bool {
	return hasStatus(err, http.StatusServiceUnavailable) || hasStatus(err, http.StatusBadGateway) || hasStatus(err, http.StatusGatewayTimeout)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
