package dolphin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// importFile imports as the admin.
func (w *world) importFile(project string, content []byte) reply {
	w.t.Helper()
	return w.importAs(token(w.admin), project, content)
}

// importAs imports as somebody.
func (w *world) importAs(who as, project string, content []byte) reply {
	w.t.Helper()
	return w.call(who, http.MethodPost, "/projects/import-definition", "@file", "flows.json:"+string(content), "projectName", project)
}

// definitions gives a project's workflows by name.
func (w *world) definitions(projectID int64) map[string]workflow.Definition {
	w.t.Helper()
	rows, err := w.store.Definitions.All(w.t.Context(), projectID)
	must(w.t, err)
	byName := map[string]workflow.Definition{}
	for _, row := range rows {
		byName[row.Name] = row.Definition
	}
	return byName
}

// imported gives the workflow that an import made of another.
func (w *world) imported(projectID int64, name string) workflow.Definition {
	w.t.Helper()
	for n, d := range w.definitions(projectID) {
		if strings.HasPrefix(n, name+"_import_") {
			return d
		}
	}
	w.t.Fatalf("there is no import of %s", name)
	return workflow.Definition{}
}

// TestImportOfTheOriginalsFile imports a file as 1.3.9 writes it and starts it.
func TestImportOfTheOriginalsFile(t *testing.T) {
	w := newWorld(t)
	w.uc.Kinds = task.NewRegistry(anyKind{workflow.KindShell}, anyKind{workflow.KindSQL})
	must(t, w.store.Tenants.Create(t.Context(), &workflow.Tenant{Code: "etl", QueueID: 1}))
	p := w.project("target", 1)
	source := workflow.DataSource{Name: "orders", Type: workflow.MySQL, UserID: 1}
	must(t, w.store.DataSources.Create(t.Context(), &source))
	text, err := os.ReadFile("testdata/export139.json")
	must(t, err)
	w.importFile("target", text).is(t, ok, status.Success)
	d := w.imported(p.ID, "daily report")
	if d.ReleaseState != workflow.Offline || d.Description != "made elsewhere" || len(d.Tasks) != 3 || d.TenantID != 0 {
		t.Errorf("imported %+v", d)
	}
	view := into[struct{ ProcessDefinitionJSON, Locations string }](t, w.get("/projects/target/process/select-by-id", "processId", fmt.Sprint(d.ID)))
	for _, want := range []string{fmt.Sprintf(`"datasource":%d`, source.ID), `"resourceList":[{"id":7}]`, `"definitionId":21`} {
		if !strings.Contains(view.ProcessDefinitionJSON, want) {
			t.Errorf("%s is not in %s", want, view.ProcessDefinitionJSON)
		}
	}
	if strings.Contains(view.ProcessDefinitionJSON, "datasourceName") || !strings.Contains(view.Locations, "tasks-1") {
		t.Errorf("definition %+v", view)
	}
	schedules, err := w.store.Schedules.ByDefinition(t.Context(), d.ID)
	must(t, err)
	if len(schedules) != 1 || schedules[0].ReleaseState != workflow.Offline || schedules[0].Cron != "0 0 2 * * ? *" ||
		schedules[0].Start.WarningGroupID != 1 || schedules[0].Start.Priority != workflow.High || schedules[0].Start.WorkerGroup != "gone" {
		t.Errorf("schedules %+v", schedules)
	}
	w.post("/projects/target/process/release", "processId", fmt.Sprint(d.ID), "releaseState", "1").is(t, ok, status.Success)
	root, err := w.store.Users.Get(t.Context(), 1)
	must(t, err)
	root.TenantID = 1
	must(t, w.store.Users.Update(t.Context(), &root))
	w.worker(coord.Member{ID: "m1", Role: coord.Master, Addr: "10.0.0.2:5678", StartTime: w.now()})
	w.post("/projects/target/executors/start-process-instance", "processDefinitionId", fmt.Sprint(d.ID), "failureStrategy", "END",
		"warningType", "NONE", "warningGroupId", "0").is(t, ok, status.Success)
}

// TestExportsComeBackEqual exports workflows that run each other, imports them
// elsewhere and exports them again.
func TestExportsComeBackEqual(t *testing.T) {
	w := newWorld(t)
	p, q := w.project("from", 1), w.project("to", 1)
	shell := `{"type":"SHELL","id":"tasks-1","name":"a","params":{"rawScript":"echo '<&>'","localParams":[],"resourceList":[{"id":7}]},"preTasks":[],"maxRetryTimes":"2","timeout":{"strategy":"","interval":null,"enable":false},"odd":{"k":[1.0]}}`
	save := func(name, tasks string) workflow.Definition {
		w.post("/projects/from/process/save", "name", name, "processDefinitionJson", `{"globalParams":[],"timeout":"3","tenantId":-1,"tasks":[`+tasks+`]}`,
			"locations", `{"tasks-1":{"x":1}}`, "connects", "[]", "description", "of "+name).is(t, created, status.Success)
		return w.definitions(p.ID)[name]
	}
	child := save("child", shell)
	dependent := fmt.Sprintf(`{"type":"DEPENDENT","id":"tasks-3","name":"d","params":{},"preTasks":["s"],"dependence":{"relation":"AND","dependTaskList":[{"relation":"AND","dependItemList":[{"projectId":%d,"definitionId":%d,"depTasks":"ALL","cycle":"day","dateValue":"today"}]}]}}`, p.ID, child.ID)
	parent := save("parent", shell+fmt.Sprintf(`,{"type":"SUB_PROCESS","id":"tasks-2","name":"s","params":{"processDefinitionId":%d},"preTasks":["a"]},`, child.ID)+dependent)
	sc := workflow.Schedule{ProjectID: p.ID, DefinitionID: parent.ID, UserID: 1, Cron: "0 0 1 * * ? *", Timezone: "UTC", Misfire: workflow.MisfireSkip,
		StartTime: w.now(), EndTime: w.now().AddDate(1, 0, 0), Start: workflow.StartOptions{WarningGroupID: 1, WarningType: "ALL", FailureStrategy: "END", Priority: workflow.Low}}
	must(t, w.store.Schedules.Create(t.Context(), &sc))
	export := func(project string, ids ...int64) []map[string]any {
		r := w.get("/projects/"+project+"/process/export", "processDefinitionIds", strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]"))
		if r.Header.Get("Content-Type") != "application/json;charset=UTF-8" || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("headers are %v", r.Header)
		}
		var list []map[string]any
		decode(t, r.Body, &list)
		return list
	}
	first := export("from", parent.ID, child.ID)
	raw, err := json.Marshal(first)
	must(t, err)
	w.importFile("to", raw).is(t, ok, status.Success)
	// In another project the sub-workflow is a copy, also in the file itself.
	theChild, theParent, copied := w.imported(q.ID, "child"), w.imported(q.ID, "parent"), w.definitions(q.ID)["child"]
	if theParent.Tasks[1].SubWorkflow.DefinitionID != copied.ID || copied.ID == 0 || copied.ReleaseState != workflow.Offline {
		t.Errorf("the parent runs %+v, want the copy %d", theParent.Tasks[1].SubWorkflow, copied.ID)
	}
	second := export("to", theParent.ID, theChild.ID)
	// What must differ: names, projects, and the ids of what was copied.
	blank := func(list []map[string]any) string {
		out := ""
		for _, m := range list {
			for _, key := range []string{"projectName", "processDefinitionName"} {
				delete(m, key)
			}
			var process any
			decode(t, []byte(m["processDefinitionJson"].(string)), &process)
			delete(m, "processDefinitionJson")
			text, err := json.Marshal([]any{m, process})
			must(t, err)
			out += string(text) + "\n"
		}
		return out
	}
	a := strings.NewReplacer(fmt.Sprintf(`"processDefinitionId":%d`, child.ID), "SUB", `"processDefinitionName":"child","projectName":"from"`, "NAME").Replace(blank(first))
	b := strings.NewReplacer(fmt.Sprintf(`"processDefinitionId":%d`, copied.ID), "SUB", `"processDefinitionName":"child","projectName":"to"`, "NAME").Replace(blank(second))
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
}

// TestImportElsewhere imports into an installation where the ids mean nothing,
// or something else.
func TestImportElsewhere(t *testing.T) {
	w := newWorld(t)
	p := w.project("p", 1)
	other := w.project("other", 1)
	stranger := workflow.Definition{ProjectID: other.ID, Name: "unrelated", UserID: 1}
	must(t, w.store.Definitions.Create(t.Context(), &stranger))
	meta := func(name, tasks string) string {
		process, _ := json.Marshal(`{"tasks":[` + tasks + `],"tenantId":77}`)
		return fmt.Sprintf(`{"projectName":"theirs","processDefinitionName":%q,"processDefinitionJson":%s}`, name, process)
	}
	sub := func(id int64, name string) string {
		return fmt.Sprintf(`{"type":"SUB_PROCESS","name":"s","params":{"processDefinitionId":%d,"processDefinitionName":%q,"projectName":"theirs"}}`, id, name)
	}
	file := "[" + meta("top", sub(stranger.ID, "bottom")) + "," + meta("bottom", `{"type":"SHELL","name":"a","params":{"rawScript":"x"}}`) + "," + meta("dangling", sub(999, "nowhere")) + "]"
	w.importFile("p", []byte(file)).is(t, ok, status.Success)
	top, bottom := w.imported(p.ID, "top"), w.imported(p.ID, "bottom")
	if top.Tasks[0].SubWorkflow.DefinitionID != bottom.ID || top.TenantID != 0 {
		t.Errorf("top is %+v, want it to run %d", top, bottom.ID)
	}
	if d := w.imported(p.ID, "dangling"); d.Tasks[0].SubWorkflow.DefinitionID != 999 {
		t.Errorf("dangling is %+v", d)
	}
	before := len(w.definitions(p.ID))
	shell := `{"type":"SHELL","name":"a","params":{"rawScript":"x"}}`
	for name, c := range map[string]struct {
		file string
		want status.Constant
	}{
		"no JSON":     {"x", status.ImportProcessDefineError},
		"no list":     {"{}", status.ImportProcessDefineError},
		"empty":       {"[]", status.DataIsNull},
		"no project":  {`[{"processDefinitionName":"n","processDefinitionJson":"{}"}]`, status.DataIsNull},
		"no name":     {`[{"projectName":"n","processDefinitionJson":"{}"}]`, status.DataIsNull},
		"no workflow": {`[{"projectName":"n","processDefinitionName":"n"}]`, status.DataIsNull},
		"nonsense":    {`[{"projectName":"n","processDefinitionName":"n","processDefinitionJson":"{}"}]`, status.DataIsNotValid},
		"second bad":  {"[" + meta("fine", shell) + "," + meta("bad", `{"type":"NONE","name":"a","params":{}}`) + "]", status.ProcessNodeSParameterInvalid},
		"circle":      {"[" + meta("x1", sub(0, "x2")) + "," + meta("x2", sub(0, "x1")) + "]", status.ProcessNodeSParameterInvalid},
		"round":       {"[" + meta("x1", sub(990, "x2")) + "," + meta("x2", sub(991, "x1")) + "]", status.ProcessNodeHasCycle},
		"schedule":    {strings.Replace("["+meta("fine", shell)+"]", `{"projectName"`, `{"scheduleCrontab":"x","scheduleStartTime":"2030-01-01 00:00:00","scheduleEndTime":"2031-01-01 00:00:00","projectName"`, 1), status.RequestParamsNotValidError},
		"no dates":    {strings.Replace("["+meta("fine", shell)+"]", `{"projectName"`, `{"scheduleCrontab":"0 0 1 * * ? *","projectName"`, 1), status.ImportProcessDefineError},
	} {
		t.Run(name, func(t *testing.T) {
			w.importFile("p", []byte(c.file)).is(t, ok, c.want)
			if n := len(w.definitions(p.ID)); n != before {
				t.Errorf("%d workflows, want %d as before", n, before)
			}
		})
	}
	ann := w.user("ann", workflow.RoleGeneral)
	mine := w.project("mine", ann.ID)
	theirs := strings.ReplaceAll(fmt.Sprintf(`[{"projectName":"x","processDefinitionName":"n","processDefinitionJson":"{'tasks':[{'type':'SUB_PROCESS','name':'s','params':{'processDefinitionId':%d}}]}"}]`, stranger.ID), "'", `\"`)
	w.importAs(token(w.token(ann.ID)), "mine", []byte(theirs)).is(t, ok, status.UserNoOperationProjectPerm)
	w.importAs(token(w.token(ann.ID)), "p", []byte(file)).is(t, ok, status.UserNoOperationProjectPerm)
	if n := len(w.definitions(mine.ID)); n != 0 {
		t.Errorf("%d workflows in ann's project", n)
	}
}

func TestExportRefusals(t *testing.T) {
	w := newWorld(t)
	p := w.project("p", 1)
	d := workflow.Definition{ProjectID: p.ID, Name: "f", UserID: 1}
	must(t, w.store.Definitions.Create(t.Context(), &d))
	w.project("q", 1)
	ann := token(w.token(w.user("ann", workflow.RoleGeneral).ID))
	for name, r := range map[string]reply{
		"stranger": w.call(ann, http.MethodGet, "/projects/p/process/export", "processDefinitionIds", fmt.Sprint(d.ID)),
		"nowhere":  w.get("/projects/none/process/export", "processDefinitionIds", fmt.Sprint(d.ID)),
		"not his":  w.get("/projects/q/process/export", "processDefinitionIds", fmt.Sprint(d.ID)),
		"none":     w.get("/projects/p/process/export", "processDefinitionIds", ""),
	} {
		if r.HTTP != ok || len(r.Body) != 0 {
			t.Errorf("%s: HTTP %d %s, want nothing", name, r.HTTP, r.Body)
		}
	}
	r := w.get("/projects/p/process/export")
	r.is(t, ok, status.InternalServerErrorArgs)
	if r.Msg != "Internal Server Error: required parameter processDefinitionIds is not present" {
		t.Errorf("message is %q", r.Msg)
	}
}

// TestEditsAndCopiesOpenNothing tries to reach somebody's data source by an
// edited instance, and by a copy that comes along with an import.
func TestEditsAndCopiesOpenNothing(t *testing.T) {
	n := newNeeding(t)
	builder, nodes := token(n.token(n.builder.ID)), n.nodes()
	n.save(builder, "flow", `{"tasks":[{"type":"SHELL","name":"a","params":{"rawScript":"true"}}]}`).is(t, created, status.Success)
	f := &flows{world: n.world, owner: n.builder, proj: workflow.Project{ID: 1}, epochs: map[int]int64{}}
	in, _ := f.run(workflow.Instance{DefinitionID: n.definition(t, "flow").ID, State: workflow.Failed})
	edit := func() reply {
		return n.call(builder, http.MethodPost, "/projects/mart/instance/update", "processInstanceId", fmt.Sprint(in.ID),
			"processInstanceJson", nodes["data source"], "syncDefine", "false")
	}
	edit().is(t, ok, status.ProcessNodeSParameterInvalid)
	if list := f.pending(); len(list) != 0 {
		t.Errorf("commands are %+v", list)
	}
	other := n.project("other", 1)
	for i, what := range []string{"data source", "resource"} {
		n.post("/projects/other/process/save", "name", what, "processDefinitionJson", nodes[what], "locations", "{}", "connects", "[]").is(t, created, status.Success)
		n.post("/projects/other/process/release", "processId", fmt.Sprint(i+2), "releaseState", "1").is(t, ok, status.Success)
	}
	must(t, n.store.Users.GrantProjects(t.Context(), n.builder.ID, []int64{other.ID}))
	must(t, n.store.Resources.Grant(t.Context(), n.builder.ID, map[int64]workflow.Perm{n.file.ID: workflow.PermRead}))
	process, err := json.Marshal(`{"tasks":[{"type":"SUB_PROCESS","name":"s","params":{"processDefinitionId":2}},{"type":"SUB_PROCESS","name":"r","params":{"processDefinitionId":3}}]}`)
	must(t, err)
	n.importAs(builder, "mart", fmt.Appendf(nil, `[{"projectName":"other","processDefinitionName":"parent","processDefinitionJson":%s}]`, process)).is(t, ok, status.Success)
	if d := n.definition(t, "data source"); d.ReleaseState != workflow.Offline {
		t.Errorf("a copy that needs what its owner may not use is %s", d.ReleaseState)
	}
	if d := n.definition(t, "resource"); d.ReleaseState != workflow.Online {
		t.Errorf("a copy that needs what its owner may use is %s", d.ReleaseState)
	}
	n.grant(t)
	edit().is(t, ok, status.Success)
}
