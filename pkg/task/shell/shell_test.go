package shell

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func script(t *testing.T, text string) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"rawScript": text, "resourceList": []any{}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestSuite(t *testing.T) {
	tasktest.Run(t, New(), tasktest.Cases{
		ID: workflow.KindShell,
		Invalid: map[string]string{
			`{}`: "rawScript", `{"rawScript":"  "}`: "rawScript", `{"rawScript":{}}`: "rawScript",
			`{"rawScript":"x","resourceList":"y"}`:           "resourceList",
			`{"rawScript":"x","resourceList":[{"id":1},{}]}`: "resourceList[1]", `[]`: "params",
		},
		Succeeds: []tasktest.Attempt{
			{Params: script(t, "exit 0")},
			{Params: script(t, "echo ${day} ${HOME_OF_NOBODY}x $[yyyyMMdd-1]"), Output: "20240102 x 20240101\n"},
			{Params: script(t, `echo '${setValue(rows=${n})}'`), Output: "${setValue(rows=7)}\n"},
			{Params: script(t, "echo a\r\necho b"), Output: "a\nb\n"},
			{Params: script(t, "echo long "+strings.Repeat("#", maxArgument)), Output: "long\n"},
			{Params: json.RawMessage(`"{\"rawScript\":\"echo text\"}"`), Output: "text\n"},
			{Params: script(t, "pwd; echo x > file; cat file"), Output: "${WORKDIR}\nx\n"},
		},
		Fails: []tasktest.Attempt{{Params: script(t, "exit 3"), ExitCode: 3}, {Params: script(t, "no-such-command"), ExitCode: 127}},
		Needs: map[string]*task.Needs{
			`{"rawScript":"x","resourceList":[{"id":7},{"resourceName":"file:/a/b"}]}`: {Resources: []workflow.ResourceRef{{ID: 7}, {Name: "/a/b"}}},
			`{"rawScript":"x"}`: {}, `{"rawScript":"x","resourceList":[{}]}`: nil,
		},
		Endless: []tasktest.Attempt{{Params: script(t, "echo started; exec sleep 1000"), Output: "started\n"}},
	})
}

func TestHowTheScriptIsHandedOver(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		files int
	}{{"short", "echo", 0}, {"long", strings.Repeat("x", maxArgument), 1}, {"with a zero byte", "echo ${zero}", 1}} {
		a := task.Attempt{Params: script(t, c.text), WorkDir: "/work/1", Values: map[string]string{"zero": "\x00"}}
		got, err := New().Command(a)
		if err != nil || len(got.Files) != c.files || got.Path != "/bin/sh" || !got.ScanOutput {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
		if c.files == 1 && (got.Args[0] != "/work/1/script.sh" || got.Files[0].Name != "script.sh" || got.Files[0].Mode != 0) {
			t.Errorf("%s: %v", c.name, got.Args)
		}
	}
}

func TestNeeds(t *testing.T) {
	needs, err := New().Needs(json.RawMessage(`{"rawScript":"x","resourceList":[{"id":"7","name":"/a"},{"resourceName":"file:/x/run.sh"}]}`))
	want := []workflow.ResourceRef{{ID: 7}, {Name: "/x/run.sh"}}
	if err != nil || !slices.Equal(needs.Resources, want) {
		t.Errorf("%v %v", needs, err)
	}
	if needs, err := New().Needs(script(t, "x")); err != nil || !needs.Empty() {
		t.Errorf("a script alone needs %v, %v", needs, err)
	}
}
