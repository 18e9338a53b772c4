package cluster

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// ForTest starts a cluster that ends with the test. The output of the nodes is
// shown when the test failed.
func ForTest(t testing.TB, cfg Config) *Cluster {
	t.Helper()
	if cfg.Binary == "" {
		binary, err := Binary()
		if err != nil {
			t.Fatal(err)
		}
		cfg.Binary = binary
	}
	c, err := Start(t.Context(), cfg)
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err, "(make test installs it)")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, n := range c.Nodes() {
			for _, wrong := range []string{"WARNING: DATA RACE", "panic: ", "fatal error: "} {
				if strings.Contains(n.Output(), wrong) {
					t.Errorf("%s says %q", n.Name, wrong)
				}
			}
		}
		if t.Failed() {
			for _, n := range c.Nodes() {
				t.Logf("---- output of %s\n%s", n.Name, end(n.Output()))
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// end keeps logs of failures readable.
func end(text string) string {
	const most = 8 << 10
	return text[max(0, len(text)-most):]
}
