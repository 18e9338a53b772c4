package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/porpoise-scheduler/porpoise/pkg/signin/oidc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const back = "http://porpoise.example.org/back"

// issuer is a provider in this process.
func issuer(t *testing.T) *mockoidc.MockOIDC {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	return m
}

func provider(t *testing.T, m *mockoidc.MockOIDC, change func(*oidc.Config)) *oidc.Provider {
	t.Helper()
	cfg := oidc.Config{Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret, RedirectURL: back, Scopes: []string{"profile", "email", "groups"}}
	if change != nil {
		change(&cfg)
	}
	p, err := oidc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// signIn does what a browser does, and gives the code it brings back.
func signIn(t *testing.T, p *oidc.Provider, state, nonce, verifier string) string {
	t.Helper()
	to, err := p.Begin(t.Context(), state, nonce, verifier)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	at, err := url.Parse(res.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(at.String(), back) || at.Query().Get("state") != state {
		t.Fatalf("sent back to %v, %v", at, err)
	}
	return at.Query().Get("code")
}

const verifier = "a-verifier-that-is-long-enough-for-its-purpose-0123456789"

func TestSignIn(t *testing.T) {
	m := issuer(t)
	yes, no := true, false
	for _, c := range []struct {
		group string
		admin *bool
	}{{"", nil}, {"design", &yes}, {"sales", &no}} {
		p := provider(t, m, func(cfg *oidc.Config) { cfg.AdminGroup = c.group })
		got, err := p.Finish(t.Context(), signIn(t, p, "state", "nonce", verifier), "nonce", verifier)
		if err != nil {
			t.Fatal(err)
		}
		want := workflow.Person{Identity: workflow.Identity{Provider: m.Issuer(), Subject: "1234567890"}, Name: "jane.doe",
			Email: "jane.doe@example.com", Admin: c.admin}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRefusals(t *testing.T) {
	m := issuer(t)
	p := provider(t, m, nil)
	for name, finish := range map[string]func() error{
		"another nonce": func() error {
			_, err := p.Finish(t.Context(), signIn(t, p, "s", "nonce", verifier), "other", verifier)
			return err
		},
		"another verifier": func() error {
			_, err := p.Finish(t.Context(), signIn(t, p, "s", "nonce", verifier), "nonce", strings.ToUpper(verifier))
			return err
		},
		"a code nobody gave": func() error {
			_, err := p.Finish(t.Context(), "made-up", "nonce", verifier)
			return err
		},
		"a code used before": func() error {
			code := signIn(t, p, "s", "nonce", verifier)
			if _, err := p.Finish(t.Context(), code, "nonce", verifier); err != nil {
				t.Error(err)
			}
			_, err := p.Finish(t.Context(), code, "nonce", verifier)
			return err
		},
		"a token for another client": func() error {
			other := provider(t, m, func(cfg *oidc.Config) { cfg.ClientSecret = "wrong" })
			_, err := other.Finish(t.Context(), signIn(t, other, "s", "nonce", verifier), "nonce", verifier)
			return err
		},
	} {
		err := finish()
		if workflow.ErrorCode(err) != workflow.Unauthenticated || strings.Contains(err.Error(), m.ClientSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProviderAway asks again once the provider answers.
func TestProviderAway(t *testing.T) {
	m := issuer(t)
	gone := provider(t, m, func(cfg *oidc.Config) { cfg.Issuer = "http://127.0.0.1:1" })
	if _, err := gone.Begin(t.Context(), "s", "n", verifier); workflow.ErrorCode(err) != workflow.Unavailable {
		t.Errorf("error is %v", err)
	}
	for _, cfg := range []oidc.Config{{}, {Issuer: "x", ClientID: "a", RedirectURL: back}, {Issuer: m.Issuer(), RedirectURL: back}, {Issuer: m.Issuer(), ClientID: "a", RedirectURL: "/x"}} {
		if _, err := oidc.New(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}
