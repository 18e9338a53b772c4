package e2e

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// scripts runs the setup scripts against a server.
type scripts struct {
	url string
	env []string
}

// run gives what a script printed, its messages and its exit status.
func (s scripts) run(t *testing.T, name string, args ...string) (out, messages string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join("..", "..", "scripts", name), args...)
	binary, err := cluster.Binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "PORPOISE_BIN="+binary, "PORPOISE_URL="+s.url, "PORPOISE_TOKEN=", "PORPOISE_PASSWORD=")
	cmd.Env = append(cmd.Env, s.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return strings.TrimSpace(stdout.String()), stderr.String(), cmd.ProcessState.ExitCode()
}

// must is run for a script that succeeds.
func (s scripts) must(t *testing.T, name string, args ...string) (out, messages string) {
	t.Helper()
	out, messages, status := s.run(t, name, args...)
	if status != 0 {
		t.Fatalf("%s %q ended with %d: %s", name, args, status, messages)
	}
	return out, messages
}

// awkward is a name that finds every mistake in quoting.
const awkward = `a "b" 'c' & d=e;$HOME %41 ++ 江豚`

func TestSetupScripts(t *testing.T) {
	for _, tool := range []string{"curl", "python3"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err, "(make test installs it)")
		}
	}
	c := cluster.ForTest(t, cluster.Config{})
	admin := scripts{c.APIs[0].URL + "/dolphinscheduler", []string{"PORPOISE_PASSWORD=" + cluster.AdminPassword}}

	steps := []struct {
		script  string
		args    []string
		env     []string
		changed []string // differ from args, and make it say "changed"
	}{
		{script: "setup-queue.sh", args: []string{"--name", awkward, "--value", "root." + awkward},
			changed: []string{"--name", awkward, "--value", "other"}},
		{script: "setup-tenant.sh", args: []string{"--code", "etl_user", "--queue", awkward, "--description", awkward},
			changed: []string{"--code", "etl_user", "--queue", "default", "--description", "plain"}},
		{script: "setup-user.sh", args: []string{"--name", "alice", "--email", "alice@example.org", "--tenant", "etl_user"},
			env:     []string{"PORPOISE_NEW_PASSWORD=p & 'w' \"x\" %41+"},
			changed: []string{"--name", "alice", "--email", "a@example.org", "--tenant", "etl_user"}},
		{script: "setup-token.sh", args: []string{"--for", "alice", "--days", "30"}},
	}
	for _, step := range steps {
		s := scripts{admin.url, append(admin.env, step.env...)}
		first, said := s.must(t, step.script, step.args...)
		if first == "" || !strings.Contains(said, "created") {
			t.Errorf("%s printed %q and said %q", step.script, first, said)
		}
		second, said := s.must(t, step.script, step.args...)
		if second != first || strings.Contains(said, "created") || strings.Contains(said, "changed") {
			t.Errorf("%s again: printed %q after %q, said %q", step.script, second, first, said)
		}
		if step.changed == nil {
			continue
		}
		third, said := s.must(t, step.script, step.changed...)
		if third != first || !strings.Contains(said, "changed") {
			t.Errorf("%s %q: printed %q after %q, said %q", step.script, step.changed, third, first, said)
		}
	}

	t.Run("the token works", func(t *testing.T) {
		token, _ := admin.must(t, "setup-token.sh", "--for", "alice")
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin.url+"/users/get-user-info", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("token", token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var body bytes.Buffer
		if _, err := body.ReadFrom(response.Body); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(body.String(), `"userName":"alice"`) {
			t.Fatalf("got %s", body.String())
		}
	})
	t.Run("the new user's own token", func(t *testing.T) {
		alice := scripts{admin.url, []string{"PORPOISE_USER=alice", "PORPOISE_PASSWORD=p & 'w' \"x\" %41+"}}
		want, _ := admin.must(t, "setup-token.sh", "--for", "alice")
		if got, _ := alice.must(t, "setup-token.sh", "--for", "alice"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("a password in a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte(cluster.AdminPassword+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		scripts{url: admin.url}.must(t, "setup-queue.sh", "--name", "plain", "--password-file", file)
	})
	t.Run("exit status", func(t *testing.T) { exitStatus(t, admin) })
}

func exitStatus(t *testing.T, admin scripts) {
	nobody := scripts{url: admin.url}
	away := scripts{"http://127.0.0.1:1", admin.env}
	for _, test := range []struct {
		s      scripts
		script string
		args   []string
		want   int
		says   string
	}{
		{admin, "setup-user.sh", []string{"--name", "bob", "--email", "b@example.org", "--tenant", "absent"}, 1, "no tenant"},
		{scripts{admin.url, append(admin.env, "PORPOISE_NEW_PASSWORD=secret")}, "setup-user.sh", []string{"--name", "bob", "--email", "nonsense", "--tenant", "etl_user"}, 1, "email"},
		{admin, "setup-user.sh", []string{"--name", "bob", "--email", "b@example.org", "--tenant", "etl_user"}, 2, "password"},
		{admin, "setup-queue.sh", nil, 2, "--name is missing"},
		{admin, "setup-queue.sh", []string{"--nam", "x"}, 2, "unknown argument"},
		{admin, "setup-queue.sh", []string{"--name"}, 2, "needs a value"},
		{admin, "setup-token.sh", []string{"--for", "alice", "--days", "ten"}, 2, "not a number"},
		{nobody, "setup-queue.sh", []string{"--name", "x"}, 2, "PORPOISE_PASSWORD"},
		{nobody, "setup-queue.sh", []string{"--name", "x", "--token", "wrong"}, 3, "not signed in"},
		{away, "setup-queue.sh", []string{"--name", "x"}, 3, "not reached"},
	} {
		_, said, status := test.s.run(t, test.script, test.args...)
		if status != test.want || !strings.Contains(said, test.says) {
			t.Errorf("%s %q: status %d, said %q; want %d and %q", test.script, test.args, status, said, test.want, test.says)
		}
	}
	for _, script := range []string{"setup-queue.sh", "setup-tenant.sh", "setup-user.sh", "setup-token.sh"} {
		if out, _ := nobody.must(t, script, "--help"); !strings.HasPrefix(out, "usage: "+script) {
			t.Errorf("%s --help printed %q", script, out)
		}
	}
}
