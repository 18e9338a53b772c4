package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/pkg/signin/ldap"
	"github.com/porpoise-scheduler/porpoise/pkg/signin/oidc"
)

// signInOptions say who else lets people in.
type signInOptions struct {
	oidc      oidc.Config
	ldap      ldap.Config
	ldapCA    string
	newcomers apiserver.Newcomers
}

func (o *signInOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.oidc.Issuer, "oidc-issuer", "", "URL of an OpenID Connect provider that people may sign in with (default none)")
	f.StringVar(&o.oidc.ClientID, "oidc-client-id", "", "what the provider calls this installation")
	f.StringVar(&o.oidc.ClientSecret, "oidc-client-secret", "", "its secret there; better given by PORPOISE_OIDC_CLIENT_SECRET")
	f.StringVar(&o.oidc.RedirectURL, "oidc-redirect-url", "", "address that browsers come back to, such as https://porpoise.example.com/api/v1/session/oidc/callback")
	f.StringVar(&o.oidc.Name, "oidc-name", "", "what the button says (default the provider's host)")
	f.StringSliceVar(&o.oidc.Scopes, "oidc-scopes", []string{"profile", "email"}, "what to ask for, besides openid")
	f.StringVar(&o.oidc.NameClaim, "oidc-name-claim", "preferred_username", "claim that names the account")
	f.StringVar(&o.oidc.GroupsClaim, "oidc-groups-claim", "groups", "claim that lists groups")
	f.StringVar(&o.oidc.AdminGroup, "oidc-admin-group", "", "group of which people are admins, and nobody else who signs in there (default: admins are made here)")
	f.StringVar(&o.ldap.URL, "ldap-url", "", "directory that checks passwords, ldap://host or ldaps://host (default none)")
	f.BoolVar(&o.ldap.StartTLS, "ldap-start-tls", false, "begin TLS on an ldap:// connection")
	f.StringVar(&o.ldapCA, "ldap-ca", "", "file with the CA of the directory's certificate, PEM (default the system's)")
	f.StringVar(&o.ldap.BindDN, "ldap-bind-dn", "", "who looks people up (default nobody in particular)")
	f.StringVar(&o.ldap.BindPassword, "ldap-bind-password", "", "his password; better given by PORPOISE_LDAP_BIND_PASSWORD")
	f.StringVar(&o.ldap.BaseDN, "ldap-base-dn", "", "below which people are found")
	f.StringVar(&o.ldap.Filter, "ldap-filter", "(uid=%s)", "how a person is found by the name that he typed")
	f.StringVar(&o.ldap.NameAttr, "ldap-name-attribute", "uid", "attribute that names the account")
	f.StringVar(&o.ldap.MailAttr, "ldap-mail-attribute", "mail", "attribute with the mail address")
	f.StringVar(&o.ldap.MemberAttr, "ldap-member-attribute", "memberOf", "attribute that lists groups")
	f.StringVar(&o.ldap.AdminGroup, "ldap-admin-group", "", "DN of the group of which people are admins, and nobody else from there (default: admins are made here)")
	f.BoolVar(&o.newcomers.Create, "sign-in-create-users", true, "make an account for who signs in elsewhere for the first time")
	f.BoolVar(&o.newcomers.Link, "sign-in-link-users", false, "give them the account of the same name if there is one; only with a provider that you trust with every account")
	f.StringVar(&o.newcomers.Tenant, "sign-in-tenant", "default", "tenant of such accounts, by its code; empty for none")
}

// provider is nil when there is none.
func (o *signInOptions) provider() (apiserver.Provider, error) {
	if o.oidc.Issuer == "" {
		return nil, nil
	}
	p, err := oidc.New(o.oidc)
	if err != nil {
		return nil, fmt.Errorf("setting %w", err)
	}
	return p, nil
}

// directory is nil when there is none.
func (o *signInOptions) directory() (apiserver.Directory, error) {
	if o.ldap.URL == "" {
		return nil, nil
	}
	if o.ldapCA != "" {
		var err error
		if o.ldap.CA, err = os.ReadFile(o.ldapCA); err != nil {
			return nil, fmt.Errorf("setting ldap-ca: %w", err)
		}
	}
	d, err := ldap.New(o.ldap)
	if err != nil {
		return nil, fmt.Errorf("setting %w", err)
	}
	return d, nil
}
