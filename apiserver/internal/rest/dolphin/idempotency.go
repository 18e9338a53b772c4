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

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxKey bounds an Idempotency-Key.
const maxKey = 200

// kept is how an answer is remembered.
type kept struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// once lets a write with an Idempotency-Key happen once: repeats get the answer
// of the first success. It is the transaction that finds out whether a request
// is a repeat, so that the first pays for nothing but a row. What changed
// nothing, refusals above all, is done again.
func (d *Dialect) once(ctx context.Context, req *Request, do func(context.Context) answer) answer {
	key := req.http.Header.Get("Idempotency-Key")
	if key == "" || !req.route.writes() {
		return do(ctx)
	}
	if len(key) > maxKey {
		return d.fail(req, &paramError{fmt.Errorf("the Idempotency-Key is longer than %d bytes", maxKey)})
	}
	o := &store.Once{UserID: req.Caller.User.ID, Key: key, Fingerprint: fingerprint(req),
		Answer: func(id int64) ([]byte, error) { return keep(req, id) }}
	a := do(store.WithOnce(ctx, o))
	if text := o.Kept(); text != nil {
		return d.replay(req, text)
	}
	return d.settle(ctx, req, o, a)
}

// settle looks what became of a request that has written nothing, as far as it
// knows. It may be a repeat, undone by its transaction or refused because of
// what the first one changed; or its commit succeeded and the news of it got
// lost.
func (d *Dialect) settle(ctx context.Context, req *Request, o *store.Once, a answer) answer {
	// What there is to know is wanted even when the time is up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if known, ok := d.recall(ctx, req, o); ok {
		return known
	}
	return a
}

// recall gives the answer to a request that was answered before, or a refusal
// when that cannot be found out.
func (d *Dialect) recall(ctx context.Context, req *Request, o *store.Once) (a answer, known bool) {
	text, err := d.uc.Store.Idempotency.Answer(ctx, o)
	switch {
	case workflow.ErrorReason(err) == "idempotency.reused":
		c := req.route.ErrorConstant
		return answer{status: http.StatusUnprocessableEntity, failed: true, body: envelope{Code: c.Code(), Msg: c.Message(req.Language)}}, true
	case err != nil:
		return d.fail(req, err), true
	case text == nil:
		return answer{}, false
	}
	return d.replay(req, text), true
}

// keep encodes a success before the handler has it, for the transaction that
// makes it one. id is that of what the transaction made.
func keep(req *Request, id int64) ([]byte, error) {
	var data any
	if req.route.AnswersID {
		data = id
	}
	if req.keeps != nil {
		data = req.keeps()
	}
	a := succeed(req, data)
	body, err := a.encode()
	if err != nil {
		return nil, err
	}
	return marshal(kept{Status: a.status, Body: body})
}

// replay gives a kept answer.
func (d *Dialect) replay(req *Request, text []byte) answer {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return d.fail(req, fmt.Errorf("reading a kept answer: %w", err))
	}
	return answer{status: k.Status, raw: k.Body}
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
