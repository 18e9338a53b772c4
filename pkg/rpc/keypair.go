package rpc

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// keyPair is a certificate that may be renewed on disk while we run.
type keyPair struct {
	cert, key string

	mu     sync.Mutex
	loaded *tls.Certificate
	of     time.Time // modification time of what was loaded
}

// load gives the certificate, read again when the file has changed. A renewal
// caught half-way (a certificate without its key) leaves the old pair in use.
func (p *keyPair) load() (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	info, err := os.Stat(p.cert)
	if p.loaded != nil && (err != nil || info.ModTime().Equal(p.of)) {
		return p.loaded, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	switch {
	case err == nil:
		p.loaded, p.of = &pair, info.ModTime()
	case p.loaded == nil:
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	return p.loaded, nil
}
