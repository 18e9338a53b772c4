package robot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
)

// Config is how robots are reached.
type Config struct {
	// Guard says which addresses may be reached and verifies certificates.
	Guard netguard.Config
	// Timeout of one message; 15 s when 0.
	Timeout time.Duration
	// Now is the clock that signatures carry; time.Now when nil.
	Now func() time.Time
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 64 << 10

// Kinds gives all kinds of this package.
func Kinds(cfg Config) []notify.Kind {
	cfg.Guard.MaxRedirects = -1 // an alert goes where the operator said, nowhere else
	cfg.Guard.MaxBody = maxAnswer
	if cfg.Timeout == 0 {
		cfg.Timeout = 15 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	p := maker{guard: netguard.New(cfg.Guard), timeout: cfg.Timeout, now: cfg.Now}
	return []notify.Kind{
		webhookKind{p}, dingTalkKind{p}, weComKind{p}, feishuKind{p}, slackKind{p}, telegramKind{p},
	}
}

// maker makes posters.
type maker struct {
	guard   *netguard.Guard
	timeout time.Duration
	now     func() time.Time
}

func (m maker) poster() poster {
	return poster{client: m.guard.Client(netguard.Timeouts{Connect: m.timeout, Idle: m.timeout, Total: m.timeout}), now: m.now}
}

// poster sends requests for one channel.
type poster struct {
	client *http.Client
	now    func() time.Time
}

// Close gives back idle connections.
func (p poster) Close() { p.client.CloseIdleConnections() }

// request is one message on its way.
type request struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte
}

// postJSON posts v.
func (p poster) postJSON(ctx context.Context, u *url.URL, v any) (answer, error) {
	body, err := encode(v)
	if err != nil {
		return answer{}, err
	}
	return p.do(ctx, request{method: http.MethodPost, url: u, body: body})
}

func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, notify.Hopeless(fmt.Errorf("encoding the message: %w", err))
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// answer is what the other side said.
type answer struct {
	status int
	body   []byte
	cut    error // why the body is not complete; nil when only too long
}

// do sends a request and reads the answer. Once the request was written, an
// error leaves open whether it arrived.
func (p poster) do(ctx context.Context, r request) (answer, error) {
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), bytes.NewReader(r.body))
	if err != nil {
		return answer{}, notify.Hopeless(errors.New("the address makes no request"))
	}
	req.GetBody = nil // a message is not written twice behind our back
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "porpoise")
	res, err := p.client.Do(req)
	if err != nil && res != nil { // a redirect: an answer, though not one to follow
		return answer{status: res.StatusCode, body: []byte("redirects are not followed")}, nil
	}
	if err != nil {
		return answer{}, outcome(fmt.Errorf("sending to %s: %w", r.url.Host, bare(err)), written.Load())
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode}
	a.body, err = io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, netguard.ErrBodyTooLarge) {
		a.cut = fmt.Errorf("reading the answer of %s: %w", r.url.Host, bare(err))
	}
	return a, nil
}

func outcome(err error, written bool) error {
	if written {
		return notify.Unknown(err)
	}
	return err
}

// bare leaves out the URL: robots' addresses contain their keys.
func bare(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// accepted refuses an answer that is not a 2xx.
func (a answer) accepted() error {
	if a.status/100 == 2 {
		return nil
	}
	return fmt.Errorf("answered %d: %s", a.status, excerpt(string(a.body)))
}

// decode reads a robot's verdict.
func (a answer) decode(v any) error {
	if err := a.accepted(); err != nil {
		return err
	}
	if a.cut != nil {
		return notify.Unknown(a.cut)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("answered %d with something else than a verdict: %s", a.status, excerpt(string(a.body)))
	}
	return nil
}

// excerpt makes one short line of an answer.
func excerpt(s string) string { return limit(strings.Join(strings.Fields(s), " "), 200) }

// limit cuts a text to at most n bytes, at a rune's border.
func limit(s string, n int) string {
	const more = "…"
	if len(s) <= n {
		return s
	}
	cut := n - len(more)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + more
}

// withQuery gives a copy of an address with more in its query.
func withQuery(u *url.URL, more url.Values) *url.URL {
	copied := *u
	q := u.Query()
	for name, values := range more {
		q[name] = values
	}
	copied.RawQuery = q.Encode()
	return &copied
}
