package netguard

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Config says what may be reached. The zero value allows public addresses
// only.
type Config struct {
	AllowLoopback bool
	AllowPrivate  bool           // private and carrier-grade ranges, not metadata services
	AllowCIDRs    []netip.Prefix // allowed whatever they are
	MaxRedirects  int            // 5 when 0; none when negative
	MaxBody       int64          // bytes of a response body, 16 MiB when 0
	RootCAs       *x509.CertPool // nil: the system's
	Resolver      *net.Resolver  // nil: the system's
}

// Guard checks addresses and makes clients that do. It is safe for concurrent
// use.
type Guard struct {
	config Config
	table  []ranges
}

// New makes a guard.
func New(config Config) *Guard {
	config.MaxRedirects = cmp.Or(config.MaxRedirects, 5)
	config.MaxBody = cmp.Or(config.MaxBody, 16<<20)
	return &Guard{config: config, table: table()}
}

// Timeouts bound a client's requests.
type Timeouts struct {
	Connect time.Duration // name resolution and connection, 10 s when 0
	Idle    time.Duration // without a byte either way, 60 s when 0
	Total   time.Duration // of a request with its redirects and body; 0: only its context
}

// Client makes a client that reaches allowed addresses only, follows a bounded
// number of redirects and fails with ErrBodyTooLarge while a longer body is
// read. Whoever makes one closes its idle connections in the end.
func (g *Guard) Client(t Timeouts) *http.Client {
	connect, idle := cmp.Or(t.Connect, 10*time.Second), cmp.Or(t.Idle, time.Minute)
	transport := &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return g.dial(ctx, network, address, connect, idle)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: g.config.RootCAs},
		TLSHandshakeTimeout:    connect,
		ForceAttemptHTTP2:      true,
		IdleConnTimeout:        idle,
		MaxResponseHeaderBytes: 1 << 20,
	}
	return &http.Client{
		Transport:     &capped{next: transport, limit: g.config.MaxBody},
		CheckRedirect: g.checkRedirect,
		Timeout:       t.Total,
	}
}

// Dialer gives a dialer that refuses what Check refuses, for protocols other
// than HTTP.
func (g *Guard) Dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: timeout, Resolver: g.config.Resolver, Control: g.control}
}

// control runs with the resolved address, before the connection is made.
func (g *Guard) control(network, address string, _ syscall.RawConn) error {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return fmt.Errorf("network %s is not allowed", network)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading address: %w", err)
	}
	return g.Check(at.Addr())
}

func (g *Guard) dial(ctx context.Context, network, address string, connect, idle time.Duration) (net.Conn, error) {
	conn, err := g.Dialer(connect).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &idleConn{Conn: conn, idle: idle}, nil
}

// checkRedirect bounds redirects. What the first request carried for its own
// host is not shown to another one.
func (g *Guard) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > g.config.MaxRedirects {
		return fmt.Errorf("stopped after %d redirects", max(0, g.config.MaxRedirects))
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return fmt.Errorf("redirect to scheme %q is not allowed", req.URL.Scheme)
	}
	last := via[len(via)-1].URL
	if req.URL.Host == last.Host && req.URL.Scheme == last.Scheme {
		return nil
	}
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "User-Agent":
		default:
			req.Header.Del(name)
		}
	}
	return nil
}

// ErrBodyTooLarge is what reading a response body fails with at its limit.
var ErrBodyTooLarge = errors.New("response body is too large")

// Refused reports whether err comes from a refused address, and which.
func Refused(err error) (netip.Addr, bool) {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused.Addr, true
	}
	return netip.Addr{}, false
}
