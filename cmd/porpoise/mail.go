package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/smtp"
)

// mailPasswordEnv holds the mail server's password. It is no flag: command
// lines and settings files are read by others.
const mailPasswordEnv = envPrefix + "MAIL_PASSWORD"

// mailOptions say how mails leave: alerts from masters, results of queries
// from workers.
type mailOptions struct {
	host         string
	port         int
	user         string
	passwordFile string
	from         string
	tls          string
	ca           string
	timeout      time.Duration
}

func (o *mailOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.host, "mail-host", "", "mail server (SMTP); without one no mail is sent")
	f.IntVar(&o.port, "mail-port", 0, "its port (default 587, with --mail-tls=tls 465, with none 25)")
	f.StringVar(&o.user, "mail-user", "", "user to log in as there; the password is read from "+mailPasswordEnv+" or --mail-password-file")
	f.StringVar(&o.passwordFile, "mail-password-file", "", "file with the mail server's password")
	f.StringVar(&o.from, "mail-from", "", "sender of mails, such as \"Porpoise <porpoise@example.com>\"")
	f.StringVar(&o.tls, "mail-tls", string(smtp.StartTLS), "starttls, tls (from the first byte) or none; certificates are always verified")
	f.StringVar(&o.ca, "mail-ca", "", "PEM file of the CAs that sign the mail server's certificate (default the system's)")
	f.DurationVar(&o.timeout, "mail-timeout", 30*time.Second, "how long handing over one mail may take")
}

// mailer makes what sends mails. Without a host that refuses and says so.
func (o *mailOptions) mailer() (notify.Mailer, error) {
	if o.host == "" {
		return notify.NoMailer{}, nil
	}
	password, err := o.password()
	if err != nil {
		return nil, err
	}
	if o.user != "" && password == "" {
		return nil, fmt.Errorf("mail-user is set, but neither %s nor mail-password-file", mailPasswordEnv)
	}
	m, err := smtp.New(smtp.Config{
		Host: o.host, Port: o.port, User: o.user, Password: password, From: o.from,
		TLS: smtp.TLSMode(o.tls), CAFile: o.ca, Timeout: o.timeout,
	})
	if err != nil {
		return nil, fmt.Errorf("setting %w", err)
	}
	return m, nil
}

func (o *mailOptions) password() (string, error) {
	given := os.Getenv(mailPasswordEnv)
	if o.passwordFile == "" {
		return given, nil
	}
	if given != "" {
		return "", errors.New("setting mail-password-file: " + mailPasswordEnv + " is set as well")
	}
	data, err := os.ReadFile(o.passwordFile)
	if err != nil {
		return "", fmt.Errorf("setting mail-password-file: %w", err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}
