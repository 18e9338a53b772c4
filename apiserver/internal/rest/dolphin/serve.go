package dolphin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// serve answers one route: authenticate, decode, check, do, answer.
func (d *Dialect) serve(rt *Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r, release := d.limit(w, r, rt)
		defer release()
		req := &Request{route: rt, http: r, most: d.uc.MaxPage(), Language: language(r), IP: clientIP(r), zone: gmt8}
		if rt.Access != Public {
			caller, err := d.authenticate(r)
			if err != nil {
				d.denyUnknown(w, r, err)
				return
			}
			req.Caller = caller
			r = r.WithContext(caller.Acting(r.Context(), origin(r)))
			req.http = r
		}
		d.write(w, req, d.answer(r.Context(), req))
	}
}

// limit bounds the time of a request that is not streaming: its work, and how
// long a slow client may take to send it and to take the answer. Bodies with
// files and streamed answers may take any time as long as they move.
func (d *Dialect) limit(w http.ResponseWriter, r *http.Request, rt *Route) (*http.Request, func()) {
	conn := http.NewResponseController(w)
	// A writer that knows no deadlines (a test's recorder) needs none.
	release := func() { _ = conn.SetWriteDeadline(time.Time{}) } // the next request on this connection has its own
	if rt.Streaming || rt.takesFiles() {
		flowing := *r
		flowing.Body = flowIn(r.Body, conn, d.timeout)
		return &flowing, release
	}
	ctx, cancel := context.WithTimeout(r.Context(), d.timeout)
	_ = conn.SetReadDeadline(time.Now().Add(d.timeout))
	_ = conn.SetWriteDeadline(time.Now().Add(2 * d.timeout))
	return r.WithContext(ctx), func() { cancel(); release() }
}

// authenticate finds the caller by token, else by session.
func (d *Dialect) authenticate(r *http.Request) (usecase.Caller, error) {
	session := r.Header.Get("sessionId")
	if session == "" {
		if c, err := r.Cookie("sessionId"); err == nil {
			session = c.Value
		}
	}
	return d.uc.Authenticate(r.Context(), r.Header.Get("token"), session, clientIP(r))
}

// answer does the work of a request up to, but not including, writing.
func (d *Dialect) answer(ctx context.Context, req *Request) answer {
	defer d.discard(ctx, req)
	if err := d.decode(ctx, req); err != nil {
		return d.fail(req, &paramError{err})
	}
	if req.route.takesFiles() && !req.route.Streaming { // reading has taken its time; work has a limit
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.timeout)
		defer cancel()
	}
	return d.once(ctx, req, func(ctx context.Context) answer {
		if err := d.admit(ctx, req); err != nil {
			return d.fail(req, err)
		}
		data, err := d.call(ctx, req)
		if err != nil {
			return d.fail(req, err)
		}
		return succeed(req, data)
	})
}

// admit refuses what must not reach the handler.
func (d *Dialect) admit(ctx context.Context, req *Request) error {
	if err := req.checkPage(); err != nil {
		return err
	}
	if req.route.Precheck != nil {
		if err := req.route.Precheck(req); err != nil {
			return err
		}
	}
	return d.authorize(ctx, req)
}

// authorize carries out the route's declared access.
func (d *Dialect) authorize(ctx context.Context, req *Request) error {
	switch req.route.Access {
	case Public, SignedIn:
		return nil
	case ProjectRead, ProjectRun, ProjectWrite:
		return d.authorizeProject(ctx, req)
	default:
		return usecase.RequireAdmin(req.Caller)
	}
}

// authorizeProject finds the project of the request and checks the right to it.
func (d *Dialect) authorizeProject(ctx context.Context, req *Request) (err error) {
	want := usecase.ToRead
	switch req.route.Access {
	case ProjectRun:
		want = usecase.ToRun
	case ProjectWrite:
		want = usecase.ToWrite
	}
	if req.route.ProjectOf == nil {
		req.Project, err = d.uc.ProjectNamed(ctx, req.Caller, req.String("projectName"), want)
		return err
	}
	if req.Project, err = req.route.ProjectOf(ctx, req); err != nil {
		return err
	}
	return d.uc.MayUse(ctx, req.Caller, req.Project, want)
}

// call runs the handler and turns a panic into an error.
func (d *Dialect) call(ctx context.Context, req *Request) (data any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return req.route.Handler(ctx, req)
}

// fail turns an error into an answer: refusals keep the annotated status and
// have their own number, everything else is the endpoint's own constant with
// HTTP 200. A part that is away is the exception: 503 tells clients to retry.
func (d *Dialect) fail(req *Request, err error) answer {
	var plain *Plain
	if errors.As(err, &plain) {
		return answer{status: plain.HTTP, failed: true, plain: plain.Constant.Message(req.Language)}
	}
	if f, ok := d.refusal(err); ok {
		a := answer{status: req.route.SuccessStatus, failed: true,
			body: envelope{Code: f.Constant.Code(), Msg: f.message(req.Language)}}
		if workflow.ErrorCode(err) == workflow.Exhausted {
			a.status = http.StatusTooManyRequests
		}
		a.empty = req.route.Mute
		return a
	}
	c := req.route.ErrorConstant
	a := answer{status: http.StatusOK, failed: true, body: envelope{Code: c.Code(), Msg: c.Message(req.Language, reasonFor(c, err)...)}}
	switch workflow.ErrorCode(err) {
	case workflow.Unavailable:
		a.status = http.StatusServiceUnavailable
	case workflow.Exhausted:
		a.status = http.StatusTooManyRequests
	}
	d.record(req, err)
	return a
}

// reasonFor fills the text of the one constant that says what went wrong: for
// parameters the truth, for anything else no more than a client may know.
func reasonFor(c status.Constant, err error) []any {
	var unreadable *paramError
	switch {
	case c != status.InternalServerErrorArgs:
		return nil
	case errors.As(err, &unreadable):
		return []any{unreadable.Error()}
	}
	return []any{"unexpected failure"}
}

// paramError marks a parameter that is missing or cannot be read.
type paramError struct{ error }

func (e *paramError) Unwrap() error { return e.error }

// record logs an unexpected failure in full.
func (d *Dialect) record(req *Request, err error) {
	level := slog.LevelDebug // what the client sent was wrong
	switch workflow.ErrorCode(err) {
	case workflow.Internal:
		level = slog.LevelError
	case workflow.Unavailable, workflow.Exhausted:
		level = slog.LevelWarn
	}
	var unreadable *paramError
	if errors.As(err, &unreadable) || errors.Is(req.http.Context().Err(), context.Canceled) {
		level = slog.LevelDebug // it cannot be read, or the client left
	}
	d.uc.Log.Log(req.http.Context(), level, "request failed", "group", req.route.Group,
		"operation", req.route.Operation, "user", req.Caller.User.Name, "error", err)
}

// language picks the language of messages: cookie, then header, else English.
func language(r *http.Request) status.Language {
	tag := r.Header.Get("language")
	if c, err := r.Cookie("language"); err == nil {
		tag = c.Value
	}
	return languageOf(tag)
}

// languageOf reads a tag such as zh_CN.
func languageOf(tag string) status.Language {
	if strings.HasPrefix(strings.ToLower(tag), "zh") {
		return status.Chinese
	}
	return status.English
}

// maxIP bounds what a client may say its address is.
const maxIP = 64

// clientIP gives the address the client says it has; it is shown, not trusted.
func clientIP(r *http.Request) string {
	ip := saidIP(r)
	return ip[:min(len(ip), maxIP)]
}

func saidIP(r *http.Request) string {
	if list := r.Header.Get("X-Forwarded-For"); list != "" {
		first, _, _ := strings.Cut(list, ",")
		return strings.TrimSpace(first)
	}
	if ip := r.Header.Get("X-Real-IP"); ip != "" {
		return ip
	}
	return peerIP(r)
}

// origin is where a request came from, for the record: the address of the
// connection, and the one that a proxy says it stands for.
func origin(r *http.Request) string {
	said, peer := clientIP(r), peerIP(r)
	if said == peer {
		return peer
	}
	return peer + " for " + said
}

// peerIP gives the address the connection comes from.
func peerIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
