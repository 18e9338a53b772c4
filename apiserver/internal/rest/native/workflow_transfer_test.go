package native_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// family are workflows that name each other, with all that documents hold.
const family = `name: child
tasks:
  - name: a
    kind: SHELL
    params: {rawScript: "echo ${day}"}
---
name: parent
description: runs them
folder: sales
labels: {team: bi}
tenant: etl
policy: SERIAL_WAIT
timeout: 30m
params: [{name: day, value: "$[yyyyMMdd-1]"}]
tasks:
  - name: run
    kind: SUB_WORKFLOW
    subWorkflow: {workflow: child}
  - name: wait
    kind: DEPENDENT
    dependent: {groups: [{items: [{workflow: later, cycle: day, date: last1Days}]}]}
  - name: end
    kind: NOOP
    needs: [run, wait]
    retry: {times: 2, interval: 1m}
layout: {run: {x: 10, y: 20}}
schedules:
  - {cron: "0 0 2 * * ?", timezone: Asia/Shanghai, online: true, misfire: last, priority: HIGH, environment: java, warning: {type: ALL}, params: {a: b}}
  - {cron: "0 0 3 * * ?", start: 2024-01-01T00:00:00Z, end: 2099-01-01T00:00:00Z}
---
name: later
tasks:
  - name: wait
    kind: DEPENDENT
    dependent: {groups: [{items: [{workflow: parent, task: end, cycle: day, date: last1Days}]}]}
`

// apply imports and gives what became of each workflow, by name.
func (f *flows) apply(base string, in native.ImportInput) (native.Imported, map[string]string) {
	f.t.Helper()
	var out native.Imported
	f.call(f.developer, "POST", base+"/workflows:import", in).want(http.StatusOK).into(&out)
	changes := map[string]string{}
	for _, it := range out.Items {
		changes[it.Name] = it.Change
	}
	return out, changes
}

func (f *flows) tenant(code string) {
	f.t.Helper()
	must(f.t, f.store.Tenants.Create(f.t.Context(), &workflow.Tenant{Code: code, QueueID: 1}))
}

// environment makes one that the documents name.
func (f *flows) environment(name string) {
	f.t.Helper()
	must(f.t, f.store.Environments.Save(f.t.Context(), &workflow.Environment{Name: name}))
}

func want(t testing.TB, got map[string]string, pairs string) {
	t.Helper()
	var n int
	for pair := range strings.FieldsSeq(pairs) {
		n++
		name, change, _ := strings.Cut(pair, "=")
		if got[name] != change {
			t.Errorf("%s is %q, want %q", name, got[name], change)
		}
	}
	if len(got) != n {
		t.Errorf("got %v", got)
	}
}

func TestApply(t *testing.T) {
	f := newFlows(t)
	f.tenant("etl")
	f.environment("java")
	dry, changes := f.apply(f.base, native.ImportInput{Document: family, DryRun: true})
	want(t, changes, "child=CREATED parent=CREATED later=CREATED")
	var page native.List[native.Workflow]
	if f.call(f.viewer, "GET", f.base+"/workflows", nil).into(&page); dry.Applied || page.Total != 0 {
		t.Errorf("a dry run made %d workflows", page.Total)
	}
	done, changes := f.apply(f.base, native.ImportInput{Document: family})
	want(t, changes, "child=CREATED parent=CREATED later=CREATED")
	f.call(f.viewer, "GET", f.base+"/workflows?search=parent", nil).into(&page)
	if w := page.Items[0]; !done.Applied || !w.Online || len(w.Schedules) != 2 || !w.Schedules[0].Online || w.Schedules[0].NextDue == nil || w.Folder != "sales" {
		t.Errorf("made %+v", w)
	}
	for range 2 {
		_, changes = f.apply(f.base, native.ImportInput{Document: family})
		want(t, changes, "child=UNCHANGED parent=UNCHANGED later=UNCHANGED")
	}
	f.exportElsewhere()

	// One change, and one schedule less, of a workflow that stays online.
	edited := strings.Replace(strings.Replace(family, "times: 2", "times: 3", 1), "  - {cron: \"0 0 3 * * ?\"", "#", 1)
	out, changes := f.apply(f.base, native.ImportInput{Document: edited})
	want(t, changes, "child=UNCHANGED parent=UPDATED later=UNCHANGED")
	if d := out.Items[1].Diff; d == nil || len(d.Tasks) != 1 || d.Tasks[0].Fields[0] != "retry" || fmt.Sprint(d.Workflow) != "[schedules]" {
		t.Errorf("diff %+v", d)
	}
	page = native.List[native.Workflow]{}
	f.call(f.viewer, "GET", f.base+"/workflows?search=parent", nil).into(&page)
	if w := page.Items[0]; !w.Online || w.Version != 2 || len(w.Schedules) != 1 || !w.Schedules[0].Online || w.Schedules[0].NextDue == nil {
		t.Errorf("updated %+v", w)
	}
	// Nothing is said of schedules: they stay.
	bare := edited[:strings.Index(edited, "schedules:")] + edited[strings.Index(edited, "---\nname: later"):]
	_, changes = f.apply(f.base, native.ImportInput{Document: bare})
	want(t, changes, "child=UNCHANGED parent=UNCHANGED later=UNCHANGED")
}

// exportElsewhere exports, imports into another project and exports again.
func (f *flows) exportElsewhere() {
	f.t.Helper()
	f.call(f.developer, "POST", "/projects", native.ProjectInput{Name: "elsewhere"}).want(http.StatusCreated)
	first := f.call(f.viewer, "GET", f.base+"/workflows:export", nil).want(http.StatusOK)
	if ct := first.Header.Get("Content-Type"); ct != "application/yaml" || !strings.Contains(first.Header.Get("Content-Disposition"), "attachment") {
		f.t.Errorf("export is %s", ct)
	}
	_, changes := f.apply("/projects/elsewhere", native.ImportInput{Document: string(first.Body)})
	want(f.t, changes, "child=CREATED parent=CREATED later=CREATED")
	second := f.call(f.developer, "GET", "/projects/elsewhere/workflows:export", nil).want(http.StatusOK)
	if string(first.Body) != string(second.Body) {
		f.t.Errorf("exported\n%s\nthen\n%s", first.Body, second.Body)
	}
	_, changes = f.apply(f.base, native.ImportInput{Document: string(second.Body)})
	want(f.t, changes, "child=UNCHANGED parent=UNCHANGED later=UNCHANGED")
	some := f.call(f.viewer, "GET", f.base+"/workflows:export?label=team%3Dbi", nil).want(http.StatusOK)
	if strings.Contains(string(some.Body), "---") || !strings.Contains(string(some.Body), "name: parent") {
		f.t.Errorf("exported by label\n%s", some.Body)
	}
	f.call(f.viewer, "GET", f.base+"/workflows:export?ids=1,99", nil).problem(http.StatusNotFound, "definition.not_found")
}

// TestApplyAllOrNothing has one bad document among good ones.
func TestApplyAllOrNothing(t *testing.T) {
	f := newFlows(t)
	f.apply(f.base, native.ImportInput{Document: script("a") + "---\n" + script("c") + "---\nname: b\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {workflow: c}}]\n"})
	for name, text := range map[string]string{
		"a kind":         "name: bad\ntasks: [{name: a, kind: NONE}]\n",
		"a twin":         script("good"),
		"a circle":       "name: bad\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {workflow: worse}}]\n---\nname: worse\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {workflow: bad}}]\n",
		"itself":         "name: bad\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {workflow: bad}}]\n",
		"a way round":    "name: c\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {workflow: a}}]\n---\nname: a\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {workflow: b}}]\n",
		"a schedule":     script("bad") + "schedules: [{cron: never}]\n",
		"a zone":         script("bad") + "schedules: [{cron: \"0 0 1 * * ?\", timezone: Moon/Base}]\n",
		"a calendar":     script("bad") + "schedules: [{cron: \"0 0 1 * * ?\", calendar: {name: none, rule: WORKDAYS}}]\n",
		"an environment": script("bad") + "schedules: [{cron: \"0 0 1 * * ?\", environment: none}]\n",
		"offline":        script("bad") + "online: false\nschedules: [{cron: \"0 0 1 * * ?\", online: true}]\n",
		"a label":        script("bad") + "labels: {\"a=b\": c}\n",
		"a folder":       script("bad") + "folder: a//b\n",
		"no name":        "tasks: [{name: a, kind: NOOP}]\n",
	} {
		out, _ := f.apply(f.base, native.ImportInput{Document: script("good") + "---\n" + text})
		refused := 0
		for _, it := range out.Items {
			if it.Change == "REFUSED" {
				refused++
				if it.Message == "" || len(it.Problems) == 0 {
					t.Errorf("%s: no reason: %+v", name, it)
				}
			}
		}
		var page native.List[native.Workflow]
		if f.call(f.viewer, "GET", f.base+"/workflows", nil).into(&page); out.Applied || refused == 0 || page.Total != 3 {
			t.Errorf("%s: applied %v, %d refused, %d workflows", name, out.Applied, refused, page.Total)
		}
	}
	p := f.call(f.developer, "POST", f.base+"/workflows:import", native.ImportInput{Document: "name: a\n---\nname: [\n"}).problem(http.StatusUnprocessableEntity, "document.invalid")
	if len(p.Errors) != 1 || fmt.Sprint(p.Errors[0].Value) != "map[column:7 line:3]" {
		t.Errorf("%+v", p.Errors)
	}
}

func TestPrune(t *testing.T) {
	f := newFlows(t)
	label := "labels: {app: x}\n"
	f.apply(f.base, native.ImportInput{Document: script("a") + label + "---\n" + script("b") + label + "online: true\n---\n" + script("c")})
	in := native.ImportInput{Document: script("a") + label, Prune: &native.Prune{Label: "app=x"}, DryRun: true}
	_, changes := f.apply(f.base, in)
	want(t, changes, "a=UNCHANGED b=PRUNED")
	in.DryRun = false
	_, changes = f.apply(f.base, in)
	want(t, changes, "a=UNCHANGED b=PRUNED")
	f.call(f.viewer, "GET", f.base+"/workflows/b", nil).want(http.StatusNotFound)
	f.call(f.viewer, "GET", f.base+"/workflows/c", nil).want(http.StatusOK)
	_, changes = f.apply(f.base, in)
	want(t, changes, "a=UNCHANGED")
	in.Prune.Label = "app"
	f.call(f.developer, "POST", f.base+"/workflows:import", in).problem(http.StatusUnprocessableEntity, "label.invalid")
}

// TestOthersWorkflows sees that names and numbers open nothing.
func TestOthersWorkflows(t *testing.T) {
	f := newFlows(t)
	f.call(f.admin, "POST", "/projects", native.ProjectInput{Name: "secret"}).want(http.StatusCreated)
	var hidden native.Workflow
	f.call(f.admin, "POST", "/projects/secret/workflows", doc{script("hidden")}).want(http.StatusCreated).into(&hidden)
	for _, ref := range []string{"{project: secret, workflow: hidden}", fmt.Sprintf("{workflow: \"#%d\"}", hidden.ID)} {
		f.call(f.developer, "POST", f.base+"/workflows", doc{"name: x\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: " + ref + "}]\n"}).
			problem(http.StatusUnprocessableEntity, "document.invalid")
	}
	// What an admin put there stays, as a number, when others edit the rest.
	f.call(f.admin, "POST", f.base+"/workflows", doc{"name: x\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {project: secret, workflow: hidden}}]\n"}).want(http.StatusCreated)
	var x native.WorkflowDetail
	f.call(f.developer, "GET", f.base+"/workflows/x", nil).want(http.StatusOK).into(&x)
	if strings.Contains(x.Document, "hidden") || !strings.Contains(x.Document, fmt.Sprintf("#%d", hidden.ID)) {
		t.Errorf("shown as\n%s", x.Document)
	}
	_, changes := f.apply(f.base, native.ImportInput{Document: x.Document})
	want(t, changes, "x=UNCHANGED")
	_, changes = f.apply(f.base, native.ImportInput{Document: x.Document + "description: mine\n"})
	want(t, changes, "x=UPDATED")
	d, err := f.store.Definitions.Get(t.Context(), x.ID)
	must(t, err)
	if d.Tasks[0].SubWorkflow.DefinitionID != hidden.ID {
		t.Errorf("it runs %d now", d.Tasks[0].SubWorkflow.DefinitionID)
	}
}

// TestIdentityOfTasks sees that codes and what dialects left survive edits.
func TestIdentityOfTasks(t *testing.T) {
	f := newFlows(t)
	w := f.make("name: x\ntasks:\n  - {name: a, kind: SHELL, params: {rawScript: \"1\"}}\n  - {name: b, kind: SHELL, params: {rawScript: \"2\"}}\n  - {name: c, kind: NOOP}\nlayout: {a: {x: 1, y: 1}, c: {x: 3, y: 3}}\n")
	before, err := f.store.Definitions.Get(t.Context(), w.ID)
	must(t, err)
	codes := map[string]int64{}
	for _, k := range before.Tasks {
		codes[k.Name] = k.Code
	}
	f.apply(f.base, native.ImportInput{Document: "name: x\ntasks:\n  - {name: a2, kind: SHELL, params: {rawScript: \"1\"}}\n  - {name: b2, kind: SHELL, params: {rawScript: \"2\"}}\n  - {name: c, kind: NOOP, needs: [b2]}\n"})
	after, err := f.store.Definitions.Get(t.Context(), w.ID)
	must(t, err)
	now := map[string]int64{}
	for _, k := range after.Tasks {
		now[k.Name] = k.Code
	}
	if now["a2"] != codes["a"] || now["b2"] != codes["b"] || now["c"] != codes["c"] || now["c"] == 0 {
		t.Errorf("codes were %v, are %v", codes, now)
	}
	var d native.WorkflowDetail
	f.call(f.viewer, "GET", f.base+"/workflows/x", nil).into(&d)
	if len(d.Spec.Layout) != 2 || d.Spec.Layout["a2"].X != 1 {
		t.Errorf("drawn %+v", d.Spec.Layout)
	}
	f.apply(f.base, native.ImportInput{Document: "name: x\ntasks:\n  - {name: a3, kind: SHELL, params: {rawScript: \"9\"}}\n  - {name: b2, kind: SHELL, params: {rawScript: \"2\"}}\n  - {name: c, kind: NOOP, needs: [b2]}\n"})
	if after, err = f.store.Definitions.Get(t.Context(), w.ID); err != nil || after.Tasks[0].Code != codes["a"] {
		t.Errorf("the only one that was renamed and edited has code %d, %v", after.Tasks[0].Code, err)
	}
}

// TestOnce repeats requests that make something.
func TestOnce(t *testing.T) {
	f := newFlows(t)
	send := func(key, document string) reply {
		return f.call(f.developer, "POST", f.base+"/workflows", doc{document}, "Idempotency-Key", key)
	}
	first := send("k1", script("a")).want(http.StatusCreated)
	if first.Header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer is a repeat")
	}
	again := send("k1", script("a")).want(http.StatusCreated)
	if string(again.Body) != string(first.Body) || again.Header.Get("Idempotent-Replayed") != "true" || again.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
		t.Errorf("first %s\nthen %s", first.Body, again.Body)
	}
	send("k1", script("b")).problem(http.StatusUnprocessableEntity, "idempotency.reused")
	send(strings.Repeat("k", 201), script("b")).problem(http.StatusUnprocessableEntity, "idempotency.key")

	// A refusal is no answer: what was mended goes through.
	send("k2", script("a")).problem(http.StatusConflict, "definition.exists")
	send("k2", script("a")).problem(http.StatusConflict, "definition.exists")
	f.call(f.developer, "DELETE", f.base+"/workflows/a", nil).want(http.StatusNoContent)
	send("k2", script("a")).want(http.StatusCreated)
	// Others' keys are theirs.
	f.call(f.other, "POST", f.base+"/workflows", doc{script("c")}, "Idempotency-Key", "k1").want(http.StatusCreated)
	// What changes nothing is just done again.
	for range 2 {
		f.call(f.viewer, "POST", f.base+"/workflows:check", doc{script("a")}, "Idempotency-Key", "k3").want(http.StatusOK)
	}
	// What is shown once is not shown again.
	token := map[string]any{"expires": time.Now().Add(time.Hour)}
	f.call(f.viewer, "POST", "/tokens", token, "Idempotency-Key", "t").want(http.StatusCreated)
	f.call(f.viewer, "POST", "/tokens", token, "Idempotency-Key", "t").problem(http.StatusConflict, "idempotency.done")
	f.concurrently()
}

// concurrently sends one request many times at once.
func (f *flows) concurrently() {
	f.t.Helper()
	const n = 8
	replies := make(chan reply, n)
	for range n {
		go func() {
			replies <- f.call(f.developer, "POST", f.base+"/workflows", doc{script("raced")}, "Idempotency-Key", "race")
		}()
	}
	bodies := map[string]int{}
	for range n {
		select {
		case r := <-replies:
			bodies[fmt.Sprint(r.Status, string(r.Body))]++
		case <-time.After(time.Minute):
			f.t.Fatal("no answer")
		}
	}
	if len(bodies) != 1 {
		f.t.Errorf("answers %v", bodies)
	}
}
