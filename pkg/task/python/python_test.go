package python

import (
	"encoding/json"
	"os/exec"
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

func TestInterpreter(t *testing.T) {
	for _, c := range []struct {
		configured string
		env        map[string]string
		path       string
		args       []string
	}{
		{"", nil, "/usr/bin/env", []string{"python3", "/w/script.py"}},
		{"pypy3", nil, "/usr/bin/env", []string{"pypy3", "/w/script.py"}},
		{"/opt/python/bin/python3", nil, "/opt/python/bin/python3", []string{"/w/script.py"}},
		{"", map[string]string{"PYTHON_LAUNCHER": "/venv/bin/python"}, "/venv/bin/python", []string{"/w/script.py"}},
	} {
		got, err := New(c.configured).Command(task.Attempt{Params: script(t, "pass"), WorkDir: "/w", Env: c.env})
		if err != nil || got.Path != c.path || !slices.Equal(got.Args, c.args) {
			t.Errorf("%q: %+v %v", c.configured, got, err)
		}
	}
}
