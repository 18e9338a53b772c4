package native

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Problem is a refusal as RFC 9457 describes it. Reason is a stable word for
// programs; Errors name the fields that are wrong.
type Problem struct {
	huma.ErrorModel
	Reason  string `json:"reason,omitempty" doc:"a stable word for programs, such as project.exists"`
	Current *Draft `json:"current,omitempty" doc:"of revision.changed: the draft as it is now"`
}

// statuses are what the codes of our errors mean over HTTP.
func status(c workflow.Code) int {
	switch c {
	case workflow.Invalid:
		return http.StatusUnprocessableEntity
	case workflow.Unauthenticated:
		return http.StatusUnauthorized
	case workflow.Forbidden:
		return http.StatusForbidden
	case workflow.NotFound:
		return http.StatusNotFound
	case workflow.Exists, workflow.Conflict, workflow.Fenced:
		return http.StatusConflict
	case workflow.Exhausted:
		return http.StatusTooManyRequests
	case workflow.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem turns an error into what the client gets to know of it; what is
// unexpected is logged in full and shown as nothing but that.
func (a *API) problem(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var given huma.StatusError
	if errors.As(err, &given) {
		return err
	}
	var e *workflow.Error
	p := &Problem{}
	p.Status = status(workflow.ErrorCode(err))
	if p.Reason = workflow.ErrorReason(err); p.Reason == "revision.changed" {
		p.Status = http.StatusPreconditionFailed
	}
	p.Title = http.StatusText(p.Status)
	switch {
	case p.Status == http.StatusInternalServerError:
		a.uc.Log.ErrorContext(ctx, "request failed", "error", err)
		p.Detail = "something went wrong on the server; its log says what"
	case errors.As(err, &e):
		p.Detail = err.Error()
		if e.Field != "" {
			p.Errors = []*huma.ErrorDetail{{Message: e.Error(), Location: "body." + e.Field}}
		}
		a.uc.Log.Log(ctx, slog.LevelDebug, "request refused", "error", err)
	}
	p.explain(err)
	return p
}

// explain adds what some refusals have to say.
func (p *Problem) explain(err error) {
	var changed *usecase.DraftChanged
	if errors.As(err, &changed) {
		now := draftView(changed.Current)
		p.Current = &now
	}
	var refused *usecase.DocumentError
	if !errors.As(err, &refused) {
		return
	}
	p.Detail, p.Errors = err.Error(), nil
	for _, wrong := range refused.Problems {
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: wrong.Message, Location: wrong.Path, Value: Place{wrong.Line, wrong.Column}})
	}
}

// Place is where in a document something is; 0 when that is unknown.
type Place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// withoutValues takes what the client sent out of problems: it may be a
// password. Where it was stays, and so do places in documents, which are ours.
func withoutValues(_ huma.Context, _ string, answer any) (any, error) {
	var m *huma.ErrorModel
	switch p := answer.(type) {
	case *huma.ErrorModel:
		m = p
	case *Problem:
		m = &p.ErrorModel
	default:
		return answer, nil
	}
	for _, e := range m.Errors {
		if _, place := e.Value.(Place); !place {
			e.Value = nil
		}
	}
	return answer, nil
}

// refuse answers for a middleware.
func (a *API) refuse(ctx huma.Context, err error) {
	var p *Problem
	if !errors.As(a.problem(ctx.Context(), err), &p) {
		p = &Problem{}
		p.Status, p.Title = http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError)
	}
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	said, _ := a.inLanguage(ctx, "", p) // which does not fail
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetStatus(p.Status)
	// A client that left hears nothing of it.
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(said)
}

// noRoute answers for paths and methods that are none of ours.
func (a *API) noRoute(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := Problem{}
		p.Status, p.Title = code, http.StatusText(code)
		p.Detail = "there is no " + r.Method + " " + r.URL.Path
		a.sayTo(r, w.Header(), &p)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(p)
	}
}
