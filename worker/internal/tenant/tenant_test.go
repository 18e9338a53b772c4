package tenant

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

func TestRootServesOrdinaryUsersOnly(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	r, err := NewResolver(Policy{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.Resolve(context.Background(), "nobody")
	if err != nil || id.UID != 65534 || len(id.Groups) == 0 {
		t.Errorf("nobody: %+v, %v", id, err)
	}
	for name, want := range map[string]string{
		"":                "no tenant",
		"root":            "least allowed",
		"daemon":          "least allowed",
		"no-such-user":    "no such user",
		"default":         "no such user",
		"-x; touch /boom": "no such user",
	} {
		if id, err := r.Resolve(context.Background(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v", name, id, err)
		}
	}
}

func TestOperatorAllowsByName(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	r, err := NewResolver(Policy{Allow: []string{"root"}})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := r.Resolve(context.Background(), "root"); err != nil || id.UID != 0 {
		t.Errorf("root: %+v, %v", id, err)
	}
	if _, err := r.Resolve(context.Background(), "daemon"); err == nil {
		t.Error("daemon was not allowed")
	}
}

func TestUnprivilegedServesItself(t *testing.T) {
	r := &Resolver{self: Identity{Name: "me", UID: -1}, now: time.Now}
	for _, name := range []string{"me", Alias} {
		if id, err := r.Resolve(context.Background(), name); err != nil || id.UID != -1 {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
	}
	if _, err := r.Resolve(context.Background(), "root"); err == nil {
		t.Error("an unprivileged worker cannot become root")
	}
}

func TestNamesForNewUsers(t *testing.T) {
	for name, want := range map[string]bool{"etl_1": true, "-r": false, "a b": false, "A": false, "": false, "x;y": false} {
		if validName(name) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
}
