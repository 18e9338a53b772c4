// Package smtp sends mails over SMTP.
package smtp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TLSMode says how a connection is protected.
type TLSMode string

// TLS modes. With StartTLS a server that does not offer it is an error: the
// mail is never sent in clear instead.
const (
	None     TLSMode = "none"
	StartTLS TLSMode = "starttls"
	Implicit TLSMode = "tls"
)

// Config says where mails are handed over. Host and From are required.
type Config struct {
	Host     string
	Port     int // default 25, 587 or 465, by TLS
	User     string
	Password string
	From     string // an address, with or without a display name
	TLS      TLSMode
	CAFile   string // PEM of the CAs trusted instead of the system's
	Timeout  time.Duration
}

// Mailer hands mails over to one server, each on a connection of its own. It is
// safe for concurrent use.
type Mailer struct {
	cfg  Config
	from *mail.Address
	tls  *tls.Config
}

var _ notify.Mailer = (*Mailer)(nil)

// New checks the settings. It connects to nothing.
func New(cfg Config) (*Mailer, error) {
	cfg.TLS = cmp.Or(cfg.TLS, StartTLS)
	cfg.Timeout = cmp.Or(cfg.Timeout, 30*time.Second)
	port, ok := map[TLSMode]int{None: 25, StartTLS: 587, Implicit: 465}[cfg.TLS]
	if !ok {
		return nil, fmt.Errorf("mail-tls: %q is neither none nor starttls nor tls", cfg.TLS)
	}
	cfg.Port = cmp.Or(cfg.Port, port)
	if cfg.Host == "" || strings.ContainsAny(cfg.Host, " \t\r\n/") {
		return nil, fmt.Errorf("mail-host: %q is not a host", cfg.Host)
	}
	if cfg.Port < 1 || cfg.Port > 65535 {
		return nil, fmt.Errorf("mail-port: %d is not a port", cfg.Port)
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("mail-from: %q is not a mail address", cfg.From)
	}
	secure := &tls.Config{ServerName: cfg.Host, MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" {
		if secure.RootCAs, err = pool(cfg.CAFile); err != nil {
			return nil, fmt.Errorf("mail-ca: %w", err)
		}
	}
	return &Mailer{cfg: cfg, from: from, tls: secure}, nil
}

func pool(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	certs := x509.NewCertPool()
	if !certs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return certs, nil
}

// Send hands a mail over. A mail is accepted for all its receivers or for none;
// a receiver the server will never accept makes the error hopeless.
func (m *Mailer) Send(ctx context.Context, in notify.Mail) error {
	msg, err := m.message(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Timeout)
	defer cancel()
	line := &line{mailer: m}
	defer line.close()
	client, err := gomail.NewClient(m.cfg.Host, m.options(line)...)
	if err != nil {
		return fmt.Errorf("preparing for the mail server: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the mail server %s: %w", client.ServerAddr(), cause(ctx, err))
	}
	// The library waits for the server, not for ctx: a closed connection wakes it.
	defer context.AfterFunc(ctx, line.close)()
	err = client.SendWithSMTPClient(conn, msg)
	if msg.IsDelivered() { // what goes wrong afterwards is the server's own affair
		_ = conn.Quit()
		return nil
	}
	return judge(cause(ctx, err))
}

// cause prefers the end of ctx over what that led to.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil && err != nil {
		return errors.Join(ctx.Err(), err)
	}
	return err
}

// judge tells failures apart: refused for good, unknown, and the rest.
func judge(err error) error {
	var failed *gomail.SendError
	wrapped := fmt.Errorf("sending mail: %w", err)
	if !errors.As(err, &failed) {
		return wrapped
	}
	code := failed.ErrorCode()
	switch {
	case failed.Reason == gomail.ErrSMTPDataClose && code == 0:
		return notify.Unknown(wrapped)
	case failed.Reason == gomail.ErrSMTPRcptTo && code >= 500:
		return notify.Hopeless(wrapped)
	}
	return wrapped
}

func (m *Mailer) options(l *line) []gomail.Option {
	policy := gomail.NoTLS
	switch m.cfg.TLS {
	case StartTLS:
		policy = gomail.TLSMandatory
	case Implicit: // the connection is TLS already; this only makes it noticed
		policy = gomail.TLSOpportunistic
	}
	options := []gomail.Option{
		gomail.WithPort(m.cfg.Port), gomail.WithTimeout(m.cfg.Timeout), gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(m.tls), gomail.WithDialContextFunc(l.dial), gomail.WithoutNoop(),
	}
	if m.cfg.User == "" {
		return options
	}
	return append(options, gomail.WithUsername(m.cfg.User), gomail.WithPassword(m.cfg.Password),
		gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256PLUS, gomail.SMTPAuthSCRAMSHA256,
			gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
}

// message builds the mail. Whatever could break a header is refused or encoded.
func (m *Mailer) message(in notify.Mail) (*gomail.Msg, error) {
	to, err := addresses("receivers", in.To)
	if err != nil {
		return nil, err
	}
	cc, err := addresses("receiversCc", in.Cc)
	if err != nil {
		return nil, err
	}
	if len(to)+len(cc) == 0 {
		return nil, invalid("receivers", "a mail needs a receiver")
	}
	msg := gomail.NewMsg()
	msg.FromMailAddress(m.from)
	if len(to) > 0 {
		msg.ToMailAddress(to...)
	}
	if len(cc) > 0 {
		msg.CcMailAddress(cc...)
	}
	msg.Subject(oneLine(in.Subject))
	msg.SetDate()
	m.identify(msg, in.ID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextHTML, in.HTML)
	return msg, attach(msg, in.Attachments)
}

// identify sets the Message-ID. The receivers of a mail sent twice can tell.
func (m *Mailer) identify(msg *gomail.Msg, id string) {
	if id == "" {
		msg.SetMessageID()
		return
	}
	id = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, id)
	_, domain, _ := strings.Cut(m.from.Address, "@")
	msg.SetMessageIDWithValue(id + "@" + domain)
}

func attach(msg *gomail.Msg, files []notify.Attachment) error {
	for _, f := range files {
		if f.Name == "" || oneLine(f.Name) != f.Name || oneLine(f.ContentType) != f.ContentType {
			return invalid("attachment", "the name or type of an attachment cannot be sent by mail")
		}
		options := []gomail.FileOption{gomail.WithFileName(f.Name)}
		if f.ContentType != "" {
			options = append(options, gomail.WithFileContentType(gomail.ContentType(f.ContentType)))
		}
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Data), options...); err != nil {
			return fmt.Errorf("attaching %s: %w", f.Name, err)
		}
	}
	return nil
}

func addresses(field string, list []string) ([]*mail.Address, error) {
	var out []*mail.Address
	for _, text := range list {
		a, err := notify.ParseAddress(text)
		if err != nil {
			return nil, invalid(field, err.Error())
		}
		out = append(out, &mail.Address{Address: a})
	}
	return out, nil
}

func invalid(field, message string) error {
	return notify.Hopeless(workflow.Errorf(workflow.Invalid, "mail.invalid", "%s", message).At(field))
}

// oneLine makes control characters spaces.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// address is what is dialled.
func (m *Mailer) address() string {
	return net.JoinHostPort(m.cfg.Host, strconv.Itoa(m.cfg.Port))
}
