package dolphin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// scriptKind is a task kind that needs a script.
type scriptKind struct{ id workflow.Kind }

func (k scriptKind) ID() workflow.Kind { return k.id }

func (k scriptKind) Validate(params json.RawMessage) error {
	var p struct{ RawScript string }
	if json.Unmarshal(params, &p) != nil || p.RawScript == "" {
		return errors.New("rawScript is missing")
	}
	return nil
}

// flows is a world with a project, a user who owns it and has a tenant, and a
// master.
type flows struct {
	*world
	owner  workflow.User
	tenant workflow.Tenant
	proj   workflow.Project
	asUser as
	epochs map[int]int64
}

func newFlows(t *testing.T) *flows {
	t.Helper()
	return newFlowsAt(t, time.Now)
}

func newFlowsAt(t *testing.T, now func() time.Time) *flows {
	t.Helper()
	w := newWorldAt(t, now)
	w.uc.Kinds = task.NewRegistry(scriptKind{workflow.KindShell}, scriptKind{workflow.KindPython}, anyKind{workflow.KindHTTP})
	f := &flows{world: w, epochs: map[int]int64{}}
	q := workflow.Queue{Name: "q", Value: "root.q"}
	must(t, w.store.Queues.Create(t.Context(), &q))
	f.tenant = workflow.Tenant{Code: "etl", Name: "etl", QueueID: q.ID}
	must(t, w.store.Tenants.Create(t.Context(), &f.tenant))
	f.owner = workflow.User{Name: "ann", Role: workflow.RoleGeneral, TenantID: f.tenant.ID}
	must(t, w.store.Users.Create(t.Context(), &f.owner))
	f.asUser = token(w.token(f.owner.ID))
	f.proj = w.project("p", f.owner.ID)
	w.worker(coord.Member{ID: "m1", Role: coord.Master, Addr: "127.0.0.1:1"})
	return f
}

// do calls a route of the project as its owner.
func (f *flows) do(method, path string, params ...string) reply {
	f.t.Helper()
	return f.call(f.asUser, method, "/projects/p"+path, params...)
}

const oneTask = `{"tasks":[{"type":"SHELL","id":"t-1","name":"a","params":{"rawScript":"true"},"preTasks":[]}]}`

// twoTasks has parameters and an edge.
const twoTasks = `{"globalParams":[{"prop":"day","direct":"IN","type":"VARCHAR","value":"$[yyyyMMdd-1]"}],"timeout":5,"tenantId":-1,"tasks":[
 {"type":"SHELL","id":"t-1","name":"a","params":{"rawScript":"echo ${day}","localParams":[{"prop":"x","direct":"IN","type":"VARCHAR","value":"${day}!"}],"resourceList":[{"id":3}]},"preTasks":[],"maxRetryTimes":"2","retryInterval":"1"},
 {"type":"PYTHON","id":"t-2","name":"b","params":{"rawScript":"print(1)"},"preTasks":["a"]}]}`

// save saves a definition and gives its id.
func (f *flows) save(name, processJSON string) int64 {
	f.t.Helper()
	r := f.do(http.MethodPost, "/process/save", "name", name, "processDefinitionJson", processJSON,
		"locations", `{"t-1":{"x":1}}`, "connects", `[]`, "description", "words")
	r.is(f.t, http.StatusCreated, status.Success)
	if string(r.Data) != "null" {
		f.t.Errorf("save answers %s", r.Data)
	}
	d, err := f.store.Definitions.ByName(f.t.Context(), f.proj.ID, name)
	must(f.t, err)
	return d.ID
}

// online saves a definition and publishes it.
func (f *flows) online(name, processJSON string) int64 {
	f.t.Helper()
	id := f.save(name, processJSON)
	f.release(id, 1)
	return id
}

func (f *flows) release(id int64, state int) {
	f.t.Helper()
	f.do(http.MethodPost, "/process/release", "processId", fmt.Sprint(id), "releaseState", fmt.Sprint(state)).
		is(f.t, http.StatusOK, status.Success)
}

// pending lists the commands that wait.
func (f *flows) pending() []workflow.Command {
	f.t.Helper()
	all := make([]int, store.Shards)
	for i := range all {
		all[i] = i
	}
	list, err := f.store.Scheduling.Pending(f.t.Context(), all, 0, 1000)
	must(f.t, err)
	return list
}

// onePending gives the only command that waits.
func (f *flows) onePending() workflow.Command {
	f.t.Helper()
	list := f.pending()
	if len(list) != 1 {
		f.t.Fatalf("%d commands wait: %+v", len(list), list)
	}
	return list[0]
}

// obey removes all commands, as a master would.
func (f *flows) obey() {
	f.t.Helper()
	for _, c := range f.pending() {
		f.commit(c.Shard, &store.Batch{Commands: []int64{c.ID}})
	}
}

// commit writes as the master of a shard.
func (f *flows) commit(shard int, b *store.Batch) {
	f.t.Helper()
	epoch, ok := f.epochs[shard]
	if !ok {
		var err error
		epoch, err = f.store.Scheduling.Take(f.t.Context(), shard, 0, "m1", "127.0.0.1:1")
		must(f.t, err)
		f.epochs[shard] = epoch
	}
	b.Fences = []store.Fence{{Shard: shard, Epoch: epoch}}
	must(f.t, f.store.Scheduling.Commit(f.t.Context(), b))
}

// run writes an instance of a definition with task instances; ids are set.
func (f *flows) run(in workflow.Instance, tasks ...workflow.TaskInstance) (workflow.Instance, []workflow.TaskInstance) {
	f.t.Helper()
	first, err := f.store.Scheduling.AllocateIDs(f.t.Context(), "instance", 1)
	must(f.t, err)
	in.ID, in.ProjectID, in.Shard = first, f.proj.ID, store.ShardOf(in.DefinitionID, store.Shards)
	if in.DefinitionVersion == 0 {
		in.DefinitionVersion = 1
	}
	if in.Name == "" {
		in.Name = fmt.Sprintf("flow-1-%d", first)
	}
	if in.UserID == 0 {
		in.UserID = f.owner.ID
	}
	for i := range tasks {
		id, err := f.store.Scheduling.AllocateIDs(f.t.Context(), "task", 1)
		must(f.t, err)
		t := &tasks[i]
		t.ID, t.InstanceID, t.ProjectID, t.DefinitionID, t.Current = id, in.ID, f.proj.ID, in.DefinitionID, true
		t.Attempt = max(t.Attempt, 1)
	}
	f.commit(in.Shard, &store.Batch{Instances: []workflow.Instance{in}, Tasks: tasks})
	return in, tasks
}

// sameJSON compares JSON texts by what they mean.
func sameJSON(t *testing.T, what, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%s is no JSON: %s", what, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if string(x) != string(y) {
		t.Errorf("%s is\n%s\nwant\n%s", what, x, y)
	}
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q does not contain %q", text, p)
		}
	}
}
