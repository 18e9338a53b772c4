package rpc

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// TLSFiles names PEM files. All three are given, or none.
type TLSFiles struct {
	Cert, Key string // what this process shows, as server and as client
	CA        string // who signs what the others show
}

// Security decides who may connect to whom. With TLS both ends show a
// certificate of the CA. Without it connections are refused beyond this
// machine, unless that was declared to be all right.
type Security struct {
	tls      *tls.Config // nil: plain
	insecure bool
}

// NewSecurity reads the files. AllowPlain lets connections without TLS leave
// this machine; it has no meaning with TLS.
func NewSecurity(files TLSFiles, allowPlain bool) (*Security, error) {
	if files == (TLSFiles{}) {
		return &Security{insecure: allowPlain}, nil
	}
	if files.Cert == "" || files.Key == "" || files.CA == "" {
		return nil, errors.New("TLS needs a certificate, its key and the CA: one of them is missing")
	}
	pem, err := os.ReadFile(files.CA)
	if err != nil {
		return nil, fmt.Errorf("reading the CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", files.CA)
	}
	pair := &keyPair{cert: files.Cert, key: files.Key}
	if _, err := pair.load(); err != nil {
		return nil, err
	}
	return &Security{tls: &tls.Config{
		MinVersion:           tls.VersionTLS13,
		RootCAs:              pool,
		ClientCAs:            pool,
		ClientAuth:           tls.RequireAndVerifyClientCert,
		GetCertificate:       func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.load() },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.load() },
	}}, nil
}

// credentials gives what both servers and clients use.
func (s *Security) credentials() credentials.TransportCredentials {
	if s.tls == nil {
		return insecure.NewCredentials()
	}
	return credentials.NewTLS(s.tls.Clone())
}

// permit says whether addr may be bound or dialled.
func (s *Security) permit(addr string) error {
	if s.tls != nil || s.insecure || isLocal(addr) {
		return nil
	}
	return fmt.Errorf("%s is not on this machine: connections without TLS stay on loopback; "+
		"give --tls-cert, --tls-key and --tls-ca, or --insecure-rpc on a trusted network", addr)
}

// isLocal recognises loopback and unix sockets. A name other than localhost
// could mean anything.
func isLocal(addr string) bool {
	if strings.HasPrefix(addr, "unix:") {
		return true
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
