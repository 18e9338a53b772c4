package native_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// flows is a world with a project and people of every role in it.
type flows struct {
	*world
	base                                         string
	viewer, operator, developer, other, stranger as
}

func newFlows(t *testing.T) *flows {
	t.Helper()
	w := newWorld(t)
	w.call(w.admin, "POST", "/projects", native.ProjectInput{Name: "etl"}).want(http.StatusCreated)
	f := &flows{world: w, base: "/projects/etl"}
	p, err := w.store.Projects.ByName(t.Context(), "etl")
	must(t, err)
	join := func(name string, role workflow.ProjectRole) as {
		u := w.user(name, workflow.RoleGeneral)
		must(t, w.store.Members.Set(t.Context(), p.ID, u.ID, role))
		return w.as(u)
	}
	f.viewer, f.operator = join("vera", workflow.RoleViewer), join("otto", workflow.RoleOperator)
	f.developer, f.other = join("dora", workflow.RoleDeveloper), join("dirk", workflow.RoleDeveloper)
	f.stranger = w.as(w.user("sven", workflow.RoleGeneral))
	return f
}

type doc struct {
	Document string `json:"document"`
}

// make makes a workflow of a document.
func (f *flows) make(document string) native.Workflow {
	f.t.Helper()
	var w native.Workflow
	f.call(f.developer, "POST", f.base+"/workflows", doc{document}).want(http.StatusCreated).into(&w)
	return w
}

func script(name string) string {
	return "name: " + name + "\ntasks:\n  - name: a\n    kind: SHELL\n    params: {rawScript: echo}\n"
}

func TestWorkflows(t *testing.T) {
	f := newFlows(t)
	w := f.make(script("daily") + "  - {name: b, kind: NOOP, needs: [a]}\nlayout: {a: {x: 1, y: 2}}\nlabels: {team: bi}\nfolder: sales/eu\n")
	if w.Name != "daily" || w.Version != 1 || w.Online || w.Owner != "dora" || w.Folder != "sales/eu" || w.Labels["team"] != "bi" || w.Last != nil || w.HasDraft {
		t.Errorf("made %+v", w)
	}
	one := fmt.Sprint(f.base, "/workflows/", w.ID)
	var detail native.WorkflowDetail
	f.call(f.viewer, "GET", f.base+"/workflows/daily", nil).want(http.StatusOK).into(&detail)
	if detail.Spec.Tasks[1].Needs[0] != "a" || !strings.Contains(detail.Document, "rawScript: echo") || detail.Spec.Layout["a"].X != 1 {
		t.Errorf("detail %+v", detail)
	}
	f.call(f.developer, "POST", f.base+"/workflows", doc{script("daily")}).problem(http.StatusConflict, "definition.exists")
	f.call(f.developer, "POST", f.base+"/workflows", struct{}{}).problem(http.StatusUnprocessableEntity, "param.invalid")

	f.call(f.developer, "PUT", one+"/online", map[string]bool{"online": true}).want(http.StatusOK).into(&w)
	if !w.Online {
		t.Error("it is not online")
	}
	f.call(f.developer, "DELETE", one, nil).problem(http.StatusConflict, "definition.still_online")
	w = native.Workflow{}
	f.call(f.developer, "PUT", one+"/sorting", map[string]any{"folder": "/x/", "labels": map[string]string{"a": "b"}}).want(http.StatusOK).into(&w)
	if w.Folder != "x" || len(w.Labels) != 1 {
		t.Errorf("sorted %+v", w)
	}
	f.call(f.developer, "PUT", one+"/sorting", map[string]any{"folder": "x//y"}).problem(http.StatusUnprocessableEntity, "folder.invalid")

	var copied native.Workflow
	f.call(f.developer, "POST", one+"/copy", map[string]string{"name": "again"}).want(http.StatusCreated).into(&copied)
	if copied.Online || copied.Name != "again" {
		t.Errorf("copied %+v", copied)
	}
	f.call(f.developer, "POST", one+"/copy", struct{}{}).want(http.StatusCreated)
	var folders native.List[native.Folder]
	f.call(f.viewer, "GET", f.base+"/folders", nil).want(http.StatusOK).into(&folders)
	if len(folders.Items) != 1 || folders.Items[0] != (native.Folder{Folder: "x", Workflows: 1}) {
		t.Errorf("folders %+v", folders)
	}
	f.call(f.other, "DELETE", fmt.Sprint(f.base, "/workflows/", copied.ID), nil).want(http.StatusNoContent)
	f.call(f.viewer, "GET", fmt.Sprint(f.base, "/workflows/", copied.ID), nil).problem(http.StatusNotFound, "definition.not_found")
	f.call(f.viewer, "GET", f.base+"/workflows/nobody", nil).problem(http.StatusNotFound, "definition.not_found")
}

func TestWorkflowLists(t *testing.T) {
	f := newFlows(t)
	f.make(script("alpha") + "folder: x\nlabels: {team: bi, tier: \"1\"}\n")
	f.make(script("bravo") + "folder: x/y\nlabels: {team: bi}\nonline: true\n")
	f.make(script("charlie"))
	for query, want := range map[string]string{
		"": "alpha bravo charlie", "sort=-name": "charlie bravo alpha", "sort=-created": "charlie bravo alpha", "search=rav": "bravo",
		"folder=x": "alpha bravo", "folder=x/y": "bravo", "label=team%3Dbi": "alpha bravo", "label=team%3Dbi&label=tier%3D1": "alpha",
		"online=true": "bravo", "online=false": "alpha charlie", "limit=2": "alpha bravo",
	} {
		var page native.List[native.Workflow]
		f.call(f.viewer, "GET", f.base+"/workflows?"+query, nil).want(http.StatusOK).into(&page)
		var names []string
		for _, w := range page.Items {
			names = append(names, w.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q gives %q, want %q", query, got, want)
		}
	}
	f.call(f.viewer, "GET", f.base+"/workflows?label=x", nil).problem(http.StatusUnprocessableEntity, "label.invalid")
	f.call(f.viewer, "GET", f.base+"/workflows?sort=size", nil).want(http.StatusUnprocessableEntity)
}

// TestTwoEditors lets two people edit one draft.
func TestTwoEditors(t *testing.T) {
	f := newFlows(t)
	var w native.Workflow
	f.call(f.developer, "POST", f.base+"/workflows", map[string]string{"name": "new"}).want(http.StatusCreated).into(&w)
	if w.Version != 0 || !w.HasDraft || *w.DraftRevision != 1 {
		t.Fatalf("begun %+v", w)
	}
	one := fmt.Sprint(f.base, "/workflows/", w.ID)
	f.call(f.developer, "PUT", one+"/online", map[string]bool{"online": true}).problem(http.StatusConflict, "definition.empty")
	first := f.call(f.developer, "GET", one+"/draft", nil).want(http.StatusOK)
	if first.Header.Get("ETag") != `"1"` || !strings.Contains(string(first.Body), "name: new") {
		t.Errorf("draft %s of %s", first.Body, first.Header.Get("ETag"))
	}
	saved := f.call(f.developer, "PUT", one+"/draft", doc{script("new")}, "If-Match", `"1"`).want(http.StatusOK)
	if saved.Header.Get("ETag") != `"2"` {
		t.Errorf("ETag %s", saved.Header.Get("ETag"))
	}
	p := f.call(f.other, "PUT", one+"/draft", doc{"name: mine"}, "If-Match", `"1"`).problem(http.StatusPreconditionFailed, "revision.changed")
	if p.Current == nil || p.Current.Revision != 2 || p.Current.UpdatedBy != "dora" || p.Current.Document != script("new") {
		t.Errorf("the other's draft is %+v", p.Current)
	}
	f.call(f.other, "PUT", one+"/draft", doc{"not: [valid"}, "If-Match", `"2"`).want(http.StatusOK)
	f.call(f.other, "PUT", one+"/draft", doc{"x"}).want(http.StatusUnprocessableEntity)
	f.call(f.other, "PUT", one+"/draft", doc{"x"}, "If-Match", "two").problem(http.StatusUnprocessableEntity, "revision.invalid")

	f.call(f.developer, "POST", one+"/publish", map[string]any{"revision": 2}).problem(http.StatusPreconditionFailed, "revision.changed")
	p = f.call(f.developer, "POST", one+"/publish", map[string]any{"revision": 3}).problem(http.StatusUnprocessableEntity, "document.invalid")
	if len(p.Errors) != 1 {
		t.Errorf("errors %+v", p.Errors)
	}
	f.call(f.developer, "PUT", one+"/draft", doc{script("new")}, "If-Match", `"3"`).want(http.StatusOK)
	f.call(f.developer, "POST", one+"/publish", map[string]any{"revision": 4, "comment": "first"}).want(http.StatusOK).into(&w)
	if w.Version != 1 || w.HasDraft {
		t.Errorf("published %+v", w)
	}
	if got := f.call(f.developer, "GET", one+"/draft", nil).want(http.StatusOK); got.Header.Get("ETag") != `"0"` {
		t.Errorf("after publishing the draft is %s", got.Header.Get("ETag"))
	}
	f.call(f.developer, "POST", one+"/publish", map[string]any{"revision": 4}).problem(http.StatusNotFound, "draft.not_found")
}

// TestPublishedUnderUs changes the workflow while it is edited.
func TestPublishedUnderUs(t *testing.T) {
	f := newFlows(t)
	w := f.make(script("flow") + "online: true\n")
	one := fmt.Sprint(f.base, "/workflows/", w.ID)
	f.call(f.developer, "PUT", one+"/draft", doc{script("flow") + "description: mine\n"}, "If-Match", `"0"`).want(http.StatusOK)
	f.call(f.other, "POST", f.base+"/workflows:import", doc{script("flow") + "description: theirs\n"}).want(http.StatusOK)
	f.call(f.developer, "POST", one+"/publish", map[string]any{"revision": 1}).problem(http.StatusConflict, "definition.changed")
	f.call(f.developer, "POST", one+"/publish", map[string]any{"revision": 1, "baseVersion": 2}).want(http.StatusOK).into(&w)
	if w.Version != 3 || !w.Online || w.Description != "mine" {
		t.Errorf("published %+v", w)
	}
	var versions native.List[native.WorkflowVersion]
	f.call(f.viewer, "GET", one+"/versions", nil).want(http.StatusOK).into(&versions)
	if len(versions.Items) != 3 || !versions.Items[0].Current || versions.Items[1].ModifiedBy != "dirk" {
		t.Errorf("versions %+v", versions)
	}
	var old native.VersionDetail
	f.call(f.viewer, "GET", one+"/versions/2", nil).want(http.StatusOK).into(&old)
	if old.Spec.Description != "theirs" || !strings.Contains(old.Document, "theirs") {
		t.Errorf("version 2 is %+v", old)
	}
	f.call(f.viewer, "GET", one+"/versions/9", nil).problem(http.StatusNotFound, "version.not_found")
	restored := f.call(f.developer, "POST", one+"/versions/2/restore", nil).want(http.StatusOK)
	if restored.Header.Get("ETag") != `"1"` || !strings.Contains(string(restored.Body), "theirs") {
		t.Errorf("restored %s", restored.Body)
	}
	f.call(f.other, "POST", one+"/versions/1/restore", nil).problem(http.StatusPreconditionFailed, "revision.changed")
	f.call(f.other, "POST", one+"/versions/1/restore", nil, "If-Match", `"1"`).want(http.StatusOK)

	var d native.Diff
	f.call(f.viewer, "GET", one+"/diff?from=2&to=3", nil).want(http.StatusOK).into(&d)
	if len(d.Workflow) != 1 || d.Workflow[0] != "description" || len(d.Tasks) != 0 || !strings.Contains(d.To.Document, "mine") {
		t.Errorf("diff %+v", d)
	}
	f.call(f.viewer, "GET", one+"/diff?from=1&to=draft", nil).want(http.StatusOK)
	f.call(f.viewer, "GET", one+"/diff?from=1&to=x", nil).want(http.StatusUnprocessableEntity)
	f.call(f.other, "DELETE", one+"/draft", nil, "If-Match", `"1"`).problem(http.StatusPreconditionFailed, "revision.changed")
	f.call(f.other, "DELETE", one+"/draft", nil).want(http.StatusNoContent)
	f.call(f.viewer, "GET", one+"/diff?from=1&to=draft", nil).problem(http.StatusNotFound, "draft.not_found")
}

func TestCheck(t *testing.T) {
	f := newFlows(t)
	var c native.Checked
	check := func(text string) native.Checked {
		t.Helper()
		c = native.Checked{}
		f.call(f.viewer, "POST", f.base+"/workflows:check", doc{text}).want(http.StatusOK).into(&c)
		return c
	}
	if check(script("fine")); !c.Valid || c.Spec.Tasks[0].Name != "a" || len(c.Problems) != 0 {
		t.Errorf("%+v", c)
	}
	check("name: x\ntenant: nobody\ntasks:\n  - name: a\n    kind: SHELL\n    params: {rawScript: \"\"}\n  - name: b\n    kind: NONE\n" +
		"  - name: c\n    kind: SUB_WORKFLOW\n    subWorkflow: {workflow: gone}\n  - name: d\n    kind: SUB_WORKFLOW\n    subWorkflow: {workflow: \"#7\"}\n")
	got := map[string]int{}
	for _, p := range c.Problems {
		got[p.Path] = p.Line
	}
	for path, line := range map[string]int{"tenant": 2, "tasks[0].params.rawScript": 6, "tasks[1]": 7, "tasks[2].subWorkflow": 11, "tasks[3].subWorkflow": 14} {
		if got[path] != line {
			t.Errorf("%s is on line %d, want %d: %+v", path, got[path], line, c.Problems)
		}
	}
	if check("name: ["); c.Valid || c.Spec != nil || len(c.Problems) != 1 || c.Problems[0].Line != 1 {
		t.Errorf("%+v", c)
	}
	w := f.make(script("self"))
	if check(fmt.Sprintf("name: self\ntasks: [{name: a, kind: SUB_WORKFLOW, subWorkflow: {workflow: self}}] # %d\n", w.ID)); c.Valid || c.Problems[0].Path != "tasks" {
		t.Errorf("a workflow that runs itself: %+v", c)
	}
	for name, text := range map[string]string{
		"bomb": "a: &a [x]\nb: [*a, *a]\n", "deep": strings.Repeat("[", 100_000), "not text": "name: \xff", "two": "name: a\n---\nname: b\n",
		"type": "name: 1\ntasks: {}\n", "null": "~", "scalar": "3", "empty": "", "merge": "<<: {name: x}\ntasks: []\n", "huge": "name: " + strings.Repeat("x", 5_000_000),
		"control": "name: \"a\\u0000\"\ntasks: [{name: \"b\\u0000\", kind: NOOP}]\n",
	} {
		if check(text); c.Valid || len(c.Problems) == 0 {
			t.Errorf("%s is valid: %+v", name, c.Spec)
		}
	}
}

// TestWorkflowRoles calls every operation as everybody.
func TestWorkflowRoles(t *testing.T) {
	f := newFlows(t)
	w := f.make(script("flow"))
	one := fmt.Sprint(f.base, "/workflows/", w.ID)
	const viewer, operator, developer = 0, 1, 2
	for _, c := range []struct {
		method, path string
		body         any
		least        int
	}{
		{"GET", f.base + "/workflows", nil, viewer}, {"GET", one, nil, viewer}, {"GET", one + "/versions", nil, viewer},
		{"GET", one + "/versions/1", nil, viewer}, {"GET", one + "/diff?from=1&to=1", nil, viewer}, {"GET", f.base + "/folders", nil, viewer},
		{"GET", f.base + "/workflows:export", nil, viewer}, {"POST", f.base + "/workflows:check", doc{"x"}, viewer},
		{"POST", f.base + "/parameters:preview", map[string]any{"date": "2024-02-29T00:00:00Z"}, viewer},
		{"POST", f.base + "/workflows:batch", map[string]any{"ids": []int64{w.ID}, "action": "RUN"}, operator},
		{"POST", f.base + "/workflows:batch", map[string]any{"ids": []int64{w.ID}, "action": "OFFLINE"}, developer},
		{"POST", f.base + "/workflows", doc{"x"}, developer}, {"GET", one + "/draft", nil, developer}, {"PUT", one + "/draft", doc{"x"}, developer},
		{"DELETE", one + "/draft", nil, developer}, {"POST", one + "/publish", map[string]any{"revision": 9}, developer},
		{"POST", one + "/versions/1/restore", nil, developer}, {"PUT", one + "/online", map[string]bool{"online": false}, developer},
		{"PUT", one + "/sorting", map[string]any{}, developer}, {"POST", one + "/copy", map[string]any{}, developer},
		{"POST", f.base + "/workflows:import", doc{"x"}, developer}, {"DELETE", f.base + "/workflows/999999", nil, developer},
	} {
		for i, who := range []as{f.viewer, f.operator, f.developer} {
			got := f.call(who, c.method, c.path, c.body).Status
			if (got == http.StatusForbidden) != (i < c.least) {
				t.Errorf("%s %s as number %d: HTTP %d", c.method, c.path, i, got)
			}
		}
		f.call(f.stranger, c.method, c.path, c.body).problem(http.StatusForbidden, "project.forbidden")
		f.call(nil, c.method, c.path, c.body).want(http.StatusUnauthorized)
	}
}

func TestBatch(t *testing.T) {
	f := newFlows(t)
	a, b := f.make(script("a")), f.make(script("b"))
	var r native.BatchResult
	batch := func(action string, ids ...int64) native.BatchResult {
		t.Helper()
		r = native.BatchResult{}
		f.call(f.developer, "POST", f.base+"/workflows:batch", map[string]any{"ids": ids, "action": action}).want(http.StatusOK).into(&r)
		return r
	}
	if batch("ONLINE", a.ID, 999, b.ID); len(r.Done) != 2 || len(r.Failed) != 1 || r.Failed[0].Reason != "definition.not_found" {
		t.Errorf("%+v", r)
	}
	if batch("RUN", a.ID); len(r.Failed) != 1 || r.Failed[0].Reason != "tenant.unsuitable" {
		t.Errorf("%+v", r)
	}
	batch("OFFLINE", a.ID)
	if batch("DELETE", a.ID, b.ID); len(r.Done) != 1 || r.Failed[0].Reason != "definition.still_online" {
		t.Errorf("%+v", r)
	}
	f.call(f.developer, "POST", f.base+"/workflows:batch", map[string]any{"ids": []int64{1}, "action": "EAT"}).want(http.StatusUnprocessableEntity)
}

func TestKinds(t *testing.T) {
	f := newFlows(t)
	var kinds native.List[native.Kind]
	f.call(f.stranger, "GET", "/kinds", nil).want(http.StatusOK).into(&kinds)
	seen := map[workflow.Kind]native.Kind{}
	for _, k := range kinds.Items {
		seen[k.ID] = k
		if k.Title.EN == "" || k.Title.ZH == "" || k.Help.ZH == "" || k.Icon == "" {
			t.Errorf("%s is not described: %+v", k.ID, k)
		}
	}
	if k := seen[workflow.KindShell]; k.Section != "params" || !strings.Contains(string(k.Schema), `"x-widget":"script"`) {
		t.Errorf("%+v", k)
	}
	if k := seen[workflow.KindSwitch]; !k.Logic || k.Section != "switch" {
		t.Errorf("%+v", k)
	}
}

func TestParameters(t *testing.T) {
	f := newFlows(t)
	var p native.Parameters
	f.call(f.viewer, "POST", f.base+"/parameters:preview", map[string]any{"date": "2024-02-29T20:00:00Z", "timezone": "Asia/Shanghai",
		"globalParams": []any{map[string]any{"name": "day", "value": "$[yyyyMMdd-1]"}},
		"localParams":  []any{map[string]any{"name": "file", "value": "/x/${day}"}}, "text": "cp ${file} $[HH] ${HOME}"}).want(http.StatusOK).into(&p)
	if p.Values["day"] != "20240229" || p.Text != "cp /x/20240229 04 ${HOME}" || p.Values["system.biz.date"] != "20240229" {
		t.Errorf("%+v", p)
	}
	f.call(f.viewer, "POST", f.base+"/parameters:preview", map[string]any{"date": "2024-02-29T20:00:00Z", "timezone": "Moon/Base"}).
		problem(http.StatusUnprocessableEntity, "schedule.zone")
}

// TestWorkflowNamesInPaths looks at names that mean something to URLs.
func TestWorkflowNamesInPaths(t *testing.T) {
	f := newFlows(t)
	for _, name := range []string{"a b", "x/y", "日报", "100%", "q?r", "w:export"} {
		f.make("name: '" + name + "'\ntasks: [{name: a, kind: NOOP}]\n")
		var w native.WorkflowDetail
		f.call(f.viewer, "GET", f.base+"/workflows/"+url.PathEscape(name), nil).want(http.StatusOK).into(&w)
		if w.Name != name {
			t.Errorf("%q is %q", name, w.Name)
		}
	}
}
