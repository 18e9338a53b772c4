package dolphin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxKey bounds an Idempotency-Key.
const maxKey = 200

// kept is how an answer is remembered.
type kept struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// once lets a POST or PUT with an Idempotency-Key happen once: repeats get the
// first answer. Refusals changed nothing and are not remembered.
func (d *Dialect) once(ctx context.Context, req *Request, do func() answer) answer {
	key := req.http.Header.Get("Idempotency-Key")
	changes := req.http.Method == http.MethodPost || req.http.Method == http.MethodPut
	if key == "" || !changes || req.route.Access == Public || req.route.Secret {
		return do()
	}
	if len(key) > maxKey {
		return d.fail(req, &paramError{fmt.Errorf("the Idempotency-Key is longer than %d bytes", maxKey)})
	}
	user := req.Caller.User.ID
	claimed, old, err := d.uc.Store.Idempotency.Begin(ctx, user, key, fingerprint(req))
	switch {
	case workflow.ErrorCode(err) == workflow.Conflict:
		return d.conflict(req, http.StatusUnprocessableEntity)
	case err != nil:
		return d.fail(req, err)
	case !claimed && old == nil:
		return d.conflict(req, http.StatusConflict)
	case !claimed:
		return d.recall(req, old)
	}
	a := do()
	// The outcome is decided; the client's leaving must not lose it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := d.remember(ctx, user, key, &a); err != nil {
		d.uc.Log.ErrorContext(ctx, "keeping an answer for its Idempotency-Key", "operation", req.route.Operation, "error", err)
	}
	return a
}

// remember keeps a success and gives up the key of anything else.
func (d *Dialect) remember(ctx context.Context, user int64, key string, a *answer) error {
	if a.failed || a.file != nil {
		return d.uc.Store.Idempotency.Abandon(ctx, user, key)
	}
	body, err := a.encode()
	if err != nil {
		return err
	}
	a.raw = body
	text, err := marshal(kept{Status: a.status, Body: body})
	if err != nil {
		return err
	}
	return d.uc.Store.Idempotency.Finish(ctx, user, key, text)
}

// recall gives the first call's answer again.
func (d *Dialect) recall(req *Request, text []byte) answer {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return d.fail(req, fmt.Errorf("reading a kept answer: %w", err))
	}
	return answer{status: k.Status, raw: k.Body}
}

// conflict refuses a key that is at work or belongs to another request.
func (d *Dialect) conflict(req *Request, code int) answer {
	c := req.route.ErrorConstant
	return answer{status: code, failed: true, body: envelope{Code: c.Code(), Msg: c.Message(req.Language)}}
}

// fingerprint tells requests apart: same route and same parameters, same
// print. Secrets stay out of it, because a print is stored and could be guessed
// back.
func fingerprint(req *Request) string {
	open := make(url.Values, len(req.given))
	for name, texts := range req.given {
		if word := strings.ToLower(name); !strings.Contains(word, "password") && word != "token" {
			open[name] = texts
		}
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n%s", req.http.Method, req.http.URL.Path, open.Encode())
	return hex.EncodeToString(h.Sum(nil))
}
