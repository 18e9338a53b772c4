package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// porpoise runs the binary to its end and gives all it wrote.
func porpoise(t *testing.T, args ...string) (output string, status int) {
	t.Helper()
	binary, err := cluster.Binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || ctx.Err() != nil {
		t.Fatalf("porpoise %q: %v\n%s", args, err, out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"master"}, "--database"},
		{[]string{"apiserver", "--database", "sqlite:///x.db"}, "--etcd"},
		{[]string{"worker"}, "--etcd"},
		{[]string{"migrate", "up"}, "--database"},
		{[]string{"migrate", "up", "--database", "postgres://x"}, "mysql://"},
		{[]string{"standalone", "--listen", "0.0.0.0:0", "--compat-credentials"}, "loopback"},
		{[]string{"standalone", "--lease-ttl", "1s"}, "lease-ttl"},
		{[]string{"standalone", "--lost-after", "10s", "--kill-after", "20s"}, "kill-after"},
		{[]string{"standalone", "--log-level", "loud"}, "log-level"},
		{[]string{"standalone", "--dolphin-version", "9"}, "dolphin-version"},
		{[]string{"standalone", "--time-zone", "Nowhere/None"}, "time-zone"},
		{[]string{"standalone", "--tls-cert", "x.pem"}, "TLS"},
		{[]string{"worker", "--etcd", "http://127.0.0.1:1", "--grpc-listen", "0.0.0.0:0"}, "--insecure-rpc"},
		{[]string{"standalone", "surplus"}, "surplus"},
		{[]string{"nonsense"}, "nonsense"},
	} {
		output, status := porpoise(t, test.args...)
		if status != 1 || !strings.Contains(output, test.says) {
			t.Errorf("porpoise %q ended with %d and said %q, want %q", test.args, status, output, test.says)
		}
		if strings.Count(output, "\n") > 4 {
			t.Errorf("porpoise %q said too much:\n%s", test.args, output)
		}
	}
}

func TestRolesRefuseAnotherSchema(t *testing.T) {
	url := services.MariaDB(t)
	for _, role := range []string{"master", "apiserver"} {
		output, status := porpoise(t, role, "--database", url, "--etcd", "http://127.0.0.1:1")
		if status != 1 || !strings.Contains(output, "porpoise migrate up") {
			t.Errorf("%s on an empty database ended with %d and said %q", role, status, output)
		}
	}
	if output, status := porpoise(t, "migrate", "status", "--database", url); status != 0 || !strings.Contains(output, "no\n") {
		t.Errorf("migrate status before: %d, %q", status, output)
	}
	for range 2 { // the second time there is nothing to do
		if output, status := porpoise(t, "migrate", "up", "--database", url); status != 0 || strings.Contains(output, "no\n") {
			t.Errorf("migrate up: %d, %q", status, output)
		}
	}
}

// alone is a standalone process without a password of ours.
type alone struct {
	*services.Process
	url, dir, log string
}

func startAlone(t *testing.T, dir string, args ...string) alone {
	t.Helper()
	binary, err := cluster.Binary()
	if err != nil {
		t.Fatal(err)
	}
	port, err := services.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	a := alone{url: "http://" + addr, dir: dir, log: filepath.Join(t.TempDir(), "log")}
	args = append([]string{"standalone", "--data-dir", dir, "--listen", addr}, args...)
	a.Process = services.NewProcess(binary, args, []string{"PORPOISE_ADMIN_PASSWORD="}, a.log, func(ctx context.Context) error {
		_, err := get(ctx, a.url+"/readyz")
		return err
	})
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		// One that was broken off leaves its supervisor behind.
		if err := cluster.KillAll(cluster.Marked(dir)); err != nil {
			t.Error(err)
		}
		removeWork(t, a.output(t))
	})
	return a
}

func (a alone) output(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(a.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, response.Status, body)
	}
	return string(body), err
}

// TestDemo is `make run` twice.
func TestDemo(t *testing.T) {
	// Shut to others, as a home often is: the demo works all the same.
	dir := t.TempDir()
	first := startAlone(t, dir, "--demo")
	awaitOutput(t, first, "Stop it with")
	output := first.output(t)
	for _, want := range []string{
		"--- greet (SHELL): SUCCESS", "Hello from Porpoise.", "--- call (HTTP): SUCCESS",
		"--- gate (CONDITIONS): SUCCESS", "--- celebrate (SHELL): SUCCESS", "ended with SUCCESS",
		"user      admin", first.url,
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the demo does not show %q:\n%s", want, output)
		}
	}
	password := keptPassword(t, dir)
	if strings.Count(output, password) != 2 { // when it was made, and at the end
		t.Errorf("the password is shown %d times:\n%s", strings.Count(output, password), output)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "master: ok", "/metrics": "porpoise_master_shards"} {
		if body, err := get(t.Context(), first.url+path); err != nil || !strings.Contains(body, want) {
			t.Errorf("%s: %q, %v", path, body, err)
		}
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	if output := first.output(t); !strings.Contains(output, "msg=stopped") || strings.Contains(output, "level=ERROR") {
		t.Errorf("it did not stop in good order:\n%s", output)
	}

	second := startAlone(t, dir, "--demo")
	awaitOutput(t, second, "Stop it with")
	if output := second.output(t); !strings.Contains(output, "nothing was changed") || strings.Contains(output, "was created") {
		t.Errorf("the second start said:\n%s", output)
	}
	if got := keptPassword(t, dir); got != password {
		t.Errorf("the password changed")
	}
}

// TestCompatCredentials signs in as old scripts do.
func TestCompatCredentials(t *testing.T) {
	a := startAlone(t, t.TempDir(), "--compat-credentials")
	body := strings.NewReader("userName=admin&userPassword=dolphinscheduler123")
	response, err := http.Post(a.url+"/dolphinscheduler/login", "application/x-www-form-urlencoded", body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(answer), `"code":0`) {
		t.Fatalf("login answered %s, %v", answer, err)
	}
	if _, err := os.Stat(filepath.Join(a.dir, "admin-password")); err == nil {
		t.Error("a password that was given was written to a file")
	}
}

// TestOneProcessPerDataFolder starts a second one beside the first.
func TestOneProcessPerDataFolder(t *testing.T) {
	a := startAlone(t, t.TempDir())
	output, status := porpoise(t, "standalone", "--data-dir", a.dir, "--listen", "127.0.0.1:0")
	if status != 1 || !strings.Contains(output, "another porpoise process uses the data folder") {
		t.Errorf("ended with %d: %s", status, output)
	}
	if _, err := get(t.Context(), a.url+"/readyz"); err != nil {
		t.Errorf("the first one suffered: %v", err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	a := startAlone(t, t.TempDir())
	pid := a.Pid()
	for range 2 {
		if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
			break // the first was enough already
		}
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
}

// removeWork removes a work folder outside of the data folder.
func removeWork(t *testing.T, output string) {
	t.Helper()
	_, after, found := strings.Cut(output, " work_dir=")
	if !found {
		return
	}
	dir, _, _ := strings.Cut(after, "\n")
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

func keptPassword(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "admin-password")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v", file, info.Mode())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// awaitOutput waits until a wrote the text.
func awaitOutput(t *testing.T, a alone, text string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Minute)
	for !strings.Contains(a.output(t), text) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%q never came:\n%s", text, a.output(t))
		}
	}
}
