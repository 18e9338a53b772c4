package datasource

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// dialer makes the connections of one data source. It remembers why it failed,
// because drivers do not all hand that on, and ends connections that are being
// made when time is up, because drivers do not all watch their context.
type dialer struct {
	dial    DialFunc
	hosts   []string // tried in order when the first is asked for
	timeout time.Duration

	mu     sync.Mutex
	failed error
	latest string     // the host that answered last
	fresh  []net.Conn // made while guarded
	watch  bool
}

// DialContext connects to the first host that accepts.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var failures []error
	for _, address := range d.candidates(address) {
		conn, err := d.one(ctx, network, address)
		if err == nil {
			d.keep(conn, address)
			return conn, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	err := errors.Join(failures...)
	d.fail(err)
	return nil, err
}

func (d *dialer) one(ctx context.Context, network, address string) (net.Conn, error) {
	timeout := d.timeout
	if len(d.hosts) > 1 {
		timeout /= time.Duration(len(d.hosts)) // leave some for the others
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return d.dial(ctx, network, address)
}

// candidates are the hosts to try for an address. The one that answered last
// comes first: whoever kills a statement has to reach the server that runs it.
func (d *dialer) candidates(address string) []string {
	if len(d.hosts) < 2 || address != d.hosts[0] {
		return []string{address}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := slices.Clone(d.hosts)
	if i := slices.Index(out, d.latest); i > 0 {
		out = slices.Insert(slices.Delete(out, i, i+1), 0, d.latest)
	}
	return out
}

func (d *dialer) keep(conn net.Conn, address string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed, d.latest = nil, address
	if d.watch {
		d.fresh = append(d.fresh, conn)
	}
}

func (d *dialer) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = err
}

// failure gives why the latest attempt to connect failed; nil when it did not.
func (d *dialer) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// guard closes connections made from now on when ctx ends, until release.
func (d *dialer) guard(ctx context.Context) (release func()) {
	d.mu.Lock()
	d.watch = true
	d.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		for _, conn := range d.release() {
			conn.Close()
		}
	})
	return func() {
		if stop() {
			d.release()
		}
	}
}

func (d *dialer) release() []net.Conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	fresh := slices.Clone(d.fresh)
	d.fresh, d.watch = nil, false
	return fresh
}
