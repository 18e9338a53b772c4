// Package etcd is the coordinator on etcd 3.4 and later. Members are JSON
// values below a prefix, each attached to the lease of the process it
// describes. Losing etcd stops nothing: registrations try again until they
// succeed, and watchers keep what they saw last.
package etcd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

const (
	// MinTTL is the shortest lease that survives an ordinary pause of etcd.
	MinTTL = 2 * time.Second
	// DefaultTTL is used where none is asked for.
	DefaultTTL = 10 * time.Second

	defaultPrefix = "/porpoise"
	dialTimeout   = 5 * time.Second
	callTimeout   = 5 * time.Second
	keepAlive     = 10 * time.Second
)

// Config says where etcd is. Username and TLS are optional.
type Config struct {
	Endpoints          []string
	Username, Password string
	TLS                *tls.Config
	Prefix             string // of all keys; "/porpoise" when empty
	Log                *slog.Logger
}

// Coordinator implements coord.Coordinator.
type Coordinator struct {
	client *clientv3.Client
	prefix string
	log    *slog.Logger

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup // registrations and watches

	servers known // of the cluster, as it was told last
}

var _ coord.Coordinator = (*Coordinator)(nil)

// Open makes a coordinator. It does not wait for etcd: a connection is made
// when the first call needs one.
func Open(c Config) (*Coordinator, error) {
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            c.Endpoints,
		Username:             c.Username,
		Password:             c.Password,
		TLS:                  c.TLS,
		DialTimeout:          dialTimeout,
		DialKeepAliveTime:    keepAlive,
		DialKeepAliveTimeout: dialTimeout,
		// What matters of it is logged here, once, with our words.
		Logger: zap.NewNop(),
	})
	if err != nil {
		return nil, fmt.Errorf("etcd at %v: %w", c.Endpoints, err)
	}
	return New(client, c.Prefix, c.Log), nil
}

// New makes a coordinator on a client, which it owns from now on. An empty
// prefix means the usual one, a nil logger slog's default.
func New(client *clientv3.Client, prefix string, log *slog.Logger) *Coordinator {
	if prefix == "" {
		prefix = defaultPrefix
	}
	if log == nil {
		log = slog.Default()
	}
	c := &Coordinator{client: client, prefix: prefix, log: log}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Members implements coord.Coordinator.
func (c *Coordinator) Members(ctx context.Context, role coord.Role) ([]coord.Member, error) {
	response, err := c.client.Get(ctx, c.rolePrefix(role), clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("reading members: %w", err)
	}
	v := view{}
	v.load(response.Kvs)
	return v.members(c.log), nil
}

// Healthy implements coord.Coordinator. It asks for a quorum's answer.
func (c *Coordinator) Healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if _, err := c.client.Get(ctx, c.prefix+"/health", clientv3.WithCountOnly()); err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	return nil
}

// Close ends registrations and watches, waits for them and closes the client.
func (c *Coordinator) Close() error {
	c.cancel()
	c.tasks.Wait()
	// A client without a connection of its own reports its own cancellation.
	if err := c.client.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("closing the etcd client: %w", err)
	}
	return nil
}

// bound gives a context that ends with ctx and with the coordinator.
func (c *Coordinator) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}
