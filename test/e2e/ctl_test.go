package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// operator is a person with a command line.
type operator struct {
	*testing.T
	binary string
	env    []string
}

func newOperator(t *testing.T, c *cluster.Cluster) *operator {
	t.Helper()
	binary, err := cluster.Binary()
	if err != nil {
		t.Fatal(err)
	}
	o := &operator{t, binary, []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PORPOISE_PASSWORD=" + cluster.AdminPassword,
	}}
	o.must("ctl", "login", c.APIs[0].URL, "--user", "admin")
	o.env = o.env[:2] // the login is kept
	return o
}

// run gives what a command printed, what it said and its exit code.
func (o *operator) run(args ...string) (out, said string, code int) {
	o.Helper()
	ctx, cancel := context.WithTimeout(o.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.binary, args...)
	cmd.Env = o.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		o.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// must is run for a command that succeeds.
func (o *operator) must(args ...string) string {
	o.Helper()
	out, said, code := o.run(args...)
	if code != 0 {
		o.Fatalf("porpoise %q ended with %d:\n%s%s", args, code, out, said)
	}
	return out
}

// has is must for a command that prints all the texts.
func (o *operator) has(want []string, args ...string) {
	o.Helper()
	out := o.must(args...)
	for _, text := range want {
		if !strings.Contains(out, text) {
			o.Errorf("porpoise %q printed no %q:\n%s", args, text, out)
		}
	}
}

// ends is run for a command that ends in a way and says so.
func (o *operator) ends(code int, says string, args ...string) {
	o.Helper()
	out, said, got := o.run(args...)
	if got != code || !strings.Contains(out+said, says) {
		o.Errorf("porpoise %q ended with %d and said %q, want %d and %q", args, got, out+said, code, says)
	}
}

func TestCommandLine(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	o := newOperator(t, cluster.ForTest(t, cluster.Config{}))
	tenant, err := cluster.Tenant()
	if err != nil {
		t.Fatal(err)
	}
	o.must("ctl", "project", "create", "sales")
	o.must("ctl", "context", "set", "--project", "sales")
	o.must("ctl", "tenant", "ensure", tenant)
	dir := t.TempDir()
	o.write(dir, "orders.yaml", ordersDocument(tenant))
	o.write(dir, "report.yaml", reportDocument(tenant))
	t.Run("apply", func(t *testing.T) { o.of(t).applies(dir) })
	t.Run("run and watch", func(t *testing.T) { o.of(t).runs() })
	t.Run("fail and mend", func(t *testing.T) { o.of(t).mends(dir) })
	t.Run("administer", func(t *testing.T) { o.of(t).administers() })
	t.Run("files", func(t *testing.T) { o.of(t).keepsFiles() })
	t.Run("an assistant", func(t *testing.T) { o.of(t).assists() })
	t.Run("prune and purge", func(t *testing.T) { o.of(t).prunes(dir) })
}

// of is the same person in a part of a test.
func (o *operator) of(t *testing.T) *operator { return &operator{t, o.binary, o.env} }

func (o *operator) write(dir, name, text string) {
	o.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		o.Fatal(err)
	}
}

func ordersDocument(tenant string) string {
	return `name: orders
tenant: ` + tenant + `
params: [{name: day, value: none}]
tasks:
  - name: extract
    kind: SHELL
    params: {rawScript: "echo orders of ${day}"}
  - name: load
    kind: SHELL
    needs: [extract]
    params: {rawScript: "echo loaded"}
labels: {team: bi}
`
}

func reportDocument(tenant string) string {
	return `name: report
tenant: ` + tenant + `
tasks:
  - name: write
    kind: SHELL
    params: {rawScript: "echo there is no paper >&2; exit 3"}
labels: {team: bi}
`
}

func (o *operator) applies(dir string) {
	o.has([]string{`"orders": would be created`}, "ctl", "workflow", "apply", "-f", dir, "--dry-run")
	o.has([]string{`"orders": created`, `"report": created`}, "ctl", "workflow", "apply", "-f", dir)
	o.ends(0, "no change\n", "ctl", "workflow", "apply", "-f", dir)
	if out := o.must("ctl", "workflow", "apply", "-f", dir); strings.Contains(out, "created") || strings.Contains(out, "updated") {
		o.Errorf("the second time changed something:\n%s", out)
	}
	exported := o.TempDir()
	o.must("ctl", "workflow", "export", "--dir", exported)
	o.ends(0, "no change\n", "ctl", "workflow", "apply", "-f", exported)

	bad := filepath.Join(o.TempDir(), "bad.yaml")
	o.write(filepath.Dir(bad), "bad.yaml", "name: bad\ntasks:\n  - name: a\n    kind: SHELL\n")
	o.ends(1, "bad.yaml:", "ctl", "workflow", "check", "-f", bad)
	o.ends(1, "bad.yaml:", "ctl", "workflow", "apply", "-f", bad)
	o.ends(0, "", "ctl", "workflow", "check", "-f", dir)
	if out := o.must("ctl", "workflow", "list", "-o", "name"); out != "orders\nreport\n" && out != "report\norders\n" {
		o.Errorf("workflows %q", out)
	}
}

func (o *operator) runs() {
	o.must("ctl", "workflow", "online", "orders", "report")
	o.ends(0, "SUCCEEDED", "ctl", "workflow", "run", "orders", "--param", "day=20260101", "--wait")
	var list []struct {
		ID    json.Number `json:"id"`
		State string      `json:"state"`
	}
	if err := json.Unmarshal([]byte(o.must("ctl", "instance", "list", "--workflow", "orders", "-o", "json")), &list); err != nil || len(list) != 1 {
		o.Fatalf("%v, %v", list, err)
	}
	id := list[0].ID.String()
	o.has([]string{"instance " + id + ": SUCCEEDED", "task load: SUCCEEDED"}, "ctl", "instance", "watch", id)
	for _, how := range [][]string{{}, {"-f"}, {"--tail", "5"}} {
		o.has([]string{"orders of 20260101\n"}, append([]string{"ctl", "logs", "--instance", id, "--task", "extract"}, how...)...)
	}
	o.has([]string{"day", "20260101", "extract"}, "ctl", "instance", "get", id)
	if out := o.must("__complete", "ctl", "workflow", "run", "or"); !strings.HasPrefix(out, "orders\n") {
		o.Errorf("completion gave %q", out)
	}
}

func (o *operator) mends(dir string) {
	o.ends(4, "FAILED", "ctl", "workflow", "run", "report", "--wait")
	text, err := os.ReadFile(filepath.Join(dir, "report.yaml"))
	if err != nil {
		o.Fatal(err)
	}
	o.write(dir, "report.yaml", strings.Replace(string(text), "exit 3", "true", 1))
	o.has([]string{"-      rawScript", "+      rawScript"}, "ctl", "workflow", "apply", "-f", dir, "--dry-run", "--diff")
	o.has([]string{`"report": updated`, `"orders": no change`}, "ctl", "workflow", "apply", "-f", dir)
	o.ends(0, "SUCCEEDED", "ctl", "workflow", "run", "report", "--wait")
}

func (o *operator) administers() {
	for range 2 {
		o.must("ctl", "queue", "ensure", "night", "--value", "root.night")
	}
	o.must("ctl", "queue", "update", "night", "--value", "root.late")
	o.has([]string{"root.late"}, "ctl", "queue", "list")
	secret := filepath.Join(o.TempDir(), "password")
	o.write(filepath.Dir(secret), "password", "Alice-123\n")
	o.must("ctl", "user", "create", "alice", "--email", "alice@example.org", "--tenant", "default", "--new-password-file", secret)
	o.must("ctl", "project", "grant", "sales", "alice", "viewer")
	o.has([]string{"alice", "VIEWER"}, "ctl", "project", "members")
	token := strings.TrimSpace(o.must("ctl", "token", "create", "--for", "alice", "--days", "2"))

	alice := &operator{o.T, o.binary, append(o.env[:2:2], "PORPOISE_TOKEN="+token)}
	alice.has([]string{"alice"}, "ctl", "whoami")
	alice.has([]string{"orders"}, "ctl", "workflow", "list")
	alice.ends(1, "", "ctl", "workflow", "run", "orders")
	alice.ends(1, "", "ctl", "queue", "create", "mine", "--value", "x")
	alice.env = append(o.env[:2:2], "PORPOISE_TOKEN=nonsense")
	alice.ends(3, "not signed in", "ctl", "whoami")

	o.must("ctl", "environment", "create", "spark", "--var", "A=1")
	o.must("ctl", "environment", "update", "spark", "--var", "B=2")
	o.has([]string{`"A":"1"`, `"B":"2"`}, "ctl", "environment", "get", "spark")
	o.must("ctl", "calendar", "create", "work", "--days", `{"2026-10-01": false}`)
	o.must("ctl", "schedule", "create", "orders", "--cron", "0 0 2 * * ?")
	o.has([]string{"orders", "0 0 2 * * ?"}, "ctl", "schedule", "list")
	o.has([]string{"20"}, "ctl", "schedule", "preview", "--cron", "0 0 2 * * ?", "--count", "2")
	o.has([]string{"alice"}, "ctl", "audit", "list")
	o.has([]string{"worker"}, "ctl", "server", "list")
}

func (o *operator) keepsFiles() {
	dir := o.TempDir()
	o.write(dir, "job.py", "print(1)\n")
	o.must("ctl", "file", "mkdir", "/jobs")
	o.must("ctl", "file", "upload", filepath.Join(dir, "job.py"), "/jobs/")
	o.write(dir, "job.py", "print(2)\n")
	o.must("ctl", "file", "upload", filepath.Join(dir, "job.py"), "/jobs/", "--replace")
	o.has([]string{"/jobs/job.py"}, "ctl", "file", "list", "/jobs")
	if out := o.must("ctl", "file", "download", "/jobs/job.py", "-"); out != "print(2)\n" {
		o.Errorf("the file is %q", out)
	}
	o.must("ctl", "file", "mkdir", "/old")
	o.must("ctl", "file", "move", "/jobs", "/old/")
	o.must("ctl", "file", "move", "/old/jobs/job.py", "/jobs.py")
	o.has([]string{"/jobs.py", "/old"}, "ctl", "file", "list")
	o.ends(1, "there is no folder", "ctl", "file", "move", "/jobs.py", "/nowhere/")
	o.must("ctl", "file", "move", "/jobs.py", "/old/jobs/job.py")
	o.must("ctl", "file", "move", "/old/jobs", "/jobs")
	o.must("ctl", "file", "delete", "/jobs/job.py")
	o.ends(1, "there is no file", "ctl", "file", "download", "/jobs/job.py", "-")
}

// await looks again and again until something holds.
func (o *operator) await(what string, holds func() bool) {
	o.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			o.Fatalf("%s: not so in time\n%s", what, o.must("ctl", "instance", "list", "-o", "yaml"))
		}
	}
}

func (o *operator) prunes(dir string) {
	if err := os.Remove(filepath.Join(dir, "report.yaml")); err != nil {
		o.Fatal(err)
	}
	o.must("ctl", "workflow", "offline", "report")
	o.has([]string{`"report": would be deleted`}, "ctl", "workflow", "apply", "-f", dir, "--prune", "-l", "team=bi", "--dry-run")
	o.ends(2, "--yes", "ctl", "purge", "--older-than", "0s")
	o.ends(0, "would be deleted", "ctl", "purge", "--older-than", "0s", "--dry-run")
	o.ends(0, "are deleted", "ctl", "purge", "--older-than", "0s", "--yes")
	o.await("no instance is left", func() bool { return o.must("ctl", "instance", "list", "-o", "name") == "" })
	o.has([]string{`"report": deleted`}, "ctl", "workflow", "apply", "-f", dir, "--prune", "-l", "team=bi")
	if out := o.must("ctl", "workflow", "list", "-o", "name"); out != "orders\n" {
		o.Errorf("workflows %q", out)
	}
}

// assists is what an assistant does with the server.
func (o *operator) assists() {
	ctx, cancel := context.WithTimeout(o.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.Command(o.binary, "mcp")
	cmd.Env = o.env
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		o.Fatal(err)
	}
	defer session.Close()
	tools, err := session.ListTools(ctx, nil)
	if err != nil || len(tools.Tools) != 11 {
		o.Fatalf("%d tools, %v", len(tools.Tools), err)
	}
	a := &assistantTalk{o, session, ctx}
	a.answers("list_workflows", nil, "orders", "report")
	a.answers("get_workflow", map[string]any{"workflow": "orders"}, "rawScript")
	a.answers("run_workflow", map[string]any{"workflow": "orders", "params": map[string]string{"day": "x1"}, "waitSeconds": 60}, "SUCCEEDED")
	a.answers("list_instances", map[string]any{"state": "FAILED"}, "report")
	var failed struct{ Items []struct{ ID int64 } }
	a.reads("list_instances", map[string]any{"state": "FAILED"}, &failed)
	if len(failed.Items) == 0 {
		o.Fatal("no instance failed")
	}
	a.answers("explain_failure", map[string]any{"instance": failed.Items[0].ID}, "there is no paper", "FAILED", "write")
	a.answers("read_log", map[string]any{"instance": failed.Items[0].ID, "task": "write"}, "there is no paper")
	a.answers("check_workflow", map[string]any{"document": "name: x\ntasks: [{name: a, kind: NOPE}]"}, `"valid":false`)
	a.answers("apply_workflow", map[string]any{"document": "name: fresh\ntasks: [{name: a, kind: SHELL, params: {rawScript: 'true'}}]"}, "CREATED", `"dryRun":true`)
	if out := o.must("ctl", "workflow", "list", "-o", "name"); strings.Contains(out, "fresh") {
		o.Error("a dry run made a workflow")
	}
	if result := a.call("get_instance", map[string]any{"instance": 999999}); !result.IsError {
		o.Error("an instance that is not there is no error")
	}
}

type assistantTalk struct {
	*operator
	session *mcp.ClientSession
	ctx     context.Context
}

func (a *assistantTalk) call(tool string, arguments map[string]any) *mcp.CallToolResult {
	a.Helper()
	result, err := a.session.CallTool(a.ctx, &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		a.Fatalf("%s: %v", tool, err)
	}
	return result
}

func (a *assistantTalk) answers(tool string, arguments map[string]any, want ...string) {
	a.Helper()
	result := a.call(tool, arguments)
	data, err := json.Marshal(result.StructuredContent)
	if err != nil || result.IsError {
		a.Fatalf("%s: %v, %+v", tool, err, result.Content)
	}
	for _, text := range want {
		if !strings.Contains(string(data), text) {
			a.Errorf("%s answered no %q: %s", tool, text, data)
		}
	}
}

func (a *assistantTalk) reads(tool string, arguments map[string]any, into any) {
	a.Helper()
	data, err := json.Marshal(a.call(tool, arguments).StructuredContent)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		a.Fatal(err)
	}
}

func TestDoctor(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	dir := filepath.Join(t.TempDir(), "data")
	output, status := porpoise(t, "doctor", "--data-dir", dir, "--listen", "127.0.0.1:0", "-o", "json")
	var report struct {
		Healthy  bool
		Findings []struct{ Check, Status, Found, Do string }
	}
	if err := json.Unmarshal([]byte(output), &report); err != nil || !report.Healthy || status != 0 {
		t.Errorf("before the first start: %d, %v\n%s", status, err, output)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the doctor made the data folder")
	}
	output, status = porpoise(t, "doctor", "--data-dir", dir, "--listen", "127.0.0.1:0",
		"--database", "mysql://nobody:x@127.0.0.1:1/none", "--etcd", "http://127.0.0.1:1")
	if status != 1 || !strings.Contains(output, "fail  database") || !strings.Contains(output, "fail  etcd") || strings.Contains(output, "nobody:x") {
		t.Errorf("without services: %d\n%s", status, output)
	}
}
