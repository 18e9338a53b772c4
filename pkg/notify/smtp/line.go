package smtp

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
)

// line is the connection of one mail. The library forgets connections whose
// greeting fails, so whoever made them closes them.
type line struct {
	mailer *Mailer
	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// dial connects, with TLS if that comes first.
func (l *line) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, l.mailer.address())
	if err != nil {
		return nil, err
	}
	if l.mailer.cfg.TLS == Implicit {
		secure := tls.Client(conn, l.mailer.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // the handshake's error says it all
			return nil, err
		}
		conn = secure
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	if l.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	return conn, nil
}

// close ends the connection; a second call does nothing.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil && !l.closed {
		_ = l.conn.Close()
	}
	l.closed = true
}
