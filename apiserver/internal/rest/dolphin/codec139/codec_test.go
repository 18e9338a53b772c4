package codec139

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func mustDecode(t *testing.T, text string) workflow.Spec {
	t.Helper()
	spec, err := DecodeProcess(text)
	if err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return spec
}

// stored sends a spec through the JSON it is stored as.
func stored(t *testing.T, spec workflow.Spec) workflow.Spec {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var back workflow.Spec
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func wantSame(t *testing.T, got, want string) {
	t.Helper()
	if !same(json.RawMessage(got), json.RawMessage(want)) {
		t.Errorf("came back otherwise:\n got %s\nwant %s", got, want)
	}
}

func example(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestExampleMeansWhatItSays(t *testing.T) {
	spec := mustDecode(t, example(t))
	if spec.Timeout != 30*time.Minute || spec.TenantID != 1 || len(spec.Tasks) != 4 {
		t.Fatalf("head: %v %v %d", spec.Timeout, spec.TenantID, len(spec.Tasks))
	}
	want := []workflow.Edge{{From: "extract", To: "gate"}, {From: "gate", To: "load"}, {From: "gate", To: "report"}}
	if d := cmp.Diff(want, spec.Edges); d != "" {
		t.Error(d)
	}
	extract, gate, load := spec.Tasks[0], spec.Tasks[1], spec.Tasks[2]
	if extract.Kind != workflow.KindShell || extract.MaxRetries != 2 || extract.RetryInterval != time.Minute ||
		extract.Timeout != 10*time.Minute || extract.TimeoutAction != workflow.TimeoutFail || extract.Priority != workflow.Medium {
		t.Errorf("extract: %+v", extract)
	}
	if got := string(extract.Params); !strings.Contains(got, `"rawScript"`) || strings.Contains(got, "localParams") || !strings.Contains(got, `{"id":7}`) {
		t.Errorf("params of extract: %s", got)
	}
	if len(extract.LocalParams) != 1 || extract.LocalParams[0].Value != "$[yyyyMMdd-1]" {
		t.Errorf("localParams of extract: %v", extract.LocalParams)
	}
	wantGate := &workflow.Conditions{
		Relation: workflow.And, Success: []string{"load"}, Failed: []string{"report"}, Verdict: true,
		Groups: []workflow.ConditionGroup{{Relation: workflow.And, Items: []workflow.ConditionItem{{Task: "extract", Success: true}}}},
	}
	if d := cmp.Diff(wantGate, gate.Conditions); d != "" {
		t.Error(d)
	}
	if load.Priority != workflow.High || load.Timeout != 0 || load.TimeoutAction != "" {
		t.Errorf("load: %+v", load)
	}
	if got := ResourceIDs(&spec); got != "7" {
		t.Errorf("resources %q", got)
	}
}

func TestExampleComesBack(t *testing.T) {
	text := example(t)
	spec := stored(t, mustDecode(t, text))
	wantSame(t, EncodeProcess(&spec), text)
	for _, task := range spec.Tasks {
		if task.Ext[extNode] != nil && len(task.Ext[extNode]) > 200 {
			t.Errorf("task %s keeps %d bytes beside our own words: %s", task.Name, len(task.Ext[extNode]), task.Ext[extNode])
		}
	}
}

func TestRoundTrips(t *testing.T) {
	for name, text := range map[string]string{
		"bare":             `{"tasks":[{"type":"SHELL","name":"a","params":{"rawScript":"true"}}]}`,
		"numbers as text":  `{"timeout":"5","tenantId":"3","tasks":[{"type":"SHELL","name":"a","maxRetryTimes":2,"retryInterval":"3","params":{"rawScript":"x"},"timeout":{"enable":"true","interval":"7","strategy":"WARN,FAILED"}}]}`,
		"no tasks":         `{"tasks":[],"globalParams":null,"timeout":null,"tenantId":-1}`,
		"unknown keys":     `{"a":{"b":[1,2.50,1e3]},"tasks":[{"type":"SHELL","name":"a","params":{"rawScript":"x","z":1},"extras":{"q":true},"loc":"1,2","desc":"d","status":null,"branch":1}]}`,
		"nested text":      `{"tasks":[{"type":"SHELL","name":"a","params":"{\"rawScript\":\"x\",\"localParams\":[{\"prop\":\"p\",\"value\":1}]}","preTasks":"[]"}]}`,
		"html and escapes": `{"tasks":[{"type":"SHELL","name":"<a & b>","params":{"rawScript":"a && b > c < d \\u0026 \\\\u003c \u2028"}}]}`,
		"dependent":        `{"tasks":[{"type":"DEPENDENT","name":"a","params":{},"dependence":{"relation":"OR","dependTaskList":[{"relation":"AND","dependItemList":[{"projectId":2,"definitionId":21,"depTasks":"ALL","cycle":"day","dateValue":"today"},{"projectId":2,"definitionId":"22","depTasks":"load","cycle":"hour","dateValue":"last1Hour","state":"x"}]}]}}]}`,
		"sub process":      `{"tasks":[{"type":"SUB_PROCESS","name":"a","params":{"processDefinitionId":21}},{"type":"SUB_PROCESS","name":"b","params":{"processDefinitionId":"22","x":1},"preTasks":["a","a"]}]}`,
		"odd parameters":   `{"globalParams":[{"prop":"n","value":12,"extra":1},{"prop":"m","type":"INTEGER","direct":"OUT","value":null}],"tasks":[]}`,
		"disabled timeout": `{"tasks":[{"type":"SHELL","name":"a","params":{"rawScript":"x"},"timeout":{"strategy":"WARN","interval":5,"enable":false}}]}`,
		"negative":         `{"timeout":-1,"tasks":[{"type":"SHELL","name":"a","maxRetryTimes":"-1","params":{"rawScript":"x"}}]}`,
		"switch":           `{"tasks":[{"type":"SWITCH","name":"s","params":{"switchResult":{"dependTaskList":[{"condition":"${n} > 1","nextNode":"a"}],"nextNode":"b"}}},{"type":"SHELL","name":"a","preTasks":["s"],"params":{}},{"type":"SHELL","name":"b","preTasks":["s"],"params":{}}]}`,
		"other words":      `{"executionType":"SERIAL_WAIT","tasks":[{"type":"SHELL","name":"a","delayTime":3,"onLost":"hold","taskGroupId":4,"taskGroupPriority":2,"params":{"rawScript":"x"}}]}`,
		"always succeeds":  `{"tasks":[{"type":"CONDITIONS","name":"c","dependence":{"alwaysSucceeds":true,"relation":"OR","dependTaskList":[]},"conditionResult":{"successNode":[],"failedNode":[""]}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			spec := stored(t, mustDecode(t, text))
			for i := range spec.Tasks {
				spec.Tasks[i].Code = int64(1000 + i) // as saving does
			}
			back := EncodeProcess(&spec)
			wantSame(t, back, text)
			for i := range spec.Tasks {
				spec.Tasks[i].Code = 0
			}
			again := mustDecode(t, back)
			if !reflect.DeepEqual(core(again), core(spec)) {
				t.Errorf("means something else after a round trip:\n%s", cmp.Diff(core(spec), core(again)))
			}
		})
	}
}

// core is a spec without what only dialects care about.
func core(spec workflow.Spec) string {
	spec.Layout = nil
	tasks := make([]workflow.Task, len(spec.Tasks))
	for i, t := range spec.Tasks {
		t.Ext = nil
		tasks[i] = t
	}
	spec.Tasks = tasks
	raw, err := json.Marshal(spec)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ text, reason string }{
		"empty":            {``, "definition.not_valid"},
		"no JSON":          {`{`, "definition.not_valid"},
		"a list":           {`[]`, "definition.not_valid"},
		"null":             {`null`, "definition.not_valid"},
		"empty object":     {`{}`, "definition.not_valid"},
		"no task list":     {`{"timeout":1}`, "definition.null"},
		"null task list":   {`{"tasks":null}`, "definition.null"},
		"tasks no list":    {`{"tasks":{"a":1}}`, "definition.not_valid"},
		"task no object":   {`{"tasks":[1]}`, "definition.not_valid"},
		"timeout a word":   {`{"timeout":"x","tasks":[]}`, "definition.not_valid"},
		"timeout for ever": {`{"timeout":2000000000,"tasks":[]}`, "definition.not_valid"},
		"retries a word":   {`{"tasks":[{"name":"a","type":"SHELL","maxRetryTimes":"many"}]}`, "definition.not_valid"},
		"odd priority":     {`{"tasks":[{"name":"a","type":"SHELL","taskInstancePriority":"URGENT"}]}`, "definition.not_valid"},
		"edge from naught": {`{"tasks":[{"name":"a","type":"SHELL","preTasks":["b"]}]}`, "definition.cycle"},
		"edge to itself":   {`{"tasks":[{"name":"a","type":"SHELL","preTasks":["a"]}]}`, "definition.cycle"},
		"same name twice":  {`{"tasks":[{"name":"a","type":"SHELL"},{"name":"a","type":"SHELL"}]}`, "task.invalid"},
		"sub without id":   {`{"tasks":[{"name":"a","type":"SUB_PROCESS","params":{}}]}`, "task.invalid"},
		"params a number":  {`{"tasks":[{"name":"a","type":"SHELL","params":3}]}`, "task.invalid"},
		"odd status":       {`{"tasks":[{"name":"a","type":"CONDITIONS","dependence":{"dependTaskList":[{"dependItemList":[{"depTasks":"x","status":"KILL"}]}]}}]}`, "task.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeProcess(c.text)
			if got := workflow.ErrorReason(err); got != c.reason || workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("got %v (%s), want %s", err, got, c.reason)
			}
		})
	}
}

func TestCoreWinsOverWhatWasSentBefore(t *testing.T) {
	spec := mustDecode(t, `{"tenantId":"4","tasks":[{"type":"SHELL","name":"a","maxRetryTimes":2,"loc":"1","params":{"rawScript":"x"}}]}`)
	spec.TenantID, spec.Tasks[0].MaxRetries = 9, 5
	got, err := object(json.RawMessage(EncodeProcess(&spec)))
	if err != nil {
		t.Fatal(err)
	}
	if string(got["tenantId"]) != "9" {
		t.Errorf("tenantId %s", got["tenantId"])
	}
	nodes, _ := list(got["tasks"])
	node, _ := object(nodes[0])
	if string(node["maxRetryTimes"]) != `"5"` || string(node["loc"]) != `"1"` {
		t.Errorf("maxRetryTimes %s, loc %s", node["maxRetryTimes"], node["loc"])
	}
}

func TestLayoutComesBackAsText(t *testing.T) {
	locations, connects := `{"tasks-1":{"x":1} }`, "not JSON"
	var spec workflow.Spec
	SetLayout(&spec, &locations, &connects)
	spec = stored(t, spec)
	if got := Locations(&spec); got == nil || *got != locations {
		t.Errorf("locations %v", got)
	}
	if got := Connects(&spec); got == nil || *got != connects {
		t.Errorf("connects %v", got)
	}
	if Locations(&workflow.Spec{}) != nil {
		t.Error("locations out of nothing")
	}
}

func TestKeepForeign(t *testing.T) {
	prev := mustDecode(t, `{"a":1,"tasks":[{"type":"SHELL","name":"a","loc":"1","params":{}}]}`)
	prev.Tasks[0].Code = 77
	setRaw(&prev.Tasks[0].Ext, "other", json.RawMessage(`1`))
	setRaw(&prev.Layout, "other.locations", json.RawMessage(`[]`))
	next := mustDecode(t, `{"tasks":[{"type":"SHELL","name":"a","params":{}},{"type":"SHELL","name":"b","params":{}}]}`)
	KeepForeign(&prev, &next)
	if next.Tasks[0].Code != 77 || string(next.Tasks[0].Ext["other"]) != "1" || string(next.Layout["other.locations"]) != "[]" {
		t.Errorf("lost: %+v", next)
	}
	if back := EncodeProcess(&next); strings.Contains(back, `"a":1`) || strings.Contains(back, `"loc"`) {
		t.Errorf("kept what the client took away: %s", back)
	}
}

func TestStatesThereAndBack(t *testing.T) {
	for _, s := range allStates() {
		found, ok := States(StateName(s))
		if !ok {
			t.Errorf("%s has no way back", s)
		}
		hit := false
		for _, f := range found {
			hit = hit || f == s
		}
		if !hit {
			t.Errorf("%s -> %s -> %v", s, StateName(s), found)
		}
	}
	for _, n := range StateNames() {
		if _, ok := States(n); !ok {
			t.Errorf("%s is not known", n)
		}
	}
	if _, ok := States("RUNNING"); ok {
		t.Error("RUNNING is no name of 1.3.9")
	}
}

func TestNodesOfExample(t *testing.T) {
	spec := mustDecode(t, example(t))
	nodes := Nodes(&spec)
	raw, err := json.Marshal(nodes[0])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got["maxRetryTimes"] != 2.0 || got["id"] != "tasks-10001" || got["forbidden"] != false {
		t.Errorf("%s", raw)
	}
	if params := got["params"].(map[string]any); params["rawScript"] != "echo ${biz_day} ${part}" {
		t.Errorf("params %v", params)
	}
	if limit := got["taskTimeoutParameter"].(map[string]any); limit["strategy"] != "FAILED" || limit["interval"] != 10.0 {
		t.Errorf("timeout %v", limit)
	}
	if d := cmp.Diff([]string{"extract"}, nodes[1].DepList); d != "" || !nodes[1].ConditionsTask {
		t.Errorf("gate: %s", d)
	}
}

func FuzzDecodeProcess(f *testing.F) {
	raw, err := os.ReadFile("testdata/example.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add(`{"tasks":[{"type":"SUB_PROCESS","name":"a","params":"{\"processDefinitionId\":\"1\"}","timeout":{"enable":1}}]}`)
	f.Add(`{"tasks":[{"type":"DEPENDENT","name":"a","dependence":{"dependTaskList":[{"dependItemList":[{}]}]}}],"globalParams":[{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := DecodeProcess(text)
		if err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		raw, err := json.Marshal(spec)
		if err != nil {
			t.Fatalf("cannot be stored: %v", err)
		}
		var back workflow.Spec
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		out := EncodeProcess(&back)
		again, err := DecodeProcess(out)
		if err != nil {
			t.Fatalf("what we write we refuse: %v\n%s", err, out)
		}
		if core(again) != core(spec) {
			t.Fatalf("meaning changed\nfrom %s\nto   %s", core(spec), core(again))
		}
	})
}
