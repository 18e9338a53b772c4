package dolphin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// definitionView is what tests read of a ProcessDefinition.
type definitionView struct {
	ID                                                     int64
	Name, ReleaseState, ProcessDefinitionJSON, Description string
	Locations, Connects, UserName, ProjectName, ModifyBy   *string
	ScheduleReleaseState                                   *string
	Version, Timeout                                       int
	TenantID                                               int64
	GlobalParams, ResourceIDs                              string
	GlobalParamMap                                         map[string]string
}

func (f *flows) view(id int64) definitionView {
	f.t.Helper()
	return into[definitionView](f.t, f.do(http.MethodGet, "/process/select-by-id", "processId", fmt.Sprint(id)))
}

func TestDefinitionComesBackAsItWasSaved(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow & <co>", twoTasks)
	c := readContract(t)
	r := f.do(http.MethodGet, "/process/select-by-id", "processId", fmt.Sprint(id))
	c.shape(t, r.Data, "ProcessDefinition")
	d := f.view(id)
	sameJSON(t, "processDefinitionJson", d.ProcessDefinitionJSON, twoTasks)
	if d.Name != "flow & <co>" || d.ReleaseState != "OFFLINE" || d.Version != 1 || d.Description != "words" || d.Timeout != 5 || d.TenantID != -1 {
		t.Errorf("answered %+v", d)
	}
	if *d.Locations != `{"t-1":{"x":1}}` || *d.Connects != `[]` || *d.UserName != "ann" || *d.ProjectName != "p" || *d.ModifyBy != "ann" {
		t.Errorf("answered %s %s %s", *d.Locations, *d.Connects, *d.UserName)
	}
	if d.ScheduleReleaseState != nil || d.ResourceIDs != "3" || d.GlobalParamMap["day"] != "$[yyyyMMdd-1]" {
		t.Errorf("answered %+v", d)
	}
	for _, list := range []string{"/process/list", "/process/queryProcessDefinitionAllByProjectId?projectId=" + fmt.Sprint(f.proj.ID)} {
		path, _, _ := strings.Cut(list, "?")
		c.shape(t, f.do(http.MethodGet, path, "projectId", fmt.Sprint(f.proj.ID)).Data, "ProcessDefinition[]")
	}
	c.shape(t, f.do(http.MethodGet, "/process/list-paging", "pageNo", "1", "pageSize", "10").Data, "page<ProcessDefinition>")
}

func TestContractExampleIsAccepted(t *testing.T) {
	f := newFlows(t)
	raw, err := os.ReadFile("codec139/testdata/example.json")
	must(t, err)
	sameJSON(t, "example", f.view(f.save("example", string(raw))).ProcessDefinitionJSON, string(raw))
}

func TestDefinitionPages(t *testing.T) {
	f := newFlows(t)
	for i := range 5 {
		f.save(fmt.Sprintf("flow %d", i), oneTask)
	}
	type page struct {
		TotalList                     []definitionView
		CurrentPage, TotalPage, Total int
	}
	p := into[page](t, f.do(http.MethodGet, "/process/list-paging", "pageNo", "2", "pageSize", "2"))
	if len(p.TotalList) != 2 || p.CurrentPage != 2 || p.TotalPage != 3 || p.Total != 5 {
		t.Errorf("page is %+v", p)
	}
	p = into[page](t, f.do(http.MethodGet, "/process/list-paging", "pageNo", "1", "pageSize", "10", "searchVal", " flow 3 "))
	if p.Total != 1 || p.TotalList[0].Name != "flow 3" {
		t.Errorf("search found %+v", p)
	}
	f.uc.Limits.PageSize = 3
	p = into[page](t, f.do(http.MethodGet, "/process/list-paging", "pageNo", "2", "pageSize", "100000"))
	if len(p.TotalList) != 2 || p.TotalPage != 2 {
		t.Errorf("a page too large is %+v", p)
	}
	p = into[page](t, f.do(http.MethodGet, "/process/list-paging", "pageNo", "1", "pageSize", "10", "userId", "9999"))
	if p.Total != 0 {
		t.Errorf("a stranger's: %+v", p)
	}
}

func TestDefinitionUpdateAndRelease(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow", oneTask)
	key := fmt.Sprint(id)
	f.do(http.MethodPost, "/process/update", "id", key, "name", "renamed", "processDefinitionJson", twoTasks).is(t, 200, status.Success)
	d := f.view(id)
	if d.Name != "renamed" || d.Version != 2 || *d.Locations != `{"t-1":{"x":1}}` {
		t.Errorf("updated to %+v", d)
	}
	sameJSON(t, "processDefinitionJson", d.ProcessDefinitionJSON, twoTasks)
	before, err := f.store.Definitions.Version(t.Context(), id, 1)
	must(t, err)
	after, err := f.store.Definitions.Get(t.Context(), id)
	must(t, err)
	if before.Tasks[0].Code == 0 || before.Tasks[0].Code != after.Tasks[0].Code || after.Tasks[1].Code == after.Tasks[0].Code {
		t.Errorf("codes %d, then %d and %d", before.Tasks[0].Code, after.Tasks[0].Code, after.Tasks[1].Code)
	}

	f.release(id, 1)
	update := []string{"id", key, "name", "x", "processDefinitionJson", oneTask}
	f.do(http.MethodPost, "/process/update", update...).is(t, 200, status.ProcessDefineNotAllowedEdit)
	f.do(http.MethodGet, "/process/delete", "processDefinitionId", key).is(t, 200, status.ProcessDefineStateOnline)
	f.do(http.MethodPost, "/process/release", "processId", key, "releaseState", "2").is(t, 200, status.RequestParamsNotValidError)
	f.do(http.MethodPost, "/process/release", "processId", "99999", "releaseState", "1").is(t, 200, status.ReleaseProcessDefinitionError)
	f.release(id, 0)
	f.save("other", oneTask)
	update[3] = "other"
	f.do(http.MethodPost, "/process/update", update...).is(t, 200, status.VerifyProcessDefinitionNameUniqueError)
	update[1] = "99999"
	f.do(http.MethodPost, "/process/update", update...).is(t, 200, status.ProcessDefineNotExist)
	if d := f.view(id); d.Version != 2 || d.Name != "renamed" {
		t.Errorf("refused updates changed it: %+v", d)
	}
}

func TestDefinitionNamesCopiesAndDeletion(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow", twoTasks)
	key := fmt.Sprint(id)
	f.do(http.MethodGet, "/process/verify-name", "name", "flow").is(t, 200, status.VerifyProcessDefinitionNameUniqueError)
	f.do(http.MethodGet, "/process/verify-name", "name", "free").is(t, 200, status.Success)
	f.do(http.MethodPost, "/process/copy", "processId", key).is(t, 200, status.Success)
	f.do(http.MethodPost, "/process/copy", "processId", "99999").is(t, 200, status.ProcessDefineNotExist)
	var copied definitionView
	for _, d := range into[[]definitionView](t, f.do(http.MethodGet, "/process/list")) {
		if strings.HasPrefix(d.Name, "flow_copy_") {
			copied = d
		}
	}
	sameJSON(t, "the copy", copied.ProcessDefinitionJSON, twoTasks)

	granted := f.user("gus", workflow.RoleGeneral)
	must(t, f.store.Users.GrantProjects(t.Context(), granted.ID, []int64{f.proj.ID}))
	f.call(token(f.token(granted.ID)), http.MethodGet, "/projects/p/process/delete", "processDefinitionId", key).is(t, 200, status.UserNoOperationPerm)
	f.do(http.MethodGet, "/process/delete", "processDefinitionId", "99999").is(t, 200, status.ProcessDefineNotExist)
	f.do(http.MethodGet, "/process/delete", "processDefinitionId", key).is(t, 200, status.Success)
	f.do(http.MethodGet, "/process/select-by-id", "processId", key).is(t, 200, status.ProcessInstanceNotExist)

	online := f.online("online", oneTask)
	list := fmt.Sprintf("%d,%d", copied.ID, online)
	r := f.do(http.MethodGet, "/process/batch-delete", "processDefinitionIds", list)
	r.is(t, 200, status.BatchDeleteProcessDefineByIdsError)
	contains(t, r.Msg, fmt.Sprint(online))
	f.do(http.MethodGet, "/process/select-by-id", "processId", fmt.Sprint(copied.ID)).is(t, 200, status.ProcessInstanceNotExist)
	f.do(http.MethodGet, "/process/batch-delete", "processDefinitionIds", "1,x").is(t, 200, status.BatchDeleteProcessDefineByIdsError)
}

func TestRunningInstancesKeepTheirDefinition(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow", oneTask)
	f.run(workflow.Instance{DefinitionID: id, State: workflow.Running})
	f.do(http.MethodGet, "/process/delete", "processDefinitionId", fmt.Sprint(id)).is(t, 200, status.DeleteProcessDefineByIDError)
	f.view(id)
}

func TestDefinitionsOfOtherProjectsAreNotFound(t *testing.T) {
	f := newFlows(t)
	other := f.project("other", 0)
	d := workflow.Definition{ProjectID: other.ID, Name: "secret", ReleaseState: workflow.Offline,
		Spec: workflow.Spec{Tasks: []workflow.Task{{Name: "a", Kind: workflow.KindShell}}}}
	must(t, f.store.Definitions.Create(t.Context(), &d))
	key := fmt.Sprint(d.ID)
	for path, name := range map[string]string{
		"/process/select-by-id": "processId", "/process/delete": "processDefinitionId", "/process/view-tree": "processId",
		"/process/gen-task-list": "processDefinitionId", "/process/get-task-list": "processDefinitionIdList",
	} {
		if r := f.do(http.MethodGet, path, name, key, "limit", "5"); r.Code == 0 {
			t.Errorf("%s shows another project's: %s", path, r.Body)
		}
	}
	for path, params := range map[string][]string{
		"/process/release": {"processId", key, "releaseState", "1"}, "/process/copy": {"processId", key},
		"/process/update":        {"id", key, "name", "x", "processDefinitionJson", oneTask},
		"/executors/start-check": {"processDefinitionId", key},
	} {
		if r := f.do(http.MethodPost, path, params...); r.Code == 0 {
			t.Errorf("%s changed another project's: %s", path, r.Body)
		}
	}
}

// TestBadDefinitions saves what must not be saved.
func TestBadDefinitions(t *testing.T) {
	node := func(rest string) string { return `{"tasks":[{"name":"n1",` + rest + `}]}` }
	for name, c := range map[string]struct {
		text string
		want status.Constant
		says string
	}{
		"empty":             {"", status.DataIsNotValid, ""},
		"no JSON":           {"{", status.DataIsNotValid, ""},
		"JSON null":         {"null", status.DataIsNotValid, ""},
		"a list":            {"[]", status.DataIsNotValid, ""},
		"no task list":      {`{"timeout":0}`, status.DataIsNull, ""},
		"null task list":    {`{"tasks":null,"timeout":0}`, status.DataIsNull, ""},
		"no task":           {`{"tasks":[]}`, status.DataIsNull, ""},
		"odd retries":       {node(`"type":"SHELL","params":{"rawScript":"x"},"maxRetryTimes":"often"`), status.DataIsNotValid, ""},
		"cycle":             {`{"tasks":[{"type":"SHELL","name":"a","params":{"rawScript":"x"},"preTasks":["b"]},{"type":"SHELL","name":"b","params":{"rawScript":"x"},"preTasks":["a"]}]}`, status.ProcessNodeHasCycle, ""},
		"edge to itself":    {node(`"type":"SHELL","params":{"rawScript":"x"},"preTasks":["n1"]`), status.ProcessNodeHasCycle, ""},
		"edge from nowhere": {node(`"type":"SHELL","params":{"rawScript":"x"},"preTasks":["gone"]`), status.ProcessNodeHasCycle, ""},
		"no script":         {node(`"type":"SHELL","params":{}`), status.ProcessNodeSParameterInvalid, "n1"},
		"no params":         {node(`"type":"PYTHON"`), status.ProcessNodeSParameterInvalid, "n1"},
		"a kind of later":   {node(`"type":"SQL","params":{"type":"MYSQL","datasource":1,"sql":"select 1"}`), status.ProcessNodeSParameterInvalid, "n1"},
		"no kind":           {node(`"params":{}`), status.ProcessNodeSParameterInvalid, "n1"},
		"same name twice":   {`{"tasks":[{"type":"SHELL","name":"n1","params":{"rawScript":"x"}},{"type":"SHELL","name":"n1","params":{"rawScript":"x"}}]}`, status.ProcessNodeSParameterInvalid, "n1"},
		"sub without id":    {node(`"type":"SUB_PROCESS","params":{"processDefinitionId":0}`), status.ProcessNodeSParameterInvalid, "n1"},
		"branch to nowhere": {node(`"type":"CONDITIONS","dependence":{},"conditionResult":{"successNode":["gone"],"failedNode":[""]}`), status.ProcessNodeSParameterInvalid, "n1"},
		"odd dependence":    {node(`"type":"DEPENDENT","dependence":{"relation":"XOR"}`), status.ProcessNodeSParameterInvalid, "n1"},
		"params twice":      {`{"globalParams":[{"prop":"a","value":"1"},{"prop":"a","value":"2"}],"tasks":[{"type":"SHELL","name":"n1","params":{"rawScript":"x"}}]}`, status.RequestParamsNotValidError, "globalParams"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlows(t)
			id := f.save("kept", oneTask)
			r := f.do(http.MethodPost, "/process/save", "name", "bad", "processDefinitionJson", c.text, "locations", "", "connects", "")
			r.is(t, http.StatusCreated, c.want)
			contains(t, r.Msg, c.says)
			r = f.do(http.MethodPost, "/process/update", "id", fmt.Sprint(id), "name", "kept", "processDefinitionJson", c.text)
			r.is(t, http.StatusOK, c.want)
			if list := into[[]definitionView](t, f.do(http.MethodGet, "/process/list")); len(list) != 1 || list[0].Version != 1 {
				t.Errorf("something changed: %+v", list)
			}
		})
	}
}

func TestTakenAndImpossibleNames(t *testing.T) {
	f := newFlows(t)
	f.save("flow", oneTask)
	save := func(name string) reply {
		return f.do(http.MethodPost, "/process/save", "name", name, "processDefinitionJson", oneTask, "locations", "", "connects", "")
	}
	save("flow").is(t, http.StatusOK, status.CreateProcessDefinition) // an exception in the original, hence 200
	save("").is(t, http.StatusCreated, status.RequestParamsNotValidError)
	save(strings.Repeat("x", 300)).is(t, http.StatusCreated, status.RequestParamsNotValidError)
	f.do(http.MethodPost, "/process/save", "name", "x", "processDefinitionJson", oneTask, "connects", "").is(t, http.StatusOK, status.CreateProcessDefinition)
}

func TestWorkflowsMustNotRunThemselves(t *testing.T) {
	f := newFlows(t)
	sub := func(id int64) string {
		return fmt.Sprintf(`{"tasks":[{"type":"SUB_PROCESS","name":"s","params":{"processDefinitionId":%d}}]}`, id)
	}
	inner := f.save("inner", oneTask)
	outer := f.save("outer", sub(inner))
	for _, text := range []string{sub(inner), sub(outer)} {
		f.do(http.MethodPost, "/process/update", "id", fmt.Sprint(inner), "name", "inner", "processDefinitionJson", text).
			is(t, http.StatusOK, status.ProcessNodeHasCycle)
	}
	f.save("third", sub(outer))
}

func TestTaskLists(t *testing.T) {
	f := newFlows(t)
	one, two := f.save("one", oneTask), f.save("two", twoTasks)
	c := readContract(t)
	r := f.do(http.MethodGet, "/process/gen-task-list", "processDefinitionId", fmt.Sprint(two))
	c.shape(t, r.Data, "TaskNode[]")
	type node struct {
		Name, Type           string
		Params               map[string]any
		DepList              []string
		MaxRetryTimes        int
		TaskTimeoutParameter json.RawMessage
	}
	nodes := into[[]node](t, r)
	if len(nodes) != 2 || nodes[0].Params["rawScript"] != "echo ${day}" || nodes[0].MaxRetryTimes != 2 || nodes[1].DepList[0] != "a" {
		t.Errorf("answered %+v", nodes)
	}
	c.shape(t, nodes[0].TaskTimeoutParameter, "TaskTimeoutParameter")
	byID := into[map[string][]node](t, f.do(http.MethodGet, "/process/get-task-list", "processDefinitionIdList", fmt.Sprintf("%d,%d,99999", one, two)))
	if len(byID) != 2 || len(byID[fmt.Sprint(two)]) != 2 {
		t.Errorf("answered %+v", byID)
	}
	f.do(http.MethodGet, "/process/get-task-list", "processDefinitionIdList", "99999").is(t, 200, status.ProcessDefineNotExist)
	f.do(http.MethodGet, "/process/get-task-list", "processDefinitionIdList", "x").is(t, 200, status.GetTasksListByProcessDefinitionIDError)
	f.do(http.MethodGet, "/process/gen-task-list", "processDefinitionId", "99999").is(t, 200, status.ProcessDefineNotExist)
}

type treeView struct {
	Name, Type string
	Instances  []struct {
		ID       int64
		State    *string
		Duration *string
	}
	Children []treeView
}

func TestTree(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow", twoTasks)
	f.run(workflow.Instance{DefinitionID: id, State: workflow.Succeeded},
		workflow.TaskInstance{Task: "a", Kind: workflow.KindShell, State: workflow.Succeeded},
		workflow.TaskInstance{Task: "b", Kind: workflow.KindPython, State: workflow.Killed})
	f.run(workflow.Instance{DefinitionID: id, State: workflow.Running},
		workflow.TaskInstance{Task: "a", Kind: workflow.KindShell, State: workflow.Running})
	r := f.do(http.MethodGet, "/process/view-tree", "processId", fmt.Sprint(id), "limit", "10")
	c := readContract(t)
	c.shape(t, r.Data, "TreeViewDto")
	root := into[treeView](t, r)
	if root.Name != "DAG" || len(root.Instances) != 2 || *root.Instances[0].State != "SUCCESS" || len(root.Children) != 1 {
		t.Fatalf("root is %+v", root)
	}
	a := root.Children[0]
	if a.Name != "a" || a.Type != "SHELL" || *a.Instances[1].State != "RUNNING_EXECUTION" || len(a.Children) != 1 {
		t.Fatalf("a is %+v", a)
	}
	b := a.Children[0]
	if b.Name != "b" || *b.Instances[0].State != "KILL" || b.Instances[1].ID != -1 || b.Instances[1].State != nil {
		t.Errorf("b is %+v", b)
	}
	f.do(http.MethodGet, "/process/view-tree", "processId", "99999", "limit", "10").is(t, 200, status.ProcessDefineNotExist)
	f.do(http.MethodGet, "/process/view-tree", "processId", fmt.Sprint(id)).is(t, 200, status.EncapsulationTreeviewStructureError)
}

// TestTreeOfDiamonds shows a graph that would be a tree of 2^40 leaves.
func TestTreeOfDiamonds(t *testing.T) {
	f := newFlows(t)
	var nodes []string
	pre := `[]`
	for i := range 40 {
		for _, side := range []string{"l", "r"} {
			nodes = append(nodes, fmt.Sprintf(`{"type":"SHELL","name":"%s%d","params":{"rawScript":"x"},"preTasks":%s}`, side, i, pre))
		}
		pre = fmt.Sprintf(`["l%d","r%d"]`, i, i)
	}
	id := f.save("diamonds", `{"tasks":[`+strings.Join(nodes, ",")+`]}`)
	root := into[treeView](t, f.do(http.MethodGet, "/process/view-tree", "processId", fmt.Sprint(id), "limit", "1"))
	if len(root.Children) != 2 || len(root.Children[0].Children) != 2 {
		t.Errorf("root has %d children", len(root.Children))
	}
}

func FuzzSave(f *testing.F) {
	raw, err := os.ReadFile("codec139/testdata/example.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(raw), oneTask, twoTasks, "", "null", `{"tasks":[]}`, `{"tasks":[{"type":"SWITCH","name":"s"}]}`,
		`{"tasks":[{"type":"SUB_PROCESS","name":"s","params":"{\"processDefinitionId\":1}"}],"globalParams":"[]"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := newFlows(t)
		r := w.do(http.MethodPost, "/process/save", "name", "flow", "processDefinitionJson", text, "locations", "", "connects", "")
		if r.Code == -1 || r.HTTP >= 500 || r.Code == status.CreateProcessDefinition.Code() {
			t.Fatalf("%q answered HTTP %d %s", text, r.HTTP, r.Body)
		}
		if r.Code == 0 {
			if list := w.do(http.MethodGet, "/process/list"); list.Code != 0 {
				t.Fatalf("%q cannot be listed: %s", text, list.Body)
			}
		}
	})
}
