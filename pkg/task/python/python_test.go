package python

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func script(t *testing.T, text string) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"rawScript": text})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestSuite(t *testing.T) {
	cases := tasktest.Cases{
		ID:      workflow.KindPython,
		Invalid: map[string]string{`{}`: "rawScript", `{"rawScript":"\n"}`: "rawScript", `5`: "params"},
		Succeeds: []tasktest.Attempt{
			{Params: script(t, "print('${day}', '${unknown}', '$[yyyy-MM-dd]')"), Output: "20240102 ${unknown} 2024-01-02\n"},
			{Params: script(t, "print('${setValue(n=${n})}')"), Output: "${setValue(n=7)}\n"},
			{Params: script(t, "if True:\r\n    print('数据')\r\n"), Output: "数据\n"},
		},
		Fails: []tasktest.Attempt{{Params: script(t, "import sys; sys.exit(3)"), ExitCode: 3}, {Params: script(t, "raise 'x'"), ExitCode: 1}},
		Needs: map[string]*task.Needs{
			`{"rawScript":"x","resourceList":[{"id":7},{"resourceName":"file:/a/b"}]}`: {Resources: []workflow.ResourceRef{{ID: 7}, {Name: "/a/b"}}},
			`{"rawScript":"x"}`: {}, `{"rawScript":"x","resourceList":[{}]}`: nil,
		},
		Endless: []tasktest.Attempt{
			{Params: script(t, "print('started')\nimport time\ntime.sleep(1000)"), Output: "started\n"},
		},
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Log("python3 is not installed: only validation is tested")
		cases.Succeeds, cases.Fails, cases.Endless = nil, nil, nil
	}
	tasktest.Run(t, New(""), cases)
}

// TestInterpreter checks who is asked to run the script, with stand-ins that
// say their own name.
func TestInterpreter(t *testing.T) {
	dir := t.TempDir()
	stub := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho "+name+" \"$1\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := stub("pypy3")
	three := stub("three/bin/python3")
	stub("two dirs/bin/python")
	for _, c := range []struct {
		configured string
		env        []string
		want       string
	}{
		{path, nil, "pypy3"},
		{"pypy3", nil, "pypy3"},
		{path, []string{"PYTHON_HOME=" + three}, "three/bin/python3"},
		{path, []string{"PYTHON_HOME=" + filepath.Join(dir, "three")}, "three/bin/python3"},
		{path, []string{"PYTHON_HOME=" + filepath.Join(dir, "two dirs")}, "two dirs/bin/python"},
		{path, []string{"PYTHON_HOME=" + three, "PYTHON_LAUNCHER=" + path}, "pypy3"},
	} {
		got, err := New(c.configured).Command(task.Attempt{Params: script(t, "pass"), WorkDir: "/w w"})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(got.Path, got.Args...)
		cmd.Env = append([]string{"PATH=" + dir + ":/usr/bin:/bin"}, c.env...)
		out, err := cmd.CombinedOutput()
		if want := c.want + " /w w/script.py\n"; err != nil || string(out) != want {
			t.Errorf("%q with %v: %q, want %q (%v)", c.configured, c.env, out, want, err)
		}
	}
	if got, _ := New("").Command(task.Attempt{Params: script(t, "pass")}); !slices.Contains(got.Args, "python3") {
		t.Errorf("%v", got.Args)
	}
}

func TestNeeds(t *testing.T) {
	needs, err := New("").Needs(json.RawMessage(`{"rawScript":"pass","resourceList":[{"id":7},{"resourceName":"file:/x/run.py"}]}`))
	want := []workflow.ResourceRef{{ID: 7}, {Name: "/x/run.py"}}
	if err != nil || !slices.Equal(needs.Resources, want) {
		t.Errorf("%v %v", needs, err)
	}
}
