package smtp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/smtp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mailer makes one for a stand-in; change adapts its settings.
func mailer(t *testing.T, s *notifytest.MailServer, change func(*smtp.Config)) *smtp.Mailer {
	t.Helper()
	cfg := smtp.Config{Host: s.Host, Port: s.Port, From: "Porpoise <porpoise@example.com>", CAFile: s.CAFile, TLS: smtp.None, Timeout: 2 * time.Minute}
	if change != nil {
		change(&cfg)
	}
	m, err := smtp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var hello = notify.Mail{ID: "delivery-7", To: []string{"a@example.com"}, Cc: []string{"b@example.com"}, Subject: "任务 failed", HTML: "<b>x</b>"}

func TestModes(t *testing.T) {
	login := notifytest.MailOptions{User: "u", Password: "p4ss"}
	for _, c := range []struct {
		name   string
		server notifytest.MailOptions
		change func(*smtp.Config)
		want   string // of the error; empty: arrives
	}{
		{"plain", notifytest.MailOptions{}, nil, ""},
		{"starttls", notifytest.MailOptions{STARTTLS: true}, func(c *smtp.Config) { c.TLS = smtp.StartTLS }, ""},
		{"starttls is not offered", notifytest.MailOptions{}, func(c *smtp.Config) { c.TLS = smtp.StartTLS }, "STARTTLS"},
		{"starttls with login", notifytest.MailOptions{STARTTLS: true, User: "u", Password: "p4ss"},
			func(c *smtp.Config) { c.TLS, c.User, c.Password = smtp.StartTLS, "u", "p4ss" }, ""},
		{"wrong password", notifytest.MailOptions{STARTTLS: true, User: "u", Password: "p4ss"},
			func(c *smtp.Config) { c.TLS, c.User, c.Password = smtp.StartTLS, "u", "wr0ng" }, "AUTH failed"},
		{"implicit", notifytest.MailOptions{ImplicitTLS: true}, func(c *smtp.Config) { c.TLS = smtp.Implicit }, ""},
		{"implicit with login", notifytest.MailOptions{ImplicitTLS: true, User: "u", Password: "p4ss"},
			func(c *smtp.Config) { c.TLS, c.User, c.Password = smtp.Implicit, "u", "p4ss" }, ""},
		{"password in clear", notifytest.MailOptions{User: "u", Password: "p4ss"},
			func(c *smtp.Config) { c.User, c.Password = "u", "p4ss" }, "AUTH"},
		{"unknown CA", notifytest.MailOptions{STARTTLS: true}, func(c *smtp.Config) { c.TLS, c.CAFile = smtp.StartTLS, "" }, "certificate"},
		{"unknown CA, implicit", notifytest.MailOptions{ImplicitTLS: true}, func(c *smtp.Config) { c.TLS, c.CAFile = smtp.Implicit, "" }, "certificate"},
		{"login is missing", login, nil, "authenticate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := notifytest.NewMailServer(t, c.server)
			err := mailer(t, s, c.change).Send(t.Context(), hello)
			if c.want == "" {
				if err != nil || len(s.Mails()) != 1 {
					t.Fatalf("%v, %d mails", err, len(s.Mails()))
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || len(s.Mails()) != 0 {
				t.Errorf("error %v, %d mails, want %q", err, len(s.Mails()), c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "wr0ng") || notify.IsUnknown(err)) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestContents(t *testing.T) {
	s := notifytest.NewMailServer(t, notifytest.MailOptions{})
	m := hello
	m.Attachments = []notify.Attachment{{Name: "结果.xlsx", ContentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Data: []byte("PK")}}
	if err := mailer(t, s, nil).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := s.Mails()[0]
	if got.Subject != m.Subject || strings.Join(got.To, " ") != "a@example.com b@example.com" || got.From != "porpoise@example.com" {
		t.Errorf("got %+v", got)
	}
	if id := got.Header.Get("Message-ID"); id != "<delivery-7@example.com>" {
		t.Errorf("Message-ID %s", id)
	}
	if got.Header.Get("Cc") != "<b@example.com>" || !strings.Contains(got.Raw, "UEs=") {
		t.Errorf("raw %s", got.Raw)
	}
}

// TestInjection tries to add headers and receivers by every text a user has a
// say in.
func TestInjection(t *testing.T) {
	s := notifytest.NewMailServer(t, notifytest.MailOptions{})
	sender := mailer(t, s, nil)
	evil := "x\r\nBcc: victim@example.com\r\n\r\nbody"
	for name, m := range map[string]notify.Mail{
		"to":        {To: []string{"a@example.com\r\nBcc: v@example.com"}, Subject: "s"},
		"two in to": {To: []string{"a@example.com,v@example.com"}, Subject: "s"},
		"name":      {To: []string{"v <v@example.com>"}, Subject: "s"},
		"cc":        {To: []string{"a@example.com"}, Cc: []string{"b@example.com>\nX: y"}},
		"file":      {To: []string{"a@example.com"}, Attachments: []notify.Attachment{{Name: evil}}},
		"file type": {To: []string{"a@example.com"}, Attachments: []notify.Attachment{{Name: "f", ContentType: evil}}},
		"nobody":    {Subject: "s"},
	} {
		if err := sender.Send(t.Context(), m); err == nil || !notify.IsHopeless(err) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := sender.Send(t.Context(), notify.Mail{ID: evil, To: []string{"a@example.com"}, Subject: evil, HTML: ".\r\nQUIT\r\n"}); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails()
	if len(mails) != 1 || len(mails[0].To) != 1 || mails[0].Header.Get("Bcc") != "" {
		t.Errorf("%+v", mails)
	}
	for name := range mails[0].Header {
		if strings.Contains(strings.ToLower(name), "bcc") {
			t.Errorf("header %s", name)
		}
	}
}

func TestOutcomes(t *testing.T) {
	s := notifytest.NewMailServer(t, notifytest.MailOptions{
		Refuse: map[string]int{"gone@example.com": 550, "later@example.com": 451},
		HangUp: func(int) bool { return true },
	})
	sender := mailer(t, s, nil)
	for to, want := range map[string][2]bool{ // unknown, hopeless
		"gone@example.com":  {false, true},
		"later@example.com": {false, false},
		"there@example.com": {true, false}, // taken, but the answer got lost
	} {
		err := sender.Send(t.Context(), notify.Mail{To: []string{to}, Subject: "s"})
		if err == nil || notify.IsUnknown(err) != want[0] || notify.IsHopeless(err) != want[1] {
			t.Errorf("%s: %v, unknown %v, hopeless %v", to, err, notify.IsUnknown(err), notify.IsHopeless(err))
		}
	}
	if len(s.Mails()) != 1 {
		t.Errorf("%d mails", len(s.Mails()))
	}
}

// TestCancel ends a mail whose server does not answer.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	s := notifytest.NewMailServer(t, notifytest.MailOptions{Hook: func(notifytest.Mail) error { cancel(); <-release; return nil }})
	err := mailer(t, s, nil).Send(ctx, hello)
	close(release)
	if !errors.Is(err, context.Canceled) || !notify.IsUnknown(err) {
		t.Errorf("error %v", err)
	}
}

func TestSettings(t *testing.T) {
	good := smtp.Config{Host: "mail.example.com", From: "a@example.com"}
	for field, change := range map[string]func(*smtp.Config){
		"mail-host": func(c *smtp.Config) { c.Host = "a b" },
		"mail-port": func(c *smtp.Config) { c.Port = 70000 },
		"mail-from": func(c *smtp.Config) { c.From = "nobody" },
		"mail-tls":  func(c *smtp.Config) { c.TLS = "ssl" },
		"mail-ca":   func(c *smtp.Config) { c.CAFile = "/nowhere.pem" },
	} {
		cfg := good
		change(&cfg)
		if _, err := smtp.New(cfg); err == nil || !strings.HasPrefix(err.Error(), field+":") {
			t.Errorf("%s: error %v", field, err)
		}
	}
}
