// Package yarn asks YARN's ResourceManager about applications, and kills them,
// over its REST interface.
package yarn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// Config names a cluster.
type Config struct {
	// Addresses of its ResourceManagers, http://host:8088 or https://host:8090,
	// one or, with high availability, several.
	Addresses []string
	// Timeout of one request to one of them; 10 s.
	Timeout time.Duration
	// Guard says what may be reached.
	Guard *netguard.Guard
}

// Client is safe for concurrent use.
type Client struct {
	http      *http.Client
	addresses []*url.URL
	active    atomic.Int64 // index of the address that answered last
}

var _ task.Applications = (*Client)(nil)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// New makes a client; Close it.
func New(c Config) (*Client, error) {
	if len(c.Addresses) == 0 || c.Guard == nil {
		return nil, errors.New("yarn: addresses and a guard are required")
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	client := &Client{http: c.Guard.Client(netguard.Timeouts{Connect: c.Timeout, Idle: c.Timeout, Total: c.Timeout})}
	for _, text := range c.Addresses {
		u, err := parse(text)
		if err != nil {
			return nil, err
		}
		client.addresses = append(client.addresses, u)
	}
	// Redirects are seen as answers: one of a standby leads to another address,
	// and where to is for the configuration to say.
	client.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, nil
}

// parse reads an address; a path in front of /ws is kept, for gateways.
func parse(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("yarn: %q is not the address of a ResourceManager such as http://host:8088", text)
	}
	return u, nil
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Application implements task.Applications.
func (c *Client) Application(ctx context.Context, user, id string) (task.Application, error) {
	body, err := c.ask(ctx, http.MethodGet, user, id, "", nil)
	if err != nil {
		return task.Application{}, fmt.Errorf("asking YARN about %s: %w", id, err)
	}
	var answer struct {
		App struct {
			ID          string `json:"id"`
			State       string `json:"state"`
			FinalStatus string `json:"finalStatus"`
			Diagnostics string `json:"diagnostics"`
			StartedTime int64  `json:"startedTime"`
		} `json:"app"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.App.ID != id || answer.App.State == "" {
		return task.Application{}, fmt.Errorf("asking YARN about %s: the answer does not tell its state", id)
	}
	a := task.Application{ID: id, State: answer.App.State}
	if answer.App.StartedTime > 0 {
		a.Started = time.UnixMilli(answer.App.StartedTime)
	}
	switch a.State {
	case "FINISHED":
		a.Over, a.OK = true, answer.App.FinalStatus == "SUCCEEDED"
		if !a.OK {
			a.State = answer.App.FinalStatus
		}
	case "FAILED", "KILLED":
		a.Over = true
	}
	if !a.OK {
		a.Reason = strings.TrimSpace(answer.App.Diagnostics)
	}
	return a, nil
}

// Kill implements task.Applications.
func (c *Client) Kill(ctx context.Context, user, id string) error {
	_, err := c.ask(ctx, http.MethodPut, user, id, "/state", []byte(`{"state":"KILLED"}`))
	if err != nil {
		return fmt.Errorf("asking YARN to kill %s: %w", id, err)
	}
	return nil
}

// ask tries the addresses in turn, beginning with the one that answered last,
// until one does not turn out to be away or a standby.
func (c *Client) ask(ctx context.Context, method, user, id, tail string, body []byte) ([]byte, error) {
	first := int(c.active.Load())
	var failures []error
	for i := range c.addresses {
		at := (first + i) % len(c.addresses)
		answer, err := c.askOne(ctx, c.addresses[at], method, user, id, tail, body)
		var away *awayError
		if !errors.As(err, &away) {
			c.active.Store(int64(at))
			return answer, err
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

// awayError says that another address may know better.
type awayError struct {
	address string
	why     error
}

func (e *awayError) Error() string { return fmt.Sprintf("%s: %v", e.address, e.why) }
func (e *awayError) Unwrap() error { return e.why }

func (c *Client) askOne(ctx context.Context, at *url.URL, method, user, id, tail string, body []byte) ([]byte, error) {
	u := at.JoinPath("ws/v1/cluster/apps", id+tail)
	if user != "" {
		u.RawQuery = url.Values{"user.name": {user}}.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) { // it would repeat the address
			err = wrapped.Err
		}
		return nil, &awayError{at.Host, err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, &awayError{at.Host, err}
	}
	return text, judge(at, answer, text)
}

// judge says what a status means. A standby answers with a redirect to the
// active one, as a header or, in older versions, as a page that refreshes.
func judge(at *url.URL, r *http.Response, text []byte) error {
	switch {
	case r.StatusCode >= 300 && r.StatusCode < 400, r.Header.Get("Refresh") != "",
		bytes.Contains(text[:min(len(text), 512)], []byte("This is standby RM")):
		return &awayError{at.Host, errors.New("is a standby")}
	case r.StatusCode == http.StatusNotFound && bytes.Contains(text, []byte("NotFoundException")):
		return task.ErrNoApplication // said by YARN, not by whoever else is at a wrong address
	case r.StatusCode >= 500:
		return &awayError{at.Host, fmt.Errorf("answered %s", r.Status)}
	case r.StatusCode < 200 || r.StatusCode >= 300:
		return fmt.Errorf("%s answered %s", at.Host, r.Status)
	default:
		return nil
	}
}
