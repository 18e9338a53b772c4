package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Client is a caller with a credential. Its methods may be called from any
// goroutine; connections are kept alive and shared.
type Client struct {
	servers []string // base addresses, http://host:port
	http    *http.Client
	header  http.Header
	retry   bool
	turn    *atomic.Uint64
}

// New makes a caller without a credential for servers that share a database.
// Calls go to them in turn.
func New(servers ...string) *Client {
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 128,
		IdleConnTimeout:     time.Minute,
	}
	return &Client{
		servers: servers,
		http:    &http.Client{Transport: transport, Timeout: time.Minute},
		header:  http.Header{},
		turn:    new(atomic.Uint64),
	}
}

// WithToken gives the same client with an access token as its only credential.
func (c *Client) WithToken(token string) *Client { return c.with("token", token) }

// WithSession gives the same client with a login session.
func (c *Client) WithSession(id string) *Client { return c.with("sessionId", id) }

// Retrying gives a client whose calls are repeated, at the next server, until
// one answers or the context ends. Writes carry an Idempotency-Key, so that a
// write whose answer was lost happens once all the same.
func (c *Client) Retrying() *Client {
	next := *c
	next.retry = true
	return &next
}

func (c *Client) with(header, value string) *Client {
	next := *c
	next.header = http.Header{header: {value}}
	return &next
}

// Error is an answer other than success.
type Error struct {
	Request string
	Status  int
	Code    int
	Msg     string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: HTTP %d, code %d: %s", e.Request, e.Status, e.Code, e.Msg)
}

// CodeOf gives the code of a refusal, 0 for anything else.
func CodeOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// passing reports whether the same request may succeed a moment later.
func passing(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return true // no answer at all
	}
	return e.Status >= 500 || e.Status == http.StatusConflict || e.Status == http.StatusTooManyRequests
}

// Get calls a reading route; out, if not nil, gets the answer's data.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.call(ctx, http.MethodGet, path, nil, out)
}

// Post sends a form; out, if not nil, gets the answer's data.
func (c *Client) Post(ctx context.Context, path string, form url.Values, out any) error {
	return c.call(ctx, http.MethodPost, path, form, out)
}

// read gets a route's data as a T.
func read[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var out T
	err := c.Get(ctx, path, query, &out)
	return out, err
}

func (c *Client) call(ctx context.Context, method, path string, form url.Values, out any) error {
	key := ""
	if c.retry && method == http.MethodPost {
		key = rand.Text()
	}
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		body, err := c.once(ctx, method, path, form, key)
		if err == nil {
			return decode(method+" "+path, body, out)
		}
		if !c.retry || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; last: %w", ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// once sends the request to one server and gives the body of a success.
func (c *Client) once(ctx context.Context, method, path string, form url.Values, key string) ([]byte, error) {
	status, body, err := c.send(ctx, method, path, form, key)
	if err != nil {
		return nil, err
	}
	return success(method+" "+path, status, body)
}

// success gives the body of an answer that is one.
func success(request string, status int, body []byte) ([]byte, error) {
	if status != http.StatusOK && status != http.StatusCreated {
		return nil, &Error{Request: request, Status: status, Code: envelopeCode(body), Msg: strings.TrimSpace(string(body))}
	}
	var e struct {
		Code *int
		Msg  string
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Code == nil {
		return nil, fmt.Errorf("%s: no envelope: %.200q", request, body)
	}
	if *e.Code != 0 {
		return nil, &Error{Request: request, Status: status, Code: *e.Code, Msg: e.Msg}
	}
	return body, nil
}

func (c *Client) send(ctx context.Context, method, path string, form url.Values, key string) (int, []byte, error) {
	if form == nil {
		return c.sendBody(ctx, method, path, "", nil, key)
	}
	return c.sendBody(ctx, method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), key)
}

func (c *Client) sendBody(ctx context.Context, method, path, kind string, payload io.Reader, key string) (int, []byte, error) {
	server := c.servers[c.turn.Add(1)%uint64(len(c.servers))]
	req, err := http.NewRequestWithContext(ctx, method, server+"/dolphinscheduler"+path, payload)
	if err != nil {
		return 0, nil, err
	}
	for name, values := range c.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return res.StatusCode, body.Bytes(), nil
}

func envelopeCode(body []byte) int {
	var e struct{ Code int }
	_ = json.Unmarshal(body, &e) // a body of another shape has no code
	return e.Code
}

func decode(request string, body []byte, out any) error {
	if out == nil {
		return nil
	}
	e := struct{ Data any }{Data: out}
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("%s: %w", request, err)
	}
	return nil
}

// Raw gets a route whose answer has no envelope, such as a download.
func (c *Client) Raw(ctx context.Context, path string, query url.Values) (status int, body []byte, err error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.send(ctx, http.MethodGet, path, nil, "")
}
