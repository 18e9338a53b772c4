package notifytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// MailOptions say how a mail server behaves.
type MailOptions struct {
	STARTTLS       bool
	ImplicitTLS    bool
	User, Password string           // with a user, mails without login are refused
	Refuse         map[string]int   // SMTP code for receivers
	Hook           func(Mail) error // called before a mail is accepted
	HangUp         func(n int) bool // true: the connection ends instead of the answer to mail n
}

// Mail is an accepted mail.
type Mail struct {
	From    string
	To      []string // of the envelope
	Header  mail.Header
	Subject string
	Raw     string
}

// MailServer is an SMTP server on a free port.
type MailServer struct {
	Host   string
	Port   int
	CAFile string // of its certificate

	options MailOptions
	mu      sync.Mutex
	mails   []Mail
	arrived chan struct{}
}

// NewMailServer starts a server that ends with the test.
func NewMailServer(t testing.TB, o MailOptions) *MailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &MailServer{options: o, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, arrived: make(chan struct{}, 1)}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		return m.session(c), nil
	}))
	server.Domain = "mail.test"
	server.ErrorLog = quiet{}
	if o.STARTTLS || o.ImplicitTLS {
		cert, ca := certificate(t)
		m.CAFile = ca
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		if o.ImplicitTLS {
			l = tls.NewListener(l, server.TLSConfig)
			server.TLSConfig = nil
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends by Close
	}()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Mails gives what was accepted so far.
func (m *MailServer) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail(nil), m.mails...)
}

// Await waits for n mails.
func (m *MailServer) Await(t testing.TB, n int, within time.Duration) []Mail {
	t.Helper()
	limit := time.After(within)
	for {
		if got := m.Mails(); len(got) >= n {
			return got
		}
		select {
		case <-m.arrived:
		case <-limit:
			t.Fatalf("%d mails after %v, want %d", len(m.Mails()), within, n)
		}
	}
}

func (m *MailServer) accept(in Mail) error {
	if m.options.Hook != nil {
		if err := m.options.Hook(in); err != nil {
			return err
		}
	}
	m.mu.Lock()
	m.mails = append(m.mails, in)
	n := len(m.mails)
	m.mu.Unlock()
	select {
	case m.arrived <- struct{}{}:
	default:
	}
	if m.options.HangUp != nil && m.options.HangUp(n) {
		return errHangUp
	}
	return nil
}

var errHangUp = errors.New("hang up")

func (m *MailServer) session(c *gosmtp.Conn) gosmtp.Session {
	s := &session{server: m, conn: c, known: m.options.User == ""}
	if m.options.User == "" {
		return s
	}
	return &loginSession{s}
}

// session is one connection.
type session struct {
	server *MailServer
	conn   *gosmtp.Conn
	known  bool
	mail   Mail
}

// loginSession is one whose client must log in.
type loginSession struct{ *session }

func (s *loginSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *loginSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.options.User || password != s.server.options.Password {
			return gosmtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *session) Reset()        { s.mail = Mail{} }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	if !s.known {
		return gosmtp.ErrAuthRequired
	}
	s.mail.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if code := s.server.options.Refuse[to]; code != 0 {
		return &gosmtp.SMTPError{Code: code, Message: "refused here"}
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.Raw = string(raw)
	parsed, err := mail.ReadMessage(strings.NewReader(s.mail.Raw))
	if err != nil {
		return &gosmtp.SMTPError{Code: 554, Message: "not a mail"}
	}
	s.mail.Header = parsed.Header
	if s.mail.Subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return &gosmtp.SMTPError{Code: 554, Message: "subject is not encoded"}
	}
	err = s.server.accept(s.mail)
	if errors.Is(err, errHangUp) {
		_ = s.conn.Conn().Close()
	}
	return err
}

// certificate makes one for 127.0.0.1, signed by itself, and a file with it.
func certificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
