package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/secret"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// secretWorld is a data folder with a database that holds secrets.
type secretWorld struct {
	t    *testing.T
	dir  string
	file string
}

func newSecretWorld(t *testing.T) secretWorld {
	t.Helper()
	w := secretWorld{t: t, dir: t.TempDir()}
	w.file = filepath.Join(w.dir, "secret.key")
	if _, err := sqlstore.Migrate(t.Context(), standaloneDatabase(w.dir), sqlstore.Up); err != nil {
		t.Fatal(err)
	}
	w.with(func(s *store.Store, _ *secret.Keys) {
		ctx := t.Context()
		u := workflow.User{Name: "ann"}
		must(t, s.Users.Create(ctx, &u))
		must(t, s.Tokens.Create(ctx, &workflow.Token{UserID: u.ID, Value: "a token", ExpireTime: time.Now().Add(time.Hour)}))
		must(t, s.DataSources.Create(ctx, &workflow.DataSource{Name: "d", Type: workflow.MySQL, UserID: u.ID, Password: "a password"}))
	})
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w secretWorld) with(use func(*store.Store, *secret.Keys)) {
	w.t.Helper()
	keys, err := secret.OpenKeys(w.file)
	must(w.t, err)
	s, err := sqlstore.Open(w.t.Context(), standaloneDatabase(w.dir), sqlstore.Options{Sealer: sealer{keys}})
	must(w.t, err)
	defer func() { must(w.t, s.Database.Close()) }()
	use(s, keys)
}

// run runs a command and gives what it says.
func (w secretWorld) run(args ...string) (string, error) {
	w.t.Helper()
	var out bytes.Buffer
	cmd := newSecret()
	cmd.SetArgs(append(args, "--data-dir", w.dir))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage = true
	err := cmd.ExecuteContext(context.Background())
	return out.String(), err
}

func (w secretWorld) keys() []string {
	w.t.Helper()
	box, err := secret.Load(w.file)
	must(w.t, err)
	return box.KeyIDs()
}

// opens makes sure that everything sealed reads back.
func (w secretWorld) opens() {
	w.t.Helper()
	w.with(func(s *store.Store, _ *secret.Keys) {
		d, err := s.DataSources.ByName(w.t.Context(), "d")
		if err != nil || d.Password != "a password" {
			w.t.Errorf("password %q, %v", d.Password, err)
		}
		token, err := s.Tokens.ByValue(w.t.Context(), "a token")
		if err != nil || token.Value != "a token" {
			w.t.Errorf("token %q, %v", token.Value, err)
		}
	})
}

func TestSecretRotate(t *testing.T) {
	w := newSecretWorld(t)
	first := w.keys()[0]
	out, err := w.run("rotate")
	if err != nil || !strings.Contains(out, "data sources: 1 sealed again") || !strings.Contains(out, "tokens: 1 sealed again") {
		t.Fatalf("%s%v", out, err)
	}
	if keys := w.keys(); len(keys) != 2 || keys[1] != first {
		t.Fatalf("keys %v after %s", keys, first)
	}
	w.opens()
	out, err = w.run("reseal")
	if err != nil || !strings.Contains(out, "data sources: 0 sealed again") {
		t.Fatalf("%s%v", out, err)
	}
	if out, err = w.run("reseal", "--drop-old-keys"); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	if keys := w.keys(); len(keys) != 1 || keys[0] == first {
		t.Fatalf("keys %v, the first was %s", keys, first)
	}
	w.opens()
	listed, err := w.run("keys")
	if err != nil || strings.TrimSpace(listed) != w.keys()[0] {
		t.Errorf("listed %q, %v", listed, err)
	}
}

// TestSecretRotateInTwoSteps: between them old and new values are read.
func TestSecretRotateInTwoSteps(t *testing.T) {
	w := newSecretWorld(t)
	if out, err := w.run("add-key"); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	w.opens()
	if out, err := w.run("reseal"); err != nil || !strings.Contains(out, "tokens: 1 sealed again") {
		t.Fatalf("%s%v", out, err)
	}
	w.opens()
}

// TestSecretRotateNeedsItsDatabase: otherwise every attempt would add a key.
func TestSecretRotateNeedsItsDatabase(t *testing.T) {
	w := newSecretWorld(t)
	w.with(func(*store.Store, *secret.Keys) { // a server that works
		if out, err := w.run("rotate"); err == nil {
			t.Errorf("rotated: %s", out)
		}
	})
	if keys := w.keys(); len(keys) != 1 {
		t.Errorf("keys %v", keys)
	}
	must(t, os.Remove(w.file))
	for _, args := range [][]string{{"rotate"}, {"add-key"}, {"reseal"}, {"keys"}} {
		if out, err := w.run(args...); err == nil {
			t.Errorf("%v without a secret file: %s", args, out)
		}
	}
	if _, err := os.Stat(w.file); err == nil {
		t.Error("a secret file was made")
	}
}
