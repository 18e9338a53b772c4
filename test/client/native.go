package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// nativeBase is where the native API is.
const nativeBase = "/api/v1"

// Native calls the native API of one server, by its number. A body that is not
// nil goes as JSON; out, if not nil, takes the answer.
func (c *Client) Native(ctx context.Context, server int, method, path string, body, out any) error {
	answer, err := c.nativeBody(ctx, server, method, path, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: %w: %s", method, path, err, answer)
	}
	return nil
}

// NativeRaw gets what is no JSON.
func (c *Client) NativeRaw(ctx context.Context, server int, path string) ([]byte, error) {
	return c.nativeBody(ctx, server, http.MethodGet, path, nil)
}

func (c *Client) nativeBody(ctx context.Context, server int, method, path string, body any) ([]byte, error) {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(text)
	}
	res, err := c.nativeSend(ctx, c.http, server, method, path, in)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: HTTP %d: %s", method, path, res.StatusCode, text)
	}
	return text, err
}

// nativeSend sends a request with the client's token; headers come in pairs.
func (c *Client) nativeSend(ctx context.Context, by *http.Client, server int, method, path string, body io.Reader, headers ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.servers[server]+nativeBase+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+strings.Join(c.header["token"], ""))
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return by.Do(req)
}

// Event is a server-sent event. ID is the last one heard so far.
type Event struct {
	ID, Name string
	Data     []byte
}

// Into decodes the event's data.
func (e Event) Into(v any) error {
	if err := json.Unmarshal(e.Data, v); err != nil {
		return fmt.Errorf("event %s: %w: %s", e.Name, err, e.Data)
	}
	return nil
}

// Stream is a stream of events. Close it.
type Stream struct {
	body io.ReadCloser
	in   *bufio.Reader
	last string
}

// Listen opens a stream of one server, going on after the last event heard, if
// there was any.
func (c *Client) Listen(ctx context.Context, server int, path, last string) (*Stream, error) {
	var headers []string
	if last != "" {
		headers = []string{"Last-Event-ID", last}
	}
	endless := &http.Client{Transport: c.http.Transport}
	res, err := c.nativeSend(ctx, endless, server, http.MethodGet, path, nil, headers...)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		text, err := io.ReadAll(res.Body)
		return nil, errors.Join(fmt.Errorf("listening to %s: HTTP %d: %s", path, res.StatusCode, text), err, res.Body.Close())
	}
	return &Stream{body: res.Body, in: bufio.NewReader(res.Body), last: last}, nil
}

// Next gives the next event; an error when the stream has ended or broken.
func (s *Stream) Next() (Event, error) {
	e := Event{ID: s.last}
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		switch field, value, _ := strings.Cut(line, ": "); {
		case line == "" && e.Name != "":
			s.last = e.ID
			return e, nil
		case field == "id":
			e.ID = value
		case field == "event":
			e.Name = value
		case field == "data":
			e.Data = []byte(value)
		}
	}
}

// Close ends the stream.
func (s *Stream) Close() error { return s.body.Close() }
