// Package oidc lets people sign in with an OpenID Connect provider: the code
// flow with PKCE, a nonce and a state.
package oidc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config says where the provider is and what its answers mean.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	// RedirectURL is our address that browsers come back to, as the provider
	// knows it.
	RedirectURL string
	Name        string   // for the button; default the issuer's host
	Scopes      []string // besides openid; default profile and email
	NameClaim   string   // default preferred_username, then email
	// AdminGroup makes admins of those whose GroupsClaim (default groups) has it,
	// and of nobody else; empty: the provider does not decide.
	AdminGroup  string
	GroupsClaim string
	Timeout     time.Duration // of each answer; default 10 s
}

// Provider is a provider. It is asked who it is at its first use, and again
// until it answers.
type Provider struct {
	cfg    Config
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

// New checks the configuration and connects to nothing.
func New(cfg Config) (*Provider, error) {
	issuer, err := url.Parse(cfg.Issuer)
	switch {
	case err != nil || issuer.Host == "":
		return nil, fmt.Errorf("oidc-issuer: %q is no URL", cfg.Issuer)
	case cfg.ClientID == "":
		return nil, errors.New("oidc-client-id is missing")
	}
	back, err := url.Parse(cfg.RedirectURL)
	if err != nil || back.Host == "" {
		return nil, fmt.Errorf("oidc-redirect-url: %q is no URL", cfg.RedirectURL)
	}
	cfg.Name = cmp.Or(cfg.Name, issuer.Host)
	cfg.GroupsClaim = cmp.Or(cfg.GroupsClaim, "groups")
	if cfg.Scopes == nil {
		cfg.Scopes = []string{"profile", "email"}
	}
	return &Provider{cfg: cfg, client: &http.Client{Timeout: cmp.Or(cfg.Timeout, 10*time.Second)}}, nil
}

// Name is what the provider is called.
func (p *Provider) Name() string { return p.cfg.Name }

// discover asks the provider for its addresses.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(ctx, p.cfg.Issuer)
	if err != nil {
		return nil, away(err)
	}
	p.found = found
	return found, nil
}

func away(err error) error {
	e := workflow.Errorf(workflow.Unavailable, "login.provider_away", "the provider of sign-ins does not answer")
	e.Err = err
	return e
}

func (p *Provider) flow(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, RedirectURL: p.cfg.RedirectURL,
		Endpoint: found.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, p.cfg.Scopes...),
	}
}

// Begin gives where to send a browser.
func (p *Provider) Begin(ctx context.Context, state, nonce, verifier string) (string, error) {
	found, err := p.discover(p.through(ctx))
	if err != nil {
		return "", err
	}
	return p.flow(found).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// through lets requests use our client, whose patience has an end. The key set
// that a discovered provider keeps must not end with one request.
func (p *Provider) through(ctx context.Context) context.Context {
	return oidc.ClientContext(context.WithoutCancel(ctx), p.client)
}

// Finish turns a code into whom the provider let in.
func (p *Provider) Finish(ctx context.Context, code, nonce, verifier string) (workflow.Person, error) {
	ctx = p.through(ctx)
	found, err := p.discover(ctx)
	if err != nil {
		return workflow.Person{}, err
	}
	token, err := p.flow(found).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return workflow.Person{}, refused(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return workflow.Person{}, refused(errors.New("it gave no id_token"))
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return workflow.Person{}, refused(err)
	}
	if id.Nonce != nonce {
		return workflow.Person{}, refused(errors.New("its token belongs to another sign-in"))
	}
	return p.person(id)
}

// refused tells that the provider's answer proves nothing. An error of the
// exchange holds no secret but may hold the provider's words.
func refused(err error) error {
	e := workflow.Errorf(workflow.Unauthenticated, "login.refused", "the provider did not vouch for anybody")
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		err = fmt.Errorf("it answered %s", cmp.Or(answer.ErrorCode, answer.Response.Status))
	}
	e.Err = err
	return e
}

// person reads the claims.
func (p *Provider) person(id *oidc.IDToken) (workflow.Person, error) {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return workflow.Person{}, refused(err)
	}
	text := func(name string) string { s, _ := claims[name].(string); return s }
	out := workflow.Person{
		Identity: workflow.Identity{Provider: id.Issuer, Subject: id.Subject},
		Name:     cmp.Or(text(cmp.Or(p.cfg.NameClaim, "preferred_username")), text("email")), Email: text("email"),
	}
	if p.cfg.AdminGroup != "" {
		admin := slices.Contains(texts(claims[p.cfg.GroupsClaim]), p.cfg.AdminGroup)
		out.Admin = &admin
	}
	return out, nil
}

// texts reads a claim that is a text or a list of them.
func texts(claim any) (out []string) {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}
