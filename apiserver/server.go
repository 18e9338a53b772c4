// Package apiserver answers the REST dialects. It keeps no state of its own:
// any number of servers work side by side on one database and registry.
package apiserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/apiserver/console"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/audit"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/nudge"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// AdminName is the name of the first user.
const AdminName = usecase.AdminName

// Limits bound what one request may ask for.
type Limits = usecase.Limits

// DefaultViewSuffixes are the ends of names of resources that are text.
func DefaultViewSuffixes() []string { return usecase.DefaultViewSuffixes() }

// LogReader reads the logs of attempts where they are kept.
type LogReader = usecase.LogReader

// Nudger tells the owners of shards that commands wait.
type Nudger = usecase.Nudger

// Sweeper has masters remove what is older than it is to be kept.
type Sweeper = usecase.Sweeper

// Connector knows how to reach databases.
type Connector = usecase.Connector

// Browser looks at what databases hold; Table and Column are what it sees.
type (
	Browser = usecase.Browser
	Table   = usecase.Table
	Column  = usecase.Column
)

// Channels knows the ways alerts leave by.
type Channels = usecase.Channels

// Provider lets people in elsewhere, Directory checks their passwords, and
// Newcomers says what happens to those who have no account.
type (
	Provider  = usecase.Provider
	Directory = auth.Directory
	Newcomers = auth.Newcomers
)

// Config tunes a server; zero values have defaults.
type Config struct {
	// Member is how this server shows in the registry while Run works; without
	// an ID it does not.
	Member         coord.Member
	Version        string         // of the product, for its documents
	Zone           *time.Location // of dates in requests that name none; default the process'
	Shards         int            // of the database; default store.Shards
	RequestTimeout time.Duration  // of requests that stream nothing; default 60 s
	SessionAge     time.Duration  // of a login; default 30 days
	// ViewSuffixes are the ends of names of resources that may be shown and
	// edited as text; none: DefaultViewSuffixes.
	ViewSuffixes []string
	Limits       Limits
	Newcomers    Newcomers // people whom others let in
}

// Deps are what a server works with. Those that may be nil say so.
type Deps struct {
	Store *store.Store
	Coord coord.Coordinator
	Kinds *task.Registry
	Logs  LogReader
	// DialMaster opens a connection to a master without waiting for it.
	DialMaster func(addr string) (*grpc.ClientConn, error)
	// Nudger tells owners of commands; nil: masters are dialled for that.
	Nudger Nudger
	// Sweeps has masters remove what is older than it is to be kept; nil: that
	// fails.
	Sweeps Sweeper
	// Blobs keeps the contents of resources; nil: there is no resource centre.
	// The caller closes it.
	Blobs blob.Store
	// Connector reaches the databases of data sources; nil: connecting fails.
	Connector Connector
	// Browser looks into them; nil: that fails.
	Browser Browser
	// Channels knows the ways alerts leave by; nil: none can be saved.
	Channels Channels
	// Provider lets people in elsewhere; nil: there is none. Directory checks
	// passwords of those who have none here; nil: there is none.
	Provider  Provider
	Directory Directory
	Now       func() time.Time
	Log       *slog.Logger
}

func (d Deps) check() error {
	switch {
	case d.Store == nil:
		return errors.New("an API server needs a store")
	case d.Coord == nil:
		return errors.New("an API server needs a coordinator")
	case d.Kinds == nil:
		return errors.New("an API server needs the task kinds")
	case d.Logs == nil:
		return errors.New("an API server needs a log reader")
	case d.DialMaster == nil:
		return errors.New("an API server needs to reach masters")
	case d.Now == nil || d.Log == nil:
		return errors.New("an API server needs a clock and a logger")
	}
	return nil
}

// Server is an API server.
type Server struct {
	member  coord.Member
	deps    Deps
	uc      *usecase.Service
	nudger  *nudge.Nudger // nil: deps have one
	dialect *dolphin.Dialect
	native  *native.API
	console *console.Handler
	docs    docs
	handler http.Handler
}

// New makes a server. A route without a declared access is an error.
func New(cfg Config, deps Deps) (*Server, error) {
	if err := deps.check(); err != nil {
		return nil, err
	}
	if cfg.Zone == nil {
		cfg.Zone = time.Local
	}
	if cfg.Shards == 0 {
		cfg.Shards = store.Shards
	}
	s := &Server{member: cfg.Member, deps: deps}
	watched := audit.Watch(deps.Store, deps.Log)
	if deps.Nudger == nil {
		s.nudger = nudge.New(nudge.Config{}, deps.Store.Scheduling, deps.DialMaster, deps.Now, deps.Log)
		deps.Nudger = s.nudger
	}
	s.uc = &usecase.Service{
		Store: watched, Coord: deps.Coord, Nudge: deps.Nudger, Kinds: deps.Kinds, Logs: deps.Logs,
		Auth:   auth.New(auth.Config{SessionAge: cfg.SessionAge, Directory: deps.Directory, Newcomers: cfg.Newcomers}, watched, deps.Now),
		Sweeps: deps.Sweeps,
		Now:    deps.Now, Log: deps.Log, Zone: cfg.Zone, Shards: cfg.Shards, Limits: cfg.Limits,
		Blobs: deps.Blobs, Connector: deps.Connector, ViewSuffixes: cfg.ViewSuffixes,
		Browser: deps.Browser, Channels: deps.Channels, Provider: deps.Provider, Directory: deps.Directory != nil,
	}
	var err error
	if s.dialect, err = dolphin.New(s.uc, dolphin.Config{Timeout: cfg.RequestTimeout}); err != nil {
		return nil, fmt.Errorf("declaring routes: %w", err)
	}
	if s.native, err = native.New(s.uc, native.Config{Version: cfg.Version, Timeout: cfg.RequestTimeout, DolphinScheduler: s.dialect.ReadExport}); err != nil {
		return nil, fmt.Errorf("declaring operations: %w", err)
	}
	if s.console, err = console.New(); err != nil {
		return nil, fmt.Errorf("reading the console: %w", err)
	}
	if s.docs, err = makeDocs(); err != nil {
		return nil, fmt.Errorf("making the page of the APIs: %w", err)
	}
	s.handler = s.route()
	return s, nil
}

// route joins the dialects.
func (s *Server) route() http.Handler {
	r := chi.NewRouter()
	r.Use(requestID, s.logAccess, secureHeaders)
	r.Handle(dolphin.Base, s.dialect.Handler())
	r.Handle(dolphin.Base+"/*", s.dialect.Handler())
	r.Handle(native.Base+"/*", s.native.Handler())
	r.Handle(console.Base+"*", s.console)
	s.docs.route(r)
	r.Handle("/", http.RedirectHandler(console.Base, http.StatusFound))
	return r
}

// Handler answers requests; Run must be running for masters to be nudged.
func (s *Server) Handler() http.Handler { return s.handler }

// HTTPServer gives a server for the handler with limits on slow clients. The
// caller listens, serves and shuts down. A handler of the caller's own, which
// then has Handler inside, may take its place.
func (s *Server) HTTPServer(handler http.Handler) *http.Server {
	if handler == nil {
		handler = s.handler
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(s.native.EndStreams)
	return server
}

// Bootstrap makes the first user, an admin, when there is no user at all. It
// gives his password, a random one unless password says which, and whether
// this call made him.
func (s *Server) Bootstrap(ctx context.Context, password string) (set string, created bool, err error) {
	return s.uc.Bootstrap(ctx, password)
}

// Ready reports what keeps the server from answering: its database. Without
// the registry or masters it still accepts work.
func (s *Server) Ready(ctx context.Context) error {
	if err := s.deps.Store.Database.Ping(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Run does what goes on beside requests, until ctx ends: being seen in the
// registry, nudging masters, forgetting old idempotency keys and removing
// contents that no resource names.
func (s *Server) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if s.nudger != nil {
		g.Go(func() error { return s.nudger.Run(ctx) })
	}
	g.Go(func() error { return s.purge(ctx) })
	if s.deps.Blobs != nil {
		g.Go(func() error { return s.sweep(ctx) })
	}
	if s.member.ID != "" {
		g.Go(func() error { return s.show(ctx) })
	}
	return g.Wait()
}

// memberTTL is how long a server that died still shows.
const memberTTL = 10 * time.Second

// show keeps the server's entry in the registry. Requests do not need it, so
// that a registry that refuses is asked again and stops nothing.
func (s *Server) show(ctx context.Context) error {
	m := s.member
	m.Role, m.StartTime = coord.APIServer, s.deps.Now()
	for {
		reg, err := s.deps.Coord.Register(ctx, m, memberTTL)
		if err == nil {
			<-ctx.Done()
			return reg.Close()
		}
		if ctx.Err() != nil {
			return nil
		}
		s.deps.Log.WarnContext(ctx, "registering this server; will try again", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(memberTTL):
		}
	}
}

// purgeEvery is how often old idempotency keys are looked for.
const purgeEvery = 10 * time.Minute

func (s *Server) purge(ctx context.Context) error {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.purgeOnce(ctx)
		}
	}
}

func (s *Server) purgeOnce(ctx context.Context) {
	n, err := s.deps.Store.Idempotency.Purge(ctx, s.deps.Now().Add(-store.KeepAnswers))
	if err != nil {
		s.deps.Log.WarnContext(ctx, "forgetting old idempotency keys", "error", err)
		return
	}
	if n > 0 {
		s.deps.Log.DebugContext(ctx, "forgot old idempotency keys", "count", n)
	}
}
