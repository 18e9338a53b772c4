package dolphin_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// actors are who calls, from nobody to the admin.
var actors = []string{"nobody", "bad token", "expired token", "bad session", "disabled", "stranger", "granted", "owner", "admin"}

// verdict is what happens to a call.
type verdict int

const (
	passes      verdict = iota // whatever the handler then says
	unknownUser                // 401, no body
	noRight                    // 30001
	noProject                  // 30002
)

// ownersOnly are operations for which a grant of the project is not enough.
var ownersOnly = []string{"deleteProject", "deleteProcessDefinitionById", "deleteScheduleById"}

// expected is what a route's declared access means for an actor.
func expected(rt dolphin.Route, actor string) verdict {
	if rt.Access == dolphin.Public {
		return passes
	}
	switch actor {
	case "nobody", "bad token", "expired token", "bad session", "disabled":
		return unknownUser
	case "admin":
		return passes
	}
	switch rt.Access {
	case dolphin.SignedIn:
		if actor == "stranger" && rt.Group == "DataAnalysis" { // of the project it is asked about
			return noProject
		}
		return passes
	case dolphin.AdminOnly:
		return noRight
	case dolphin.ProjectRead, dolphin.ProjectRun, dolphin.ProjectWrite:
		if actor == "stranger" {
			return noProject
		}
		if actor == "granted" && slices.Contains(ownersOnly, rt.Operation) {
			return noRight
		}
		return passes
	}
	panic("route " + rt.Operation + " declares no access")
}

// checkRights calls a route as every actor. Whoever must be refused comes before
// whoever may destroy.
func checkRights(t *testing.T, rt dolphin.Route) {
	t.Helper()
	s := newStage(t)
	for _, actor := range actors {
		r := s.as(rt, actor)
		if got := judge(rt, r); got != expected(rt, actor) {
			t.Errorf("%s: HTTP %d %s; verdict %d, want %d", actor, r.HTTP, r.Body, got, expected(rt, actor))
		}
	}
}

func judge(rt dolphin.Route, r reply) verdict {
	switch {
	case r.HTTP == http.StatusUnauthorized && len(r.Body) == 0:
		return unknownUser
	case rt.Mute && r.HTTP == http.StatusOK && len(r.Body) == 0:
		return noProject
	case r.Code == status.UserNoOperationPerm.Code():
		return noRight
	case r.Code == status.UserNoOperationProjectPerm.Code():
		return noProject
	}
	return passes
}

// stage is a world with a project, things in it, and all actors.
type stage struct {
	*world
	actors map[string]as
	ids    map[string]int64 // of things by parameter name
	users  map[string]int64 // ids of actors who are users
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w := newWorld(t)
	owner := w.user("owner", workflow.RoleGeneral)
	granted := w.user("granted", workflow.RoleGeneral)
	stranger := w.user("stranger", workflow.RoleGeneral)
	disabled := w.user("disabled", workflow.RoleGeneral)
	disabledToken := w.token(disabled.ID)
	disabled.Disabled = true
	if err := w.store.Users.Update(t.Context(), &disabled); err != nil {
		t.Fatal(err)
	}
	p := w.project("stage", owner.ID)
	if err := w.store.Users.GrantProjects(t.Context(), granted.ID, []int64{p.ID}); err != nil {
		t.Fatal(err)
	}
	s := &stage{world: w, actors: map[string]as{
		"nobody":        {},
		"bad token":     token("0123456789abcdef0123456789abcdef"),
		"expired token": token(w.tokenUntil(owner.ID, w.now().Add(-time.Second))),
		"bad session":   {"sessionId": "b5a0b0c2-5a4e-4c5e-9d5e-000000000000"},
		"disabled":      token(disabledToken),
		"stranger":      token(w.token(stranger.ID)),
		"granted":       token(w.token(granted.ID)),
		"owner":         token(w.token(owner.ID)),
		"admin":         token(w.admin),
	}}
	s.users = map[string]int64{"stranger": stranger.ID, "granted": granted.ID, "owner": owner.ID}
	s.furnish(p, owner.ID)
	return s
}

// furnish puts a workflow, a schedule, an instance and a task instance into
// the project.
func (s *stage) furnish(p workflow.Project, owner int64) {
	s.t.Helper()
	ctx := s.t.Context()
	def := workflow.Definition{ProjectID: p.ID, Name: "flow", UserID: owner, ModifiedBy: owner, ReleaseState: workflow.Offline,
		Spec: workflow.Spec{Tasks: []workflow.Task{{Name: "a", Kind: workflow.KindShell}}}}
	must(s.t, s.store.Definitions.Create(ctx, &def))
	sched := workflow.Schedule{ProjectID: p.ID, DefinitionID: def.ID, UserID: owner, Cron: "0 0 0 * * ? *", Timezone: "UTC",
		StartTime: s.now(), EndTime: s.now().Add(time.Hour), ReleaseState: workflow.Offline}
	must(s.t, s.store.Schedules.Create(ctx, &sched))
	shard := s.uc.ShardOf(def.ID)
	instanceID, err := s.store.Scheduling.AllocateIDs(ctx, "instance", 1)
	must(s.t, err)
	taskID, err := s.store.Scheduling.AllocateIDs(ctx, "task", 1)
	must(s.t, err)
	epoch, err := s.store.Scheduling.Take(ctx, shard, 0, "m", "127.0.0.1:1")
	must(s.t, err)
	must(s.t, s.store.Scheduling.Commit(ctx, &store.Batch{
		Fences: []store.Fence{{Shard: shard, Epoch: epoch}},
		Instances: []workflow.Instance{{ID: instanceID, Shard: shard, ProjectID: p.ID, DefinitionID: def.ID, DefinitionVersion: 1,
			Name: "flow-1-1", State: workflow.Running, UserID: owner, StartTime: s.now()}},
		Tasks: []workflow.TaskInstance{{ID: taskID, InstanceID: instanceID, ProjectID: p.ID, DefinitionID: def.ID, Task: "a",
			Kind: workflow.KindShell, State: workflow.Running, Current: true, Attempt: 1, StartTime: s.now()}},
	}))
	s.ids = map[string]int64{
		"projectId": p.ID, "processDefinitionId": def.ID, "processId": def.ID, "processDefinitionIds": def.ID,
		"processInstanceId": instanceID, "processInstanceIds": instanceID, "subId": instanceID,
		"taskInstanceId": taskID, "taskId": taskID, "scheduleId": sched.ID,
		"Scheduler.id": sched.ID, "ProcessDefinition.id": def.ID,
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// as calls a route with every parameter naming what is on stage; users name
// themselves and what is theirs.
func (s *stage) as(rt dolphin.Route, actor string) reply {
	s.t.Helper()
	path := strings.ReplaceAll(rt.Path, "{projectName}", "stage")
	values, files := url.Values{}, []string(nil)
	for _, p := range rt.Params {
		if p.Type() == "file" {
			files = append(files, "@"+p.Name, "x.txt:x")
			continue
		}
		values.Set(p.Name, s.value(rt, p, actor))
	}
	contentType, body := parts(files)
	return s.send(s.actors[actor], rt.Method, path+"?"+values.Encode(), cmp.Or(contentType, form), body)
}

func (s *stage) value(rt dolphin.Route, p dolphin.Param, actor string) string {
	self, isUser := s.users[actor]
	switch name := rt.Group + "." + p.Name; {
	case isUser && (name == "AccessToken.userId" || name == "Users.id"):
		return fmt.Sprint(self)
	case isUser && name == "AccessToken.id":
		return fmt.Sprint(s.ownToken(self))
	case isUser && (name == "Users.tenantId"):
		return "0"
	case name == "Users.queue" || name == "DataAnalysis.startDate" || name == "DataAnalysis.endDate":
		return ""
	case rt.Operation == "importProcessDefinition" && p.Name == "projectName":
		return "stage"
	case s.ids[name] != 0:
		return fmt.Sprint(s.ids[name])
	case s.ids[p.Name] != 0:
		return fmt.Sprint(s.ids[p.Name])
	}
	return dummy(p.Type(), p.Values)
}

func (s *stage) ownToken(userID int64) int64 {
	s.t.Helper()
	t := workflow.Token{UserID: userID, Value: fmt.Sprint("token of ", userID), ExpireTime: s.now().Add(time.Hour)}
	must(s.t, s.store.Tokens.Create(s.t.Context(), &t))
	return t.ID
}
