// Package native is Porpoise's own REST API below /api/v1: plain JSON, problem
// documents, cursors, ETags, and an OpenAPI 3.1 document made from the Go types
// that serve it. The console and the command line use nothing else.
package native

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native/wording"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

// Base is the path below which the API answers.
const Base = "/api/v1"

// Config tunes the API. Zero values have defaults.
type Config struct {
	Version string        // of the product, shown in the document
	Timeout time.Duration // of a request that is not streaming; default 60 s
	// DolphinScheduler reads what that product exported. Without it such imports
	// are refused.
	DolphinScheduler ReadForeign
}

// API answers requests with use cases.
type API struct {
	uc      *usecase.Service
	cfg     Config
	mux     *chi.Mux
	huma    huma.API
	mistake error // the first wrong declaration
	chinese tongue

	ending     context.Context // ends when streams have to
	endStreams context.CancelFunc
}

// New declares all operations; a mistake in one is an error.
func New(uc *usecase.Service, cfg Config) (*API, error) {
	if cfg.Timeout <= 0 {
		cfg.Timeout = time.Minute
	}
	a := &API{uc: uc, cfg: cfg, mux: chi.NewRouter()}
	var err error
	if a.chinese, err = wording.Chinese(); err != nil {
		return nil, err
	}
	a.ending, a.endStreams = context.WithCancel(context.Background())
	a.mux.NotFound(a.noRoute(http.StatusNotFound))
	a.mux.MethodNotAllowed(a.noRoute(http.StatusMethodNotAllowed))
	a.mux.Route(Base, func(r chi.Router) { a.huma = humachi.New(r, a.document()) })
	a.huma.UseMiddleware(a.bound, a.admit, a.once)
	a.declare()
	return a, a.mistake
}

// declare declares every operation, a file per resource.
func (a *API) declare() {
	a.declareSession()
	a.declareProjects()
	a.declareWorkflows()
	a.declareKinds()
	a.declareAdministration()
	a.declareRuns()
	a.declareTasks()
	a.declareSchedules()
	a.declareBackfills()
	a.declareStatistics()
	a.declareServers()
}

// document is the head of the OpenAPI document.
func (a *API) document() huma.Config {
	c := huma.DefaultConfig("Porpoise", a.cfg.Version)
	c.CreateHooks = nil // no $schema in answers
	c.Transformers = []huma.Transformer{withoutValues, a.inLanguage}
	c.DocsPath, c.SchemasPath = "", ""
	c.OpenAPIPath = "/openapi"
	c.RejectUnknownQueryParameters = true
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Servers = []*huma.Server{{URL: Base}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "an access token"},
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "a login; requests that change something need the header " + csrfHeader},
	}
	c.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	return c
}

// schemaName names a type in the document. Parts of the document of a workflow
// have names that others have too.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if strings.HasSuffix(t.PkgPath(), "/pkg/manifest") && name != "Document" {
		return "Document" + name
	}
	return name
}

// Handler answers everything below Base.
func (a *API) Handler() http.Handler { return a.mux }

// Document is the OpenAPI document.
func (a *API) Document() *huma.OpenAPI { return a.huma.OpenAPI() }

// op declares an operation.
type op struct {
	ID      string // unique: listProjects
	Method  string
	Path    string // below Base
	Tag     string
	Summary string
	Access  Access
	Status  int // of a success; 0: 200, or 204 without a body
	// MaxBody bounds the body in bytes; 0: 1 MiB.
	MaxBody int64
	// Request describes a body that the operation, a POST, reads itself.
	Request *huma.RequestBody
	// AnyQuery lets parameters pass that are not declared.
	AnyQuery bool
	// Secret says that the answer shows something that is shown once: it is not
	// kept for repeats.
	Secret bool
	// Streaming lifts the time limit.
	Streaming bool
	// Produces is the media type of answers that are no JSON.
	Produces string
}

// add declares an operation and who does it.
func add[I, O any](a *API, o op, do func(context.Context, *I) (*O, error)) {
	if !a.check(o) {
		return
	}
	huma.Register(a.huma, a.operation(o), func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		return out, a.problem(ctx, err)
	})
	if o.Request != nil { // only now, or the framework would read it
		a.Document().Paths[o.Path].Post.RequestBody = o.Request
	}
}

// check notes what is wrong with a declaration.
func (a *API) check(o op) bool {
	var what string
	switch {
	case o.Access == undeclared:
		what = "declares no access"
	case o.ID == "" || o.Tag == "" || o.Summary == "":
		what = "has no id, tag or summary"
	case o.Access.ofProject() && !namesProject(o.Path):
		what = "is about a project but names none"
	default:
		return true
	}
	a.mistake = errors.Join(a.mistake, fmt.Errorf("operation %s %s %s", o.Method, o.Path, what))
	return false
}

func (a *API) operation(o op) huma.Operation {
	h := huma.Operation{
		OperationID: o.ID, Method: o.Method, Path: o.Path, Tags: []string{o.Tag}, Summary: o.Summary,
		DefaultStatus: o.Status, MaxBodyBytes: o.MaxBody, BodyReadTimeout: a.cfg.Timeout,
		Metadata: map[string]any{declaration: o}, SkipValidateParams: o.AnyQuery,
	}
	if o.Produces != "" {
		h.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			o.Produces: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	}
	if o.Access == Public {
		h.Security = []map[string][]string{}
	}
	return h
}

// declaration is the key of an operation's op.
const declaration = "porpoise"

func declared(ctx huma.Context) op {
	o, _ := ctx.Operation().Metadata[declaration].(op)
	return o
}

// bound limits the time of an operation that is not streaming.
func (a *API) bound(ctx huma.Context, next func(huma.Context)) {
	if declared(ctx).Streaming {
		next(ctx)
		return
	}
	limited, cancel := context.WithTimeout(ctx.Context(), a.cfg.Timeout)
	defer cancel()
	next(huma.WithContext(ctx, limited))
}
