package ctl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// result is what a command did.
type result struct {
	out, said string
	code      int
}

// bench runs commands with an environment and a file of logins of its own.
type bench struct {
	t   *testing.T
	env map[string]string
}

func newBench(t *testing.T, server string) *bench {
	t.Helper()
	return &bench{t, map[string]string{
		"PORPOISE_CTL_CONFIG": filepath.Join(t.TempDir(), "porpoise", "ctl.yaml"),
		"PORPOISE_SERVER":     server,
	}}
}

func (b *bench) run(args ...string) result {
	return b.runWith("", args...)
}

func (b *bench) runWith(input string, args ...string) result {
	b.t.Helper()
	root := &cobra.Command{Use: "porpoise", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(New(Config{Version: "test", Getenv: func(name string) string { return b.env[name] }}))
	var out, said bytes.Buffer
	root.SetArgs(append([]string{"ctl"}, args...))
	root.SetIn(strings.NewReader(input))
	root.SetOut(&out)
	root.SetErr(&said)
	err := root.ExecuteContext(b.t.Context())
	r := result{out: out.String(), said: said.String()}
	if err != nil {
		r.code, r.said = 1, r.said+err.Error()
		var c coded
		if errors.As(err, &c) {
			r.code = c.ExitCode()
		}
	}
	return r
}

// api answers as a server would.
type api map[string]string

func (a api) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t1" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"title":"Unauthorized","detail":"the token is not known"}`)
			return
		}
		answer, ok := a[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"title":"Not Found","detail":"there is no such thing"}`)
			return
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestExitCodes(t *testing.T) {
	url := api{"GET /session": `{"user":{"id":1,"name":"alice"}}`, "GET /queues": `{"items":[],"total":0}`}.serve(t)
	for _, test := range []struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"whoami"}, 0, ""},
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"queue", "get", "night"}, ExitRefused, `there is no queue "night"`},
		{map[string]string{"PORPOISE_TOKEN": "wrong"}, []string{"whoami"}, ExitUnreachable, "the token is not known"},
		{nil, []string{"whoami"}, ExitUnreachable, "porpoise ctl login"},
		{map[string]string{"PORPOISE_TOKEN": "t1", "PORPOISE_SERVER": "http://127.0.0.1:1"}, []string{"whoami"}, ExitUnreachable, "not reached"},
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"queu"}, ExitUsage, "did you mean queue?"},
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"queue", "get"}, ExitUsage, "usage:"},
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"queue", "list", "--nonsense"}, ExitUsage, "--nonsense"},
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"queue", "list", "-o", "xml"}, ExitUsage, "json"},
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"queue", "create", "night"}, ExitUsage, "--value"},
		{map[string]string{"PORPOISE_TOKEN": "t1"}, []string{"workflow", "list"}, ExitUsage, "which project?"},
		{map[string]string{"PORPOISE_USER": "alice"}, []string{"whoami"}, ExitUsage, "PORPOISE_PASSWORD"},
	} {
		b := newBench(t, url)
		for name, value := range test.env {
			b.env[name] = value
		}
		if r := b.run(test.args...); r.code != test.code || !strings.Contains(r.said, test.says) {
			t.Errorf("%v %q: code %d, said %q; want %d and %q", test.env, test.args, r.code, r.said, test.code, test.says)
		}
	}
}

func TestForms(t *testing.T) {
	url := api{"GET /queues": `{"items":[{"id":9007199254740993,"name":"night\u001b[31m","value":"root.night"}],"total":2}`}.serve(t)
	b := newBench(t, url)
	b.env["PORPOISE_TOKEN"] = "t1"
	for form, want := range map[string]string{
		"table": "ID                NAME           VALUE\n9007199254740993  night\\x1b[31m  root.night\n",
		"name":  "night\\x1b[31m\n",
		"yaml":  "9007199254740993",
		"json":  `"id": 9007199254740993`,
	} {
		r := b.run("queue", "list", "-o", form)
		if r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("%s: got %q, want %q (%s)", form, r.out, want, r.said)
		}
		if strings.Contains(r.out, "\x1b") {
			t.Errorf("%s steers the terminal: %q", form, r.out)
		}
	}
}

func TestLoginIsKept(t *testing.T) {
	url := api{"GET /session": `{"user":{"id":1,"name":"alice"}}`}.serve(t)
	b := newBench(t, url)
	if r := b.runWith("t1\n", "login", "--token", "--name", "here", "-p", "sales"); r.code != 0 {
		t.Fatalf("login: %+v", r)
	}
	file := b.env["PORPOISE_CTL_CONFIG"]
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	delete(b.env, "PORPOISE_SERVER")
	if r := b.run("whoami"); r.code != 0 || !strings.Contains(r.out, "alice") || !strings.Contains(r.out, "sales") {
		t.Errorf("whoami: %+v", r)
	}
	// A kept token goes to no other server.
	b.env["PORPOISE_SERVER"] = "http://127.0.0.1:1"
	if r := b.run("whoami"); r.code != ExitUnreachable || !strings.Contains(r.said, "not logged in") {
		t.Errorf("whoami elsewhere: %+v", r)
	}
	delete(b.env, "PORPOISE_SERVER")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := b.run("whoami"); r.code == 0 || !strings.Contains(r.said, "chmod 600") {
		t.Errorf("a file that all may read: %+v", r)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := b.run("context", "list"); strings.Contains(r.out, "t1") || !strings.Contains(r.out, "here") {
		t.Errorf("contexts: %+v", r)
	}
	if r := b.run("logout", "here"); r.code != 0 {
		t.Errorf("logout: %+v", r)
	}
	if r := b.run("whoami"); r.code != ExitUnreachable {
		t.Errorf("whoami after logout: %+v", r)
	}
}

func TestWaitingForFailureIsCode4(t *testing.T) {
	url := api{
		"GET /projects/p/workflows":          `{"items":[{"id":5,"name":"w"}],"total":1}`,
		"GET /projects/p/workflows/5":        `{"id":5,"name":"w"}`,
		"POST /projects/p/workflows/5/runs":  `{"commandId":1,"instanceId":9}`,
		"GET /projects/p/instances/9/events": "event: instance\ndata: {\"id\":9,\"state\":\"FAILED\",\"reason\":\"task a failed\"}\n\n",
	}.serve(t)
	b := newBench(t, url)
	b.env["PORPOISE_TOKEN"] = "t1"
	r := b.run("workflow", "run", "w", "-p", "p", "--wait")
	if r.code != ExitInstance || !strings.Contains(r.said, "task a failed") {
		t.Errorf("%+v", r)
	}
}

func TestDocumentsAreCut(t *testing.T) {
	docs := cut("f.yaml", "# head\n---\nname: a\n---\n# nothing\n---\nname: b\ntasks: []\n")
	if len(docs) != 2 || docs[0].text != "name: a\n" || docs[1].line != 6 {
		t.Fatalf("%+v", docs)
	}
	joined := docs.joined()
	for i, line := range strings.Split(joined, "\n") {
		if line != "tasks: []" {
			continue
		}
		one, at := docs.find(i + 1)
		if got := one.at(at, 1, "", "wrong"); got != "f.yaml:8:1: wrong" {
			t.Errorf("got %q", got)
		}
	}
}

func TestFilesAreReadInOrder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.yml", "a.yaml", "notes.txt", ".hidden.yaml", "sub/c.yaml"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755),
			os.WriteFile(filepath.Join(dir, name), []byte("name: "+name+"\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filesOf(dir)
	if err != nil || fmt.Sprint(files) != fmt.Sprint([]string{dir + "/a.yaml", dir + "/b.yml", dir + "/sub/c.yaml"}) {
		t.Errorf("%v, %v", files, err)
	}
	c := &call{cmd: &cobra.Command{}}
	docs, err := c.readDocuments([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	docs = append(docs, docs[0])
	if err := docs.parse(); err == nil || !strings.Contains(err.Error(), "is in") {
		t.Errorf("a workflow twice: %v", err)
	}
}

func TestFileNames(t *testing.T) {
	taken := map[string]bool{}
	for _, test := range [][2]string{{"daily orders", "daily orders.yaml"}, {"../../etc/passwd", "_.._etc_passwd.yaml"}, {"Daily Orders", "Daily Orders-2.yaml"}, {"...", "workflow.yaml"}, {"江豚", "江豚.yaml"}} {
		if got := fileName(test[0], taken); got != test[1] {
			t.Errorf("%q: got %q, want %q", test[0], got, test[1])
		}
	}
}

func TestDifference(t *testing.T) {
	from := strings.Join([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}, "\n")
	to := strings.Join([]string{"a", "B", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"}, "\n")
	const want = `@@ -1,5 +1,5 @@
 a
-b
+B
 c
 d
 e
@@ -10,3 +10,4 @@
 j
 k
 l
+m
`
	if got := difference(from, to); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := difference(from, from+"\n"); got != "" {
		t.Errorf("got\n%s", got)
	}
}

func TestLastLines(t *testing.T) {
	for _, test := range []struct {
		text   string
		lines  int
		want   string
		enough bool
	}{
		{"a\nb\nc\n", 2, "b\nc\n", true}, {"a\nb\nc", 1, "c", true}, {"a\nb\n", 5, "a\nb\n", false}, {"a\n", 0, "", true}, {"", 3, "", false},
	} {
		if got, enough := lastLines(test.text, test.lines); got != test.want || enough != test.enough {
			t.Errorf("%q, %d: got %q, %v", test.text, test.lines, got, enough)
		}
	}
}

// TestEveryCommandHasHelp walks the tree.
func TestEveryCommandHasHelp(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Short == "" || cmd.RunE == nil {
			t.Errorf("%s has no short help or does nothing", cmd.CommandPath())
		}
		cmd.SetOut(io.Discard)
		if err := cmd.Help(); err != nil {
			t.Errorf("%s: %v", cmd.CommandPath(), err)
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	root := &cobra.Command{Use: "porpoise"}
	root.AddCommand(New(Config{Getenv: func(string) string { return "" }}))
	walk(root.Commands()[0])
}

func TestInterruption(t *testing.T) {
	var c coded
	if err := withCode(fmt.Errorf("x: %w", context.Canceled)); !errors.As(err, &c) || c.ExitCode() != ExitInterrupted {
		t.Errorf("%v", err)
	}
}
