package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// world is a server and what drives a browser against it.
type world struct {
	*cluster.Cluster
	drive func(t *testing.T, into any, script string, env ...string)
	env   []string // of all stories
}

// newWorld starts a server. The test skips where there is no browser.
func newWorld(t *testing.T) world {
	t.Helper()
	w := world{drive: driver(t), Cluster: cluster.ForTest(t, cluster.Config{})}
	admin, err := w.Client().Login(t.Context(), "admin", cluster.AdminPassword)
	if err != nil {
		t.Fatal(err)
	}
	token, err := admin.CreateToken(t.Context(), 1, time.Now().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := filepath.Abs("../../apiserver/console/src/i18n")
	if err != nil {
		t.Fatal(err)
	}
	shots := os.Getenv("SHOTS")
	if shots == "" {
		shots = filepath.Join("..", "..", ".cache", "shots")
	}
	if shots, err = filepath.Abs(shots); err != nil {
		t.Fatal(err)
	}
	w.env = []string{"SERVER=" + w.APIs[0].URL, "PASSWORD=" + cluster.AdminPassword, "TOKEN=" + token, "TEXTS=" + texts,
		"SHOTS=" + shots, "MARK=" + filepath.Join(w.Dir, "mark"), "CONTROL=" + w.control(t), "DATABASE=" + services.MariaDB(t)}
	return w
}

// control lets stories kill the server and start it again, on the same port.
func (w world) control(t *testing.T) string {
	mux := http.NewServeMux()
	for name, do := range map[string]func() error{"kill": w.APIs[0].Kill, "start": w.APIs[0].Start} {
		mux.HandleFunc("POST /"+name, func(rw http.ResponseWriter, _ *http.Request) {
			if err := do(); err != nil {
				http.Error(rw, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// tell runs a story and judges what every page is judged by.
func (w world) tell(t *testing.T, script string, env ...string) {
	t.Helper()
	var seen struct{ Faults, Notes, Elsewhere, Complaints, Dialogs []string }
	w.drive(t, &seen, script, append(env, w.env...)...)
	for _, note := range seen.Notes {
		t.Log(note)
	}
	for _, wrong := range []struct {
		what  string
		found []string
	}{
		{"", seen.Faults},
		{"a page asked another host: ", seen.Elsewhere},
		{"the browser complains: ", seen.Complaints},
		{"what somebody wrote was run: ", seen.Dialogs},
	} {
		for _, one := range wrong.found {
			t.Error(wrong.what + one)
		}
	}
}

// driver gives a function that runs a script in a folder of its own and decodes
// what it prints. The test skips where there is no Node or no Chromium.
func driver(t *testing.T) func(t *testing.T, into any, script string, env ...string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node (make test installs it)")
	}
	if version := strings.TrimSpace(string(run(t, ".", nil, node, "--version"))); len(version) < 4 || version < "v20" {
		t.Skipf("node %s is older than v20, which playwright-core needs", version)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium (make test installs it)")
	}
	dir := t.TempDir()
	copyScripts(t, dir)
	run(t, dir, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=8")
	return func(t *testing.T, into any, script string, env ...string) {
		t.Helper()
		env = append(env, "CHROMIUM="+chromium)
		if os.Geteuid() == 0 { // its sandbox refuses root
			env = append(env, "NO_SANDBOX=1")
		}
		out := run(t, dir, env, node, script)
		if err := json.Unmarshal(out, into); err != nil {
			t.Fatalf("%s printed %s: %v", script, out, err)
		}
	}
}

// copyScripts puts the scripts where their modules will be.
func copyScripts(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob("*.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "package.json", "package-lock.json") {
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(fmt.Errorf("copying scripts: %w", err))
		}
	}
}

// run gives what a program printed, or ends the test.
func run(t *testing.T, dir string, env []string, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, errs.String(), out.String())
	}
	return out.Bytes()
}
