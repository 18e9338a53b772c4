package native

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Headers of requests that may be repeated, and of answers to repeats.
const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotent-Replayed"
)

// maxKey bounds an Idempotency-Key.
const maxKey = 200

// How long a repeat waits for the answer of the first request to be kept.
const (
	settleEvery = 50 * time.Millisecond
	settleFor   = 3 * time.Second
)

// kept is how an answer is remembered. The transaction that does the work
// keeps one that is not Complete: the answer is made after it.
type kept struct {
	Complete bool                `json:"complete,omitempty"`
	ID       int64               `json:"id,omitempty"` // of what was made
	Status   int                 `json:"status,omitempty"`
	Header   map[string][]string `json:"header,omitempty"`
	Body     []byte              `json:"body,omitempty"`
}

// once lets a POST with an Idempotency-Key happen once: repeats get the answer
// of the first success. What changed nothing, refusals above all, is done
// again. The answer to a login is kept for nobody.
func (a *API) once(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header(keyHeader)
	if key == "" || ctx.Method() != http.MethodPost || declared(ctx).Access == Public {
		next(ctx)
		return
	}
	if len(key) > maxKey {
		a.refuse(ctx, workflow.Errorf(workflow.Invalid, "idempotency.key", "the %s is longer than %d bytes", keyHeader, maxKey))
		return
	}
	again, print, err := fingerprint(ctx)
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	o := &store.Once{UserID: callerOf(ctx.Context()).User.ID, Key: key, Fingerprint: print,
		Answer: func(id int64) ([]byte, error) { return json.Marshal(kept{ID: id}) }}
	if a.replay(ctx, o, true) {
		return
	}
	held := &heldAnswer{request: huma.WithContext(again, store.WithOnce(ctx.Context(), o)), header: http.Header{}}
	next(held)
	if o.Kept() == nil {
		// It wrote nothing, as far as it knows: it may be a repeat that its
		// transaction found out, or its commit succeeded and the news got lost.
		if a.replay(ctx, o, held.status < http.StatusBadRequest) {
			return
		}
	} else if held.status < http.StatusBadRequest {
		a.complete(ctx, o, held)
	}
	held.send(ctx)
}

// complete keeps an answer. When that fails a repeat is told that the work was
// done.
func (a *API) complete(ctx huma.Context, o *store.Once, held *heldAnswer) {
	if declared(ctx).Secret {
		return
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx.Context()), settleFor)
	defer cancel()
	text, err := json.Marshal(kept{Complete: true, Status: held.status, Header: held.header, Body: held.body.Bytes()})
	if err == nil {
		err = a.uc.Store.Idempotency.Complete(limited, o, text)
	}
	if err != nil {
		a.uc.Log.WarnContext(limited, "an answer was not kept for repeats", "error", err)
	}
}

// replay answers a request that was answered before. With lenient a failure to
// find out is none: there is an answer to give.
func (a *API) replay(ctx huma.Context, o *store.Once, lenient bool) (done bool) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx.Context()), settleFor)
	defer cancel()
	k, err := a.recall(limited, o, !declared(ctx).Secret)
	switch {
	case workflow.ErrorReason(err) == "idempotency.reused":
		a.refuse(ctx, workflow.Errorf(workflow.Invalid, "idempotency.reused", "this %s came with another request before", keyHeader))
		return true
	case err != nil && lenient:
		a.uc.Log.WarnContext(limited, "looking for a kept answer", "error", err)
		return false
	case err != nil:
		a.refuse(ctx, err)
		return true
	case k == nil:
		return false
	case !k.Complete:
		a.refuse(ctx, workflow.Errorf(workflow.Conflict, "idempotency.done",
			"the first request with this %s was carried out, but its answer is not there any more%s", keyHeader, made(k.ID)))
		return true
	}
	for name, values := range k.Header {
		for _, v := range values {
			ctx.AppendHeader(name, v)
		}
	}
	ctx.SetHeader(replayedHeader, "true")
	ctx.SetStatus(k.Status)
	_, _ = ctx.BodyWriter().Write(k.Body) // a client that left hears nothing of it
	return true
}

func made(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf("; it made number %d", id)
}

// recall reads a kept answer, nil when there is none. One that is being made is
// waited for, if there is going to be one.
func (a *API) recall(ctx context.Context, o *store.Once, wait bool) (*kept, error) {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	var last *kept
	for {
		text, err := a.uc.Store.Idempotency.Answer(ctx, o)
		if err != nil && last != nil {
			return last, nil // the time is up
		}
		if err != nil || text == nil {
			return nil, err
		}
		last = &kept{}
		if err := json.Unmarshal(text, last); err != nil {
			return nil, fmt.Errorf("reading a kept answer: %w", err)
		}
		if last.Complete || !wait {
			return last, nil
		}
		select {
		case <-ctx.Done():
			return last, nil
		case <-tick.C:
		}
	}
}

// fingerprint tells requests apart: same operation, path, query and JSON body,
// same print. It gives a context whose body can be read again. Secrets stay out
// of it, because a print is stored and could be guessed back.
func fingerprint(ctx huma.Context) (huma.Context, string, error) {
	h := sha256.New()
	u := ctx.URL()
	fmt.Fprintf(h, "native %s %s?%s\n", ctx.Method(), u.Path, u.Query().Encode())
	media, _, _ := mime.ParseMediaType(ctx.Header("Content-Type"))
	if media != "application/json" && ctx.Header("Content-Type") != "" {
		return ctx, hex.EncodeToString(h.Sum(nil)), nil
	}
	most := ctx.Operation().MaxBodyBytes
	if most == 0 {
		most = 1 << 20
	}
	text, err := io.ReadAll(io.LimitReader(ctx.BodyReader(), most+1)) // what is too large is refused when it is read again
	if err != nil {
		return ctx, "", workflow.Errorf(workflow.Invalid, "body.unreadable", "the body did not arrive")
	}
	var value any
	if json.Unmarshal(text, &value) == nil {
		if err := json.NewEncoder(h).Encode(withoutSecrets(value)); err != nil {
			return ctx, "", err
		}
	}
	return rereadable{request: ctx, body: bytes.NewReader(text)}, hex.EncodeToString(h.Sum(nil)), nil
}

// withoutSecrets drops fields that hold what must not be stored.
func withoutSecrets(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			word := strings.ToLower(name)
			if strings.Contains(word, "password") || strings.Contains(word, "secret") || strings.Contains(word, "token") || word == "settings" || word == "variables" {
				delete(v, name)
				continue
			}
			v[name] = withoutSecrets(v[name])
		}
	case []any:
		for i := range v {
			v[i] = withoutSecrets(v[i])
		}
	}
	return v
}

// request has another name than the method that it would hide.
type request huma.Context

// rereadable is a request whose body was read.
type rereadable struct {
	request
	body io.Reader
}

func (r rereadable) BodyReader() io.Reader { return r.body }

// Unwrap lets the adapter find its own.
func (r rereadable) Unwrap() huma.Context { return r.request }

// heldAnswer keeps an answer until it is known whether it is the one to give.
type heldAnswer struct {
	request
	status int
	header http.Header
	body   bytes.Buffer
}

func (h *heldAnswer) SetStatus(code int)              { h.status = code }
func (h *heldAnswer) Status() int                     { return h.status }
func (h *heldAnswer) SetHeader(name, value string)    { h.header.Set(name, value) }
func (h *heldAnswer) AppendHeader(name, value string) { h.header.Add(name, value) }
func (h *heldAnswer) BodyWriter() io.Writer           { return &h.body }

// Unwrap lets the adapter find its own.
func (h *heldAnswer) Unwrap() huma.Context { return h.request }

// send gives the answer.
func (h *heldAnswer) send(ctx huma.Context) {
	for name, values := range h.header {
		for _, v := range values {
			ctx.AppendHeader(name, v)
		}
	}
	if h.status != 0 {
		ctx.SetStatus(h.status)
	}
	_, _ = ctx.BodyWriter().Write(h.body.Bytes()) // a client that left hears nothing of it
}
