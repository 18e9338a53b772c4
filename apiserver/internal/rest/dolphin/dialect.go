// Package dolphin speaks DolphinScheduler 1.3.9: its paths, parameters,
// envelope, numbers and quirks live here and nowhere else. Routes are declared
// (see Route); the framework decodes, authorizes and answers.
package dolphin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

// Base is the path below which the dialect answers.
const Base = "/dolphinscheduler"

// Config tunes the dialect. Zero values have defaults.
type Config struct {
	// Timeout of a request that is not streaming; default 60 s.
	Timeout time.Duration
	// Uploads are how many bodies with files are read at a time; others wait,
	// and are refused when they waited for Timeout. Default 16.
	Uploads int
}

// Dialect answers requests with use cases.
type Dialect struct {
	uc      *usecase.Service
	timeout time.Duration
	reasons map[string]status.Constant
	routes  []Route
	docs    map[string]http.Handler // of the API page, by path
	uploads chan struct{}           // holds a token for each body with files being read
}

// New checks the declarations of all routes; a mistake in one is an error.
func New(uc *usecase.Service, cfg Config) (_ *Dialect, err error) {
	d := &Dialect{uc: uc, timeout: cfg.Timeout, reasons: reasons()}
	if d.timeout <= 0 {
		d.timeout = time.Minute
	}
	d.uploads = make(chan struct{}, cmp.Or(cfg.Uploads, 16))
	d.routes = slices.Concat(d.accountRoutes(), d.workflowRoutes(), d.resourceRoutes(), d.dataSourceRoutes(),
		d.alertRoutes(), d.analysisRoutes(), d.grantRoutes())
	if err = checkAll(d.routes); err != nil {
		return nil, err
	}
	d.docs, err = d.makeDocs()
	return d, err
}

func checkAll(routes []Route) error {
	var errs []error
	seen := map[string]bool{}
	for i := range routes {
		rt := &routes[i]
		if err := rt.check(); err != nil {
			errs = append(errs, err)
		}
		key := rt.Method + " " + rt.Path
		if seen[key] {
			errs = append(errs, fmt.Errorf("route %s is declared twice", key))
		}
		seen[key] = true
	}
	return errors.Join(errs...)
}

// Routes lists the declarations, for tests and for the API page.
func (d *Dialect) Routes() []Route { return slices.Clone(d.routes) }

// Handler answers everything below Base.
func (d *Dialect) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(allowOrigins, trimSlash)
	r.NotFound(d.notFound)
	r.MethodNotAllowed(d.methodNotAllowed)
	d.docHandlers(r)
	for i := range d.routes {
		rt := &d.routes[i]
		h := d.serve(rt)
		r.Method(rt.Method, Base+rt.Path, h)
		if rt.Method == http.MethodGet {
			r.Method(http.MethodHead, Base+rt.Path, h)
		}
	}
	return r
}

// trimSlash lets /tenants/ match /tenants.
func trimSlash(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if r.URL.RawPath != "" {
			path = r.URL.RawPath
		}
		for len(path) > 1 && path[len(path)-1] == '/' {
			path = path[:len(path)-1]
		}
		chi.RouteContext(r.Context()).RoutePath = path
		next.ServeHTTP(w, r)
	})
}

// allowOrigins answers every origin, without credentials.
func allowOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if r.Header.Get("Origin") == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", "*")
		wanted := r.Header.Get("Access-Control-Request-Method")
		if r.Method != http.MethodOptions || wanted == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Add("Vary", "Access-Control-Request-Method")
		h.Add("Vary", "Access-Control-Request-Headers")
		h.Set("Access-Control-Allow-Methods", wanted)
		if headers := r.Header.Get("Access-Control-Request-Headers"); headers != "" {
			h.Set("Access-Control-Allow-Headers", headers)
		}
		h.Set("Access-Control-Max-Age", "1800")
		w.WriteHeader(http.StatusOK)
	})
}
