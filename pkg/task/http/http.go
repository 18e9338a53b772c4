// Package http is the task kind that makes a request and judges the answer.
package http

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Bounds of what is kept of an answer.
const (
	maxLogged = 64 << 10 // of the body, in the log
	maxVar    = 16 << 10 // of the body, as an output parameter
)

// Kind is the plug-in. Its parameters are url, httpMethod, httpParams, httpBody,
// httpCheckCondition, condition, connectTimeout and socketTimeout, in
// milliseconds. The body of the answer is its output <task>.response, unless
// it is long.
type Kind struct{ guard *netguard.Guard }

var _ task.Runner = Kind{}

// New makes the kind; the guard decides which addresses it may reach.
func New(guard *netguard.Guard) Kind { return Kind{guard: guard} }

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindHTTP }

// Validate checks everything that does not depend on placeholders.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := read(raw, func(text string) string { return text })
	return err
}

// Run makes the request and checks the answer.
func (k Kind) Run(ctx context.Context, a task.Attempt, log io.Writer) task.Result {
	r, err := read(a.Params, a.Expand)
	if err != nil {
		return failed(log, err)
	}
	body, err := k.exchange(ctx, r, log)
	if err != nil {
		return failed(log, err)
	}
	result := task.Result{OK: true}
	if len(body) <= maxVar {
		result.Vars = map[string]string{a.Task + ".response": string(body)}
	}
	return result
}

func failed(log io.Writer, err error) task.Result {
	_, _ = fmt.Fprintf(log, "failed: %v\n", err)
	return task.Result{ExitCode: 1, Reason: err.Error()}
}

// exchange gives the body of an answer that passes the check.
func (k Kind) exchange(ctx context.Context, r request, log io.Writer) ([]byte, error) {
	req, err := r.build(ctx)
	if err != nil {
		return nil, err
	}
	client := k.guard.Client(netguard.Timeouts{Connect: r.connect, Idle: r.idle})
	defer client.CloseIdleConnections()
	_, _ = fmt.Fprintf(log, "%s %s\n", req.Method, shown(req.URL))
	begin := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return nil, plain(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	_, _ = fmt.Fprintf(log, "status %d, %d bytes in %s\n", resp.StatusCode, len(body), time.Since(begin).Round(time.Millisecond))
	writeBody(log, body)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return body, r.judge(resp.StatusCode, body)
}

// shown gives a URL for the log: a query or a password in it may be secret.
func shown(u *url.URL) string {
	short := *u
	short.User, short.RawQuery, short.Fragment = nil, "", ""
	return short.String()
}

// plain drops the URL, query included, that the library puts into its errors.
func plain(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func writeBody(log io.Writer, body []byte) {
	rest := len(body) - maxLogged
	_, _ = log.Write(body[:min(len(body), maxLogged)])
	if len(body) > 0 && (rest > 0 || body[len(body)-1] != '\n') {
		_, _ = io.WriteString(log, "\n")
	}
	if rest > 0 {
		_, _ = fmt.Fprintf(log, "(%d more bytes)\n", rest)
	}
}

// build makes the request.
func (r request) build(ctx context.Context) (*http.Request, error) {
	u, err := url.Parse(r.url)
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	fields := map[string]string{}
	query := u.Query()
	header := http.Header{}
	for _, p := range r.parameters {
		switch p.place {
		case inQuery:
			query.Add(p.name, p.value)
		case inBody:
			fields[p.name] = p.value
		case inHeader:
			header.Add(p.name, p.value)
		}
	}
	// A query that is complete stays as it was written.
	if len(query) > 0 && query.Encode() != u.Query().Encode() {
		u.RawQuery = query.Encode()
	}
	body, err := r.content(fields)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, plain(err)
	}
	req.Header = header
	req.Host = cmp.Or(header.Get("Host"), req.Host)
	if body != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return req, nil
}

// content gives the body: a JSON object of the BODY parameters, or httpBody as
// it is, or none.
func (r request) content(fields map[string]string) (io.Reader, error) {
	switch {
	case len(fields) > 0:
		data, err := json.Marshal(fields)
		if err != nil {
			return nil, fmt.Errorf("writing the body: %w", err)
		}
		return bytes.NewReader(data), nil
	case r.body != "":
		return strings.NewReader(r.body), nil
	}
	return nil, nil
}

// judge applies the check to an answer.
func (r request) judge(status int, body []byte) error {
	switch r.check {
	case statusCustom:
		want, err := strconv.Atoi(strings.TrimSpace(r.condition))
		if err != nil {
			return fmt.Errorf("the condition %q is not a status code", r.condition)
		}
		return wantStatus(status, want)
	case bodyContains:
		if !bytes.Contains(body, []byte(r.condition)) {
			return fmt.Errorf("the body does not contain %q", r.condition)
		}
		return nil
	case bodyNotContains:
		if bytes.Contains(body, []byte(r.condition)) {
			return fmt.Errorf("the body contains %q", r.condition)
		}
		return nil
	}
	return wantStatus(status, http.StatusOK)
}

func wantStatus(got, want int) error {
	if got != want {
		return fmt.Errorf("the status is %d, not %d", got, want)
	}
	return nil
}
