package lifecycle_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/lifecycle"
)

func TestHealth(t *testing.T) {
	var database error
	h := lifecycle.Health(
		lifecycle.Check{Name: "database", Check: func(context.Context) error { return database }},
		lifecycle.Check{Name: "etcd", Check: func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); !bounded {
				return errors.New("nobody limits the time of a check")
			}
			return nil
		}},
	)
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	if code, body := get("/readyz"); code != http.StatusOK || body != "database: ok\netcd: ok\n" {
		t.Errorf("ready: %d %q", code, body)
	}
	database = errors.New("no answer")
	if code, body := get("/readyz"); code != http.StatusServiceUnavailable || body != "database: no answer\netcd: ok\n" {
		t.Errorf("not ready: %d %q", code, body)
	}
	if code, body := get("/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("alive: %d %q", code, body)
	}
}
