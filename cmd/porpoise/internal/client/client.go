// Package client speaks Porpoise's native API: requests with a token or a
// login, problem documents as errors, lists over their cursors, and event
// streams that go on where they broke off.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// base is the path of the API below the server's address.
const base = "/api/v1"

// Limits of one request.
const (
	dialTimeout    = 10 * time.Second
	requestTimeout = 90 * time.Second
	maxAnswer      = 256 << 20
	attempts       = 3
)

// Config says whom to talk to. Without a token nothing but Login works.
type Config struct {
	Server    string // such as http://127.0.0.1:12345
	Token     string
	UserAgent string
}

// Client sends requests. It is safe for concurrent use once Login returned.
type Client struct {
	server  *url.URL
	token   string
	agent   string
	session *session // a login instead of a token
	http    *http.Client
}

// New checks the address; it connects to nobody yet.
func New(cfg Config) (*Client, error) {
	server, err := address(cfg.Server)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext
	return &Client{
		server: server, token: cfg.Token, agent: cfg.UserAgent,
		http: &http.Client{
			Transport: transport,
			// Credentials go to the server that was named and to no other.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// address reads a server's address as people copy it: with or without a
// scheme, and with the path of a page or of another API behind it.
func address(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no address of a server like http://host:12345", text)
	}
	if u.User != nil {
		return nil, errors.New("the address of a server holds no password; use a token")
	}
	path := strings.TrimRight(u.Path, "/")
	for _, known := range []string{base, "/dolphinscheduler", "/console"} {
		if before, _, found := strings.Cut(path+"/", known+"/"); found {
			path = before
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}, nil
}

// Server is the address in its short form.
func (c *Client) Server() string { return c.server.String() }

// Close gives connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Request is one call. Path is below the API's base, its segments escaped.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   any       // sent as JSON
	Stream io.Reader // sent as it is, instead of Body; never sent twice
	Type   string    // of Stream
}

// Get reads JSON into out.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	return c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query}, out)
}

// Post sends in and reads the answer into out, unless that is nil.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: path, Body: in}, out)
}

// Put is Post for what is there already.
func (c *Client) Put(ctx context.Context, path string, in, out any) error {
	return c.Do(ctx, Request{Method: http.MethodPut, Path: path, Body: in}, out)
}

// Delete removes what path names.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: path}, nil)
}

// Do carries out a request and reads its JSON into out, unless that is nil.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	if r.Stream == nil {
		limited, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		ctx = limited
	}
	response, err := c.Open(ctx, r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return &Unreachable{Server: c.Server(), Err: err}
	}
	switch to := out.(type) {
	case nil:
		return nil
	case *json.RawMessage:
		*to = data
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%s %s: the answer is not what was expected: %w", r.Method, r.Path, err)
	}
	return nil
}

// Open sends a request and gives its answer, which the caller closes, when it
// is a success; else a Problem or Unreachable. A connection that broke without
// an answer is tried again: changes carry a key, so that they happen once.
func (c *Client) Open(ctx context.Context, r Request) (*http.Response, error) {
	var data []byte
	if r.Body != nil {
		var err error
		if data, err = json.Marshal(r.Body); err != nil {
			return nil, fmt.Errorf("writing the request: %w", err)
		}
	}
	key := uuid.NewString()
	for attempt := 1; ; attempt++ {
		request, err := c.request(ctx, r, data, key)
		if err != nil {
			return nil, err
		}
		response, err := c.http.Do(request)
		if err == nil {
			return c.judge(request, response)
		}
		if attempt == attempts || r.Stream != nil || ctx.Err() != nil || !mayHaveArrived(err) {
			return nil, c.unreachable(ctx, err)
		}
	}
}

func (c *Client) request(ctx context.Context, r Request, data []byte, key string) (*http.Request, error) {
	target := c.server.String() + base + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	body, kind := r.Stream, r.Type
	if body == nil && r.Body != nil {
		body, kind = bytes.NewReader(data), "application/json"
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, target, body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	request.Header.Set("User-Agent", c.agent)
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if r.Method == http.MethodPost {
		request.Header.Set("Idempotency-Key", key)
	}
	switch {
	case c.session != nil:
		c.session.sign(request)
	case c.token != "":
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
}

// judge lets successes through.
func (c *Client) judge(request *http.Request, response *http.Response) (*http.Response, error) {
	if response.StatusCode/100 == 2 {
		return response, nil
	}
	defer response.Body.Close()
	if response.StatusCode/100 == 3 {
		return nil, fmt.Errorf("%s sends on to %s: give the address where it ends", c.Server(), response.Header.Get("Location"))
	}
	return nil, problem(request, response)
}

func (c *Client) unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	var outer *url.Error // repeats method and address
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return &Unreachable{Server: c.Server(), Err: err}
}

// mayHaveArrived is false for requests that got no connection.
func mayHaveArrived(err error) bool {
	var op *net.OpError
	return !(errors.As(err, &op) && op.Op == "dial")
}
