// Package ldap checks names and passwords with an LDAP directory: it looks for
// the person as somebody who may look, and then binds as the person.
package ldap

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Provider is what identities of this package name.
const Provider = "ldap"

// Config says where the directory is and how people are found in it.
type Config struct {
	URL          string // ldap:// or ldaps://
	StartTLS     bool
	CA           []byte // PEM of who signed the directory's certificate; nil: the system knows
	BindDN       string // who looks people up; empty: anybody may
	BindPassword string
	BaseDN       string // below which people are
	Filter       string // with %s for the name; default (uid=%s)
	NameAttr     string // what an account is called; default uid
	MailAttr     string // default mail
	// AdminGroup makes admins of those whose MemberAttr (default memberOf) has
	// this DN, and of nobody else; empty: the directory does not decide.
	AdminGroup string
	MemberAttr string
	Timeout    time.Duration // of each answer; default 10 s
}

// Directory is a directory.
type Directory struct {
	cfg Config
	tls *tls.Config
}

// New checks the configuration and connects to nothing.
func New(cfg Config) (*Directory, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return nil, errors.New("ldap-url must begin with ldap:// or ldaps:// and name a host")
	}
	if cfg.BaseDN == "" {
		return nil, errors.New("ldap-base-dn is missing")
	}
	cfg.Filter = cmp.Or(cfg.Filter, "(uid=%s)")
	if strings.Count(cfg.Filter, "%s") != 1 {
		return nil, fmt.Errorf("ldap-filter: %q must have %%s once, for the name", cfg.Filter)
	}
	if _, err := ldap.CompileFilter(strings.ReplaceAll(cfg.Filter, "%s", "x")); err != nil {
		return nil, fmt.Errorf("ldap-filter: %w", err)
	}
	cfg.NameAttr, cfg.MailAttr = cmp.Or(cfg.NameAttr, "uid"), cmp.Or(cfg.MailAttr, "mail")
	cfg.MemberAttr, cfg.Timeout = cmp.Or(cfg.MemberAttr, "memberOf"), cmp.Or(cfg.Timeout, 10*time.Second)
	d := &Directory{cfg: cfg, tls: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	if cfg.CA != nil {
		d.tls.RootCAs = x509.NewCertPool()
		if !d.tls.RootCAs.AppendCertsFromPEM(cfg.CA) {
			return nil, errors.New("ldap-ca holds no certificate")
		}
	}
	return d, nil
}

// Person gives whom a name and password belong to.
func (d *Directory) Person(ctx context.Context, name, password string) (workflow.Person, error) {
	if password == "" { // a bind without one succeeds and proves nothing
		return workflow.Person{}, wrong()
	}
	c, err := d.dial(ctx)
	if err != nil {
		return workflow.Person{}, away(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer func() {
		if stop() {
			_ = c.Close() // nothing is written
		}
	}()
	entry, err := d.find(c, name)
	if err != nil {
		return workflow.Person{}, err
	}
	if err := c.Bind(entry.DN, password); err != nil {
		return workflow.Person{}, refusal(err)
	}
	return d.person(entry), nil
}

func (d *Directory) dial(ctx context.Context) (*ldap.Conn, error) {
	dialer := &net.Dialer{Timeout: d.cfg.Timeout}
	if deadline, ok := ctx.Deadline(); ok {
		dialer.Deadline = deadline
	}
	c, err := ldap.DialURL(d.cfg.URL, ldap.DialWithDialer(dialer), ldap.DialWithTLSConfig(d.tls))
	if err != nil {
		return nil, err
	}
	c.SetTimeout(d.cfg.Timeout)
	if d.cfg.StartTLS {
		if err := c.StartTLS(d.tls); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// find looks for the one person of a name.
func (d *Directory) find(c *ldap.Conn, name string) (*ldap.Entry, error) {
	if d.cfg.BindDN != "" {
		if err := c.Bind(d.cfg.BindDN, d.cfg.BindPassword); err != nil {
			return nil, away(fmt.Errorf("binding as %s: %w", d.cfg.BindDN, err))
		}
	}
	filter := strings.Replace(d.cfg.Filter, "%s", ldap.EscapeFilter(name), 1)
	attributes := []string{"dn", d.cfg.NameAttr, d.cfg.MailAttr, d.cfg.MemberAttr}
	answer, err := c.Search(ldap.NewSearchRequest(d.cfg.BaseDN, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases,
		2, int(d.cfg.Timeout.Seconds()), false, filter, attributes, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
		return nil, wrong()
	case err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return nil, away(err)
	case answer == nil || len(answer.Entries) != 1: // several are nobody in particular
		return nil, wrong()
	}
	return answer.Entries[0], nil
}

func (d *Directory) person(e *ldap.Entry) workflow.Person {
	p := workflow.Person{
		Identity: workflow.Identity{Provider: Provider, Subject: strings.ToLower(e.DN)},
		Name:     e.GetAttributeValue(d.cfg.NameAttr), Email: e.GetAttributeValue(d.cfg.MailAttr),
	}
	if d.cfg.AdminGroup != "" {
		admin := false
		for _, group := range e.GetAttributeValues(d.cfg.MemberAttr) {
			admin = admin || strings.EqualFold(group, d.cfg.AdminGroup)
		}
		p.Admin = &admin
	}
	return p
}

func wrong() error {
	return workflow.Errorf(workflow.Unauthenticated, "login.wrong", "user name or password is wrong")
}

// refusal tells a wrong password from a directory that is in trouble.
func refusal(err error) error {
	if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) || ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		return wrong()
	}
	return away(err)
}

func away(err error) error {
	e := workflow.Errorf(workflow.Unavailable, "login.directory_away", "the directory that checks passwords does not answer")
	e.Err = err
	return e
}
