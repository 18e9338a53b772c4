package datasource

import (
	"cmp"
	"context"
	"database/sql"
	"net"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config says how data sources are reached.
type Config struct {
	// SQLiteRoot is the folder below which SQLite files lie; empty refuses
	// SQLITE. Tenants must not be able to write to it.
	SQLiteRoot string
	// ConnectTimeout bounds connecting, 10 s when 0.
	ConnectTimeout time.Duration
	// Dial makes network connections; nil dials whatever is named.
	Dial DialFunc
}

// DialFunc is the signature of net.Dialer.DialContext.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Sources opens data sources. It is safe for concurrent use and keeps no
// connections: every DB is its caller's.
type Sources struct {
	config Config
}

// New makes Sources.
func New(config Config) *Sources {
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, 10*time.Second)
	if config.Dial == nil {
		config.Dial = (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
	}
	return &Sources{config: config}
}

// Validate checks settings without connecting. The error is an Invalid
// *workflow.Error that names the field; its reason begins with "datasource.".
func (s *Sources) Validate(ds workflow.DataSource) error {
	_, err := s.prepare(ds)
	return err
}

// Open connects. The error tells wrong password, unknown host, refused
// connection, unknown database and a time limit apart by its reason and never
// holds the password. Whoever opens a DB closes it.
func (s *Sources) Open(ctx context.Context, ds workflow.DataSource) (*DB, error) {
	t, err := s.prepare(ds)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.ConnectTimeout)
	defer cancel()
	release := t.dialer.guard(ctx)
	defer release()
	db, err := t.open()
	if err != nil {
		return nil, t.explain(ctx, err)
	}
	if err := t.family.greet(ctx, t, db); err != nil {
		err = t.explain(ctx, err)
		db.Close()
		return nil, err
	}
	return &DB{target: t, pool: db}, nil
}

// Test connects, asks the server something small and disconnects.
func (s *Sources) Test(ctx context.Context, ds workflow.DataSource) error {
	db, err := s.Open(ctx, ds)
	if err != nil {
		return err
	}
	return db.Close()
}

// target is a data source with checked settings.
type target struct {
	workflow.DataSource
	family  family
	hosts   []string // host:port, the first is the preferred one
	options options
	timeout time.Duration
	root    string // of SQLite files
	dialer  *dialer
}

func (t *target) open() (*sql.DB, error) { return t.family.open(t) }
