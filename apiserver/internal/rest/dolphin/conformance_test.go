package dolphin_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestConformance checks every endpoint of the contract: a call that succeeds
// with what it changes, the shape of its answer, who is refused, and what is
// answered for parameters that are missing or cannot be read.
func TestConformance(t *testing.T) {
	c := readContract(t)
	declared := map[string]dolphin.Route{}
	for _, rt := range newWorld(t).api.Routes() {
		declared[rt.Group+"."+rt.Operation] = rt
	}
	stories := allScenarios()
	conform := 0
	for _, e := range c.Endpoints {
		rt, there := declared[e.name()]
		story := stories[e.name()]
		delete(stories, e.name())
		if t.Run(e.name(), func(t *testing.T) {
			if !there || story == nil {
				t.Fatalf("declared: %v, has a scenario: %v", there, story != nil)
			}
			t.Run("succeeds", func(t *testing.T) { tell(t, c, e, story) })
			t.Run("access", func(t *testing.T) { checkAccess(t, rt) })
			t.Run("parameters", func(t *testing.T) { checkParameters(t, c, e, rt) })
			t.Run("rights", func(t *testing.T) { checkRights(t, rt) })
		}) {
			conform++
		}
	}
	for name := range stories {
		t.Errorf("there is a scenario of %s, which the contract does not know", name)
	}
	t.Logf("%d of %d", conform, len(c.Endpoints))
	if conform != 140 {
		t.Errorf("%d of 140 endpoints conform", conform)
	}
}

// scenario arranges a world, calls the endpoint it is about and looks at what
// that changed.
type scenario func(s *show)

// allScenarios are the scenarios by endpoint.
func allScenarios() map[string]scenario {
	all := map[string]scenario{}
	for _, some := range []map[string]scenario{accountScenarios(), projectScenarios(), definitionScenarios(), instanceScenarios(),
		scheduleScenarios(), overviewScenarios(), resourceScenarios(), dataSourceScenarios(), alertScenarios()} {
		for name, s := range some {
			if all[name] != nil {
				panic("two scenarios of " + name)
			}
			all[name] = s
		}
	}
	return all
}

// show is the world of a scenario.
type show struct {
	*flows
	c      contract
	e      endpoint
	called bool
}

func tell(t *testing.T, c contract, e endpoint, story scenario) {
	s := &show{flows: newFlows(t), c: c, e: e}
	s.uc.Kinds = task.NewRegistry(anyKind{workflow.KindShell}, anyKind{workflow.KindPython}, anyKind{workflow.KindSQL})
	story(s)
	if !s.called {
		t.Errorf("%s was not called", e.name())
	}
}

// ok calls the endpoint as the admin and checks the answer's shape.
func (s *show) ok(params ...string) reply {
	s.t.Helper()
	return s.okAs(token(s.admin), params...)
}

// okAs calls it as somebody.
func (s *show) okAs(who as, params ...string) reply {
	s.t.Helper()
	t := s.t.(*testing.T)
	s.called = true
	r := s.call(who, s.e.Method, strings.ReplaceAll(s.e.Path, "{projectName}", "p"), params...)
	switch {
	case r.HTTP != s.e.SuccessStatus:
		t.Fatalf("%s: HTTP %d %s, want %d", s.e.name(), r.HTTP, r.Body, s.e.SuccessStatus)
	case strings.HasPrefix(s.e.Data, "binary"):
		checkAttachment(t, r)
	case strings.HasPrefix(s.e.Data, "file: "):
		checkAttachment(t, r)
		s.c.shape(t, r.Body, "ProcessMeta[]")
	case r.Code != 0:
		t.Fatalf("%s answered %s", s.e.name(), r.Body)
	default:
		keys(t, r.Body, "code", "msg", "data")
		s.c.shape(t, r.Data, s.e.Data)
	}
	return r
}

func checkAttachment(t *testing.T, r reply) {
	t.Helper()
	if !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") || len(r.Body) == 0 {
		t.Errorf("headers are %v, body is %q", r.Header, r.Body)
	}
}

// checkAccess compares the declared access with the one that is expected of
// the endpoint, and calls it without credentials.
func checkAccess(t *testing.T, rt dolphin.Route) {
	t.Helper()
	if want := accessOf(rt.Group + "." + rt.Operation); rt.Access != want {
		t.Errorf("access is %s, want %s", rt.Access, want)
	}
	if rt.Access == dolphin.Public {
		return
	}
	w := newWorld(t)
	for _, who := range []as{nil, token("0123456789abcdef0123456789abcdef"), {"sessionId": "x"}, {"token": "x", "sessionId": "x"}} {
		if r := w.call(who, rt.Method, strings.ReplaceAll(rt.Path, "{projectName}", "p")); r.HTTP != http.StatusUnauthorized || len(r.Body) != 0 {
			t.Errorf("with %v: HTTP %d %s, want 401 and nothing", who, r.HTTP, r.Body)
		}
	}
}

// checkParameters leaves out each required parameter, and gives each one that
// is no text a value that cannot be read.
func checkParameters(t *testing.T, c contract, e endpoint, rt dolphin.Route) {
	t.Helper()
	w := newWorld(t)
	w.project("p", 1)
	path := strings.ReplaceAll(rt.Path, "{projectName}", "p")
	before := w.everything()
	send := func(why, name, value string) {
		t.Helper()
		params := []string{}
		for _, p := range rt.Params {
			if strings.Contains(rt.Path, "{"+p.Name+"}") || p.Name == name {
				continue
			}
			if p.Type() == "file" {
				params = append(params, "@"+p.Name, "x.txt:x")
				continue
			}
			params = append(params, p.Name, dummy(p.Type(), p.Values))
		}
		if value != "" {
			params = append(params, name, value)
		}
		r := w.call(token(w.admin), rt.Method, path, params...)
		want := e.errorConstant(t)
		if r.HTTP != http.StatusOK || r.Code != want.Code() || string(r.Data) != "null" {
			t.Errorf("%s %s: HTTP %d %s, want 200 and %d", name, why, r.HTTP, r.Body, want.Code())
		}
		if want != status.InternalServerErrorArgs && r.Msg != want.Message(status.English) {
			t.Errorf("%s %s: message %q", name, why, r.Msg)
		}
	}
	for _, p := range rt.Params {
		if strings.Contains(rt.Path, "{"+p.Name+"}") {
			continue
		}
		if p.Required {
			send("missing", p.Name, "")
		}
		if bad := map[string]string{"int": "many", "bool": "perhaps", "enum": "NONE OF THEM"}[p.Type()]; bad != "" {
			send("ill-typed", p.Name, bad)
		}
	}
	if after := w.everything(); !bytes.Equal(before, after) {
		t.Errorf("a refused request changed\n%s\ninto\n%s", before, after)
	}
}

// everything is what refused requests must not change.
func (w *world) everything() []byte {
	w.t.Helper()
	ctx := w.t.Context()
	var state []any
	add := func(v any, err error) {
		must(w.t, err)
		state = append(state, v)
	}
	users, err := w.store.Users.All(ctx)
	add(users, err)
	projects, err := w.store.Projects.All(ctx, false)
	add(projects, err)
	tenants, err := w.store.Tenants.All(ctx)
	add(tenants, err)
	queues, err := w.store.Queues.All(ctx)
	add(queues, err)
	groups, err := w.store.AlertGroups.All(ctx)
	add(groups, err)
	sources, err := w.store.DataSources.All(ctx, 0, "")
	add(sources, err)
	functions, err := w.store.UDFs.All(ctx, 0, "")
	add(functions, err)
	text, err := json.Marshal(state)
	must(w.t, err)
	return text
}

// accessOf is what the original, or what the list of deviations says, demands
// of callers. Endpoints that are not named here are for everybody signed in.
func accessOf(name string) dolphin.Access {
	for access, names := range map[dolphin.Access][]string{
		dolphin.Public: {"Login.login"},
		dolphin.AdminOnly: {
			"AlertGroup.createAlertgroup", "AlertGroup.listPaging", "AlertGroup.updateAlertgroup", "AlertGroup.delAlertgroupById", "AlertGroup.grantUser",
			"DataSource.unauthDatasource", "DataSource.authedDatasource",
			"Project.queryUnauthorizedProject", "Project.queryAuthorizedProject",
			"Queue.queryList", "Queue.queryQueueListPaging", "Queue.createQueue", "Queue.updateQueue",
			"Resources.authorizedFile", "Resources.authorizeResourceTree", "Resources.unauthUDFFunc", "Resources.authorizedUDFFunction",
			"Tenant.createTenant", "Tenant.queryTenantlistPaging", "Tenant.updateTenant", "Tenant.deleteTenantById",
			"Users.createUser", "Users.queryUserList", "Users.delUserById", "Users.grantProject", "Users.grantResource", "Users.grantUDFFunc",
			"Users.grantDataSource", "Users.listUser", "Users.listAll", "Users.unauthorizedUser", "Users.authorizedUser",
			"WorkerGroup.saveWorkerGroup", "WorkerGroup.queryAllWorkerGroupsPaging", "WorkerGroup.deleteById", "WorkerGroup.queryWorkerAddressList",
		},
		dolphin.ProjectRead: {
			"Executor.startCheckProcessDefinition", "Executor.getReceiverCc", "Logger.queryLog", "Logger.downloadTaskLog",
			"ProcessDefinition.verifyProcessDefinitionName", "ProcessDefinition.queryProcessDefinitionById",
			"ProcessDefinition.queryProcessDefinitionList", "ProcessDefinition.queryProcessDefinitionListPaging", "ProcessDefinition.viewTree",
			"ProcessDefinition.getNodeListByDefinitionId", "ProcessDefinition.getNodeListByDefinitionIdList",
			"ProcessDefinition.batchExportProcessDefinitionByIds", "ProcessDefinition.queryProcessDefinitionAllByProjectId",
			"ProcessInstance.queryProcessInstanceList", "ProcessInstance.queryTaskListByProcessId", "ProcessInstance.queryProcessInstanceById",
			"ProcessInstance.querySubProcessInstanceByTaskId", "ProcessInstance.queryParentInstanceBySubId", "ProcessInstance.viewVariables",
			"ProcessInstance.viewTree", "Project.queryProjectById", "Scheduler.queryScheduleListPaging", "Scheduler.queryScheduleList",
			"Scheduler.previewSchedule", "TaskInstance.queryTaskListPaging",
		},
		dolphin.ProjectRun: {"Executor.startProcessInstance", "Executor.execute"},
		dolphin.ProjectWrite: {
			"ProcessDefinition.createProcessDefinition",
			"ProcessDefinition.copyProcessDefinition", "ProcessDefinition.updateProcessDefinition", "ProcessDefinition.releaseProcessDefinition",
			"ProcessDefinition.deleteProcessDefinitionById", "ProcessDefinition.batchDeleteProcessDefinitionByIds",
			"ProcessInstance.updateProcessInstance", "ProcessInstance.deleteProcessInstanceById", "ProcessInstance.batchDeleteProcessInstanceByIds",
			"Project.updateProject", "Project.deleteProject", "Project.importProcessDefinition",
			"Scheduler.createSchedule", "Scheduler.updateSchedule", "Scheduler.online", "Scheduler.offline", "Scheduler.deleteScheduleById",
		},
	} {
		if slices.Contains(names, name) {
			return access
		}
	}
	return dolphin.SignedIn
}

// tt is the test for helpers that end it.
func (s *show) tt() *testing.T { return s.t.(*testing.T) }
