package lifecycle

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// checkTimeout bounds a check: what does not answer in time is not ready.
const checkTimeout = 3 * time.Second

// Check is a named condition of readiness; nil means it holds.
type Check struct {
	Name  string
	Check func(context.Context) error
}

// Health answers /healthz, which is 200 while the process serves, and /readyz,
// which is 200 when every check holds and 503 otherwise, with a line for each.
func Health(checks ...Check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
		defer cancel()
		ready, lines := evaluate(ctx, checks)
		code := http.StatusOK
		if !ready {
			code = http.StatusServiceUnavailable
		}
		plain(w, code, lines)
	})
	return mux
}

// Ready says whether every check holds now.
func Ready(ctx context.Context, checks ...Check) bool {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	ready, _ := evaluate(ctx, checks)
	return ready
}

// evaluate runs all checks at once, so that one slow one costs no more than
// its own time.
func evaluate(ctx context.Context, checks []Check) (ready bool, lines string) {
	errs := make([]error, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { errs[i] = c.Check(ctx) })
	}
	all.Wait()
	var b strings.Builder
	ready = true
	for i, c := range checks {
		if errs[i] != nil {
			ready = false
			fmt.Fprintf(&b, "%s: %v\n", c.Name, errs[i])
			continue
		}
		fmt.Fprintf(&b, "%s: ok\n", c.Name)
	}
	return ready, b.String()
}

func plain(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	fmt.Fprint(w, text)
}
