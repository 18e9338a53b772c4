package browser

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// groups are those of the dialect's contract.
var groups = []string{"AccessToken", "AlertGroup", "DataAnalysis", "DataSource", "Executor", "Logger", "Login", "Monitor",
	"ProcessDefinition", "ProcessInstance", "Project", "Queue", "Resources", "Scheduler", "TaskInstance", "TaskRecord",
	"Tenant", "Users", "WorkerGroup"}

// TestAPIPage reads and tries the API as a person does.
func TestAPIPage(t *testing.T) {
	drive := driver(t)
	c := cluster.ForTest(t, cluster.Config{})
	admin, err := c.Client().Login(t.Context(), "admin", cluster.AdminPassword)
	if err != nil {
		t.Fatal(err)
	}
	token, err := admin.CreateToken(t.Context(), 1, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Title, Chinese        string
		Groups                []string
		Elsewhere, Complaints []string
		UserInfo, Created     struct{ Status, Body string }
	}
	drive(&seen, "apipage.mjs", "SERVER="+c.APIs[0].URL, "TOKEN="+token)
	slices.Sort(seen.Groups)
	if !slices.Equal(seen.Groups, groups) {
		t.Errorf("groups are %v, want %v", seen.Groups, groups)
	}
	if !strings.Contains(seen.Title, "DolphinScheduler") || !strings.Contains(seen.Chinese, "创建项目") {
		t.Errorf("title is %q, a summary in Chinese %q", seen.Title, seen.Chinese)
	}
	if seen.UserInfo.Status != "200" || !strings.Contains(seen.UserInfo.Body, `"userName": "admin"`) {
		t.Errorf("who is signed in: %+v", seen.UserInfo)
	}
	if seen.Created.Status != "201" || !strings.Contains(seen.Created.Body, `"code": 0`) {
		t.Errorf("creating a project: %+v", seen.Created)
	}
	if len(seen.Elsewhere) > 0 {
		t.Errorf("the page asked other hosts: %v", seen.Elsewhere)
	}
	if len(seen.Complaints) > 0 {
		t.Errorf("the browser complains: %v", seen.Complaints)
	}
}

// driver gives a function that runs a script in a folder of its own and decodes
// what it prints. The test skips where there is no Node or no Chromium.
func driver(t *testing.T) func(into any, script string, env ...string) {
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
	for _, name := range []string{"package.json", "package-lock.json", "apipage.mjs", "console.mjs"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=8")
	return func(into any, script string, env ...string) {
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
