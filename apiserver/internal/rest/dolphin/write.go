package dolphin

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// answer is what a request will be answered, not yet written.
type answer struct {
	status  int
	failed  bool
	body    envelope
	raw     []byte // an encoded envelope that replaces body
	cookies []*http.Cookie
	file    *Attachment
	plain   string // text that is the whole body
	empty   bool   // no body at all
}

// succeed wraps what a handler gave.
func succeed(req *Request, data any) answer {
	a := answer{status: req.route.SuccessStatus}
	switch v := data.(type) {
	case Attachment:
		a.file = &v
		return a
	case Nothing:
		a.empty = true
	case Reply:
		a.cookies = v.Cookies
		a.body = envelope{Msg: v.Message.Message(req.Language), Data: v.Data}
	default:
		a.body = envelope{Msg: status.Success.Message(req.Language), Data: data}
	}
	return a
}

// encode gives the body's JSON. Like the original it leaves <, > and & alone.
func (a *answer) encode() ([]byte, error) {
	if a.raw != nil {
		return a.raw, nil
	}
	return marshal(a.body)
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// write sends the answer.
func (d *Dialect) write(w http.ResponseWriter, req *Request, a answer) {
	if a.file != nil {
		d.writeFile(w, req, a)
		return
	}
	if a.empty {
		w.WriteHeader(cmp.Or(a.status, http.StatusOK))
		return
	}
	if a.plain != "" {
		w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.plain) // the client may have left; there is nobody to tell
		return
	}
	body, err := a.encode()
	if err != nil {
		a = d.fail(req, fmt.Errorf("encoding the answer: %w", err))
		body, _ = a.encode()
	}
	for _, c := range a.cookies {
		http.SetCookie(w, c)
	}
	if a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "2")
	}
	writeJSON(w, req.http, a.status, body)
}

// minGzip is the size from which bodies are compressed, as in the original.
const minGzip = 2048

func writeJSON(w http.ResponseWriter, r *http.Request, code int, body []byte) {
	if code == 0 {
		code = http.StatusOK
	}
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= minGzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		var small bytes.Buffer
		z, _ := gzip.NewWriterLevel(&small, gzip.BestSpeed)
		_, _ = z.Write(body) // a bytes.Buffer takes everything
		_ = z.Close()
		h.Set("Content-Encoding", "gzip")
		body = small.Bytes()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client may have left; there is nobody to tell
}

// writeFile streams an attachment. Headers leave with the first byte, so that
// a failure before it can still be told in words.
func (d *Dialect) writeFile(w http.ResponseWriter, req *Request, a answer) {
	out := &lazyFile{w: w, name: a.file.Name, kind: cmp.Or(a.file.Type, "application/octet-stream"), size: a.file.Size}
	if req.route.Streaming {
		conn := http.NewResponseController(w)
		out.patience = func() { _ = conn.SetWriteDeadline(time.Now().Add(d.timeout)) }
	}
	err := a.file.Write(out)
	switch {
	case err == nil:
		out.start()
	case !out.started:
		d.write(w, req, d.fail(req, err))
	default:
		d.record(req, fmt.Errorf("sending %s: %w", a.file.Name, err))
		panic(http.ErrAbortHandler) // a cut connection tells the client that bytes are missing
	}
}

// lazyFile writes the headers of an attachment before its first byte.
type lazyFile struct {
	w        http.ResponseWriter
	name     string
	kind     string
	size     int64
	started  bool
	patience func() // gives the client time to take what comes; nil: it has a limit already
}

func (f *lazyFile) start() {
	if f.started {
		return
	}
	f.started = true
	h := f.w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	if f.size > 0 {
		h.Set("Content-Length", strconv.FormatInt(f.size, 10))
	}
	f.w.WriteHeader(http.StatusOK)
}

// Write implements io.Writer.
func (f *lazyFile) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if f.patience != nil {
		f.patience()
	}
	f.start()
	return f.w.Write(p)
}

// denyUnknown answers who is not signed in: 401 without a body. When we could
// not find out, 503 says so.
func (d *Dialect) denyUnknown(w http.ResponseWriter, r *http.Request, err error) {
	if workflow.ErrorCode(err) == workflow.Unauthenticated {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	d.uc.Log.WarnContext(r.Context(), "authentication failed", "error", err)
	w.Header().Set("Retry-After", "2")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// springError is the body of answers that no handler gave.
type springError struct {
	Timestamp Date   `json:"timestamp"`
	Status    int    `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message"`
	Path      string `json:"path"`
}

func (d *Dialect) notFound(w http.ResponseWriter, r *http.Request) {
	d.unrouted(w, r, http.StatusNotFound, "Not Found")
}

func (d *Dialect) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	d.unrouted(w, r, http.StatusMethodNotAllowed, fmt.Sprintf("Request method '%s' not supported", r.Method))
}

// unrouted answers what no route matches; strangers learn nothing from it.
func (d *Dialect) unrouted(w http.ResponseWriter, r *http.Request, code int, message string) {
	if _, err := d.authenticate(r); err != nil {
		d.denyUnknown(w, r, err)
		return
	}
	body, err := marshal(springError{
		Timestamp: Date(d.uc.Now().UTC().Truncate(time.Millisecond)),
		Status:    code, Error: http.StatusText(code), Message: message, Path: r.URL.Path,
	})
	if err != nil {
		d.uc.Log.ErrorContext(r.Context(), "encoding an error body", "error", err)
	}
	writeJSON(w, r, code, body)
}

var _ io.Writer = (*lazyFile)(nil)
