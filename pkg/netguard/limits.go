package netguard

import (
	"io"
	"net"
	"net/http"
	"time"
)

// capped limits the bodies of the responses of a transport.
type capped struct {
	next  *http.Transport
	limit int64
}

func (c *capped) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	// A switched connection has a body that can be written to; bodies here
	// are read only.
	resp.Body = &cappedBody{ReadCloser: resp.Body, left: c.limit}
	return resp, nil
}

// CloseIdleConnections lets http.Client close them.
func (c *capped) CloseIdleConnections() { c.next.CloseIdleConnections() }

type cappedBody struct {
	io.ReadCloser
	left int64
}

// Read gives at most the rest of the limit, and fails when there is more.
func (b *cappedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n = int(b.left)
		b.left = 0
		return n, ErrBodyTooLarge
	}
	b.left -= int64(n)
	return n, err
}

// idleConn fails when no byte has gone either way for a while.
type idleConn struct {
	net.Conn
	idle time.Duration
}

func (c *idleConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write also moves the deadline of the read that waits for the answer.
func (c *idleConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
