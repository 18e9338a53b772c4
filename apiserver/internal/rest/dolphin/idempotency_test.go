package dolphin_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// faults is what goes wrong with a server.
type faults struct {
	before func() // the decisive write
	lost   bool   // the outcome of the write does not reach the server
	dead   bool   // it then reaches the database no longer
	hit    *atomic.Bool
}

func away() error { return workflow.Errorf(workflow.Unavailable, "database.unavailable", "away") }

// write carries out a write of a server with faults.
func (f *faults) write(ctx context.Context, do func(context.Context) error) error {
	f.hit.Store(true)
	if f.before != nil {
		f.before()
	}
	switch {
	case f.lost:
		o, _ := store.OnceOf(ctx)
		unaware := &store.Once{UserID: o.UserID, Key: o.Key, Fingerprint: o.Fingerprint, Answer: o.Answer}
		if err := do(store.WithOnce(ctx, unaware)); err != nil {
			return err
		}
		return away()
	case f.dead:
		return away()
	}
	return do(ctx)
}

type faultyProjects struct {
	store.Projects
	*faults
}

func (s faultyProjects) Create(ctx context.Context, p *workflow.Project) error {
	return s.write(ctx, func(ctx context.Context) error { return s.Projects.Create(ctx, p) })
}

type faultyCommands struct {
	store.Commands
	*faults
}

func (s faultyCommands) Insert(ctx context.Context, cs ...*workflow.Command) error {
	return s.write(ctx, func(ctx context.Context) error { return s.Commands.Insert(ctx, cs...) })
}

type faultyAnswers struct {
	store.Idempotency
	*faults
}

func (s faultyAnswers) Answer(ctx context.Context, o *store.Once) ([]byte, error) {
	if s.dead && s.hit.Load() {
		return nil, away()
	}
	return s.Idempotency.Answer(ctx, o)
}

// server starts another server on the database of the world.
func (f *flows) server(flaws faults) *flows {
	f.t.Helper()
	s := *f.store
	flaws.hit = new(atomic.Bool)
	s.Projects, s.Commands = faultyProjects{s.Projects, &flaws}, faultyCommands{s.Commands, &flaws}
	s.Idempotency = faultyAnswers{s.Idempotency, &flaws}
	uc := &usecase.Service{Store: &s, Coord: f.uc.Coord, Nudge: f.uc.Nudge, Kinds: f.uc.Kinds, Logs: f.uc.Logs,
		Auth: auth.New(auth.Config{}, &s, f.now), Now: f.now, Log: f.uc.Log, Zone: f.uc.Zone, Shards: f.uc.Shards, Blobs: f.uc.Blobs}
	api, err := dolphin.New(uc, dolphin.Config{})
	must(f.t, err)
	srv := httptest.NewServer(api.Handler())
	f.t.Cleanup(srv.Close)
	w, other := *f.world, *f
	w.store, w.uc, w.api, w.url = &s, uc, api, srv.URL+dolphin.Base
	other.world = &w
	return &other
}

// under repeats a call with a key.
func (f *flows) under(key string, who as, method, path string, params ...string) reply {
	f.t.Helper()
	with := as{"Idempotency-Key": key}
	for name, value := range who {
		with[name] = value
	}
	return f.call(with, method, path, params...)
}

func same(t testing.TB, what string, got, want reply) {
	t.Helper()
	if got.HTTP != want.HTTP || !bytes.Equal(got.Body, want.Body) {
		t.Errorf("%s: answered %d %s, want %d %s", what, got.HTTP, got.Body, want.HTTP, want.Body)
	}
}

// makers are requests that make something each time they are obeyed.
func (f *flows) makers() map[string]func(on *flows, key string) reply {
	id := fmt.Sprint(f.online("flow", oneTask))
	return map[string]func(*flows, string) reply{
		"project": func(on *flows, key string) reply {
			return on.under(key, f.asUser, http.MethodPost, "/projects/create", "projectName", "made under "+key)
		},
		"start": func(on *flows, key string) reply {
			return on.under(key, f.asUser, http.MethodPost, "/projects/p/executors/start-process-instance", "processDefinitionId", id,
				"failureStrategy", "END", "warningType", "NONE", "warningGroupId", "0", "receivers", key)
		},
	}
}

// made counts what there is: projects and commands.
func (f *flows) made() int {
	f.t.Helper()
	all, err := f.store.Projects.All(f.t.Context(), false)
	must(f.t, err)
	return len(all) + len(f.pending())
}

// TestServerDies ends a server at the moments that matter and repeats the
// request at another.
func TestServerDies(t *testing.T) {
	f := newFlows(t)
	for what, ask := range f.makers() {
		for when, flaws := range map[string]faults{
			"before the work":  {dead: true},
			"after the commit": {dead: true, lost: true},
		} {
			before := f.made()
			key := what + " " + when
			if r := ask(f.server(flaws), key); r.HTTP != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
				t.Errorf("%s: the dying server answered %d %s", key, r.HTTP, r.Body)
			}
			first := ask(f.server(faults{}), key)
			if first.Code != 0 {
				t.Errorf("%s: the repeat answered %d %s", key, first.HTTP, first.Body)
			}
			same(t, key, ask(f, key), first)
			if n := f.made() - before; n != 1 {
				t.Errorf("%s: made %d", key, n)
			}
		}
	}
}

// TestLostOutcome loses what the database says of a commit. The server finds
// out and tells the truth.
func TestLostOutcome(t *testing.T) {
	f := newFlows(t)
	for what, ask := range f.makers() {
		before := f.made()
		first := ask(f.server(faults{lost: true}), what)
		if first.Code != 0 {
			t.Errorf("%s: answered %d %s", what, first.HTTP, first.Body)
		}
		same(t, what, ask(f, what), first)
		if n := f.made() - before; n != 1 {
			t.Errorf("%s: made %d", what, n)
		}
	}
}

// TestLateWriter holds a server up before its write, until another has
// answered a repeat and more has happened since.
func TestLateWriter(t *testing.T) {
	f := newFlows(t)
	for what, ask := range f.makers() {
		before := f.made()
		frozen, thaw := make(chan struct{}), make(chan struct{})
		late := make(chan reply)
		go func() {
			late <- ask(f.server(faults{before: func() { close(frozen); <-thaw }}), what)
		}()
		<-frozen
		first := ask(f, what)
		if first.Code != 0 {
			t.Errorf("%s: answered %d %s", what, first.HTTP, first.Body)
		}
		close(thaw)
		same(t, what, <-late, first)
		if n := f.made() - before; n != 1 {
			t.Errorf("%s: made %d", what, n)
		}
	}
}

// TestConcurrentRepeats asks two servers at once, several times each.
func TestConcurrentRepeats(t *testing.T) {
	f := newFlows(t)
	servers := []*flows{f, f.server(faults{})}
	for what, ask := range f.makers() {
		for round := range 5 {
			before, key := f.made(), fmt.Sprint(what, round)
			answers := make([]reply, 12)
			var wg sync.WaitGroup
			for i := range answers {
				wg.Go(func() { answers[i] = ask(servers[i%2], key) })
			}
			wg.Wait()
			for _, a := range answers {
				if a.Code != 0 {
					t.Errorf("%s: answered %d %s", key, a.HTTP, a.Body)
				}
				same(t, key, a, answers[0])
			}
			if n := f.made() - before; n != 1 {
				t.Errorf("%s: made %d", key, n)
			}
		}
	}
}

// TestReusedKeyLoses races two different requests under one key.
func TestReusedKeyLoses(t *testing.T) {
	f := newFlows(t)
	var wg sync.WaitGroup
	answers := make([]reply, 6)
	for i := range answers {
		wg.Go(func() {
			answers[i] = f.under("k", f.asUser, http.MethodPost, "/projects/create", "projectName", fmt.Sprint("p", i))
		})
	}
	wg.Wait()
	won := 0
	for _, a := range answers {
		switch a.HTTP {
		case http.StatusCreated:
			won++
		case http.StatusUnprocessableEntity:
		default:
			t.Errorf("answered %d %s", a.HTTP, a.Body)
		}
	}
	if won != 1 {
		t.Errorf("%d requests won one key", won)
	}
}

// step is a write; owner says who asks, else it is the admin.
type step struct {
	owner  bool
	method string
	path   string
	params []string
}

// writes are all writes there are, in an order in which each succeeds.
func (f *flows) writes() []step {
	admin := func(path string, params ...string) step { return step{false, http.MethodPost, path, params} }
	owner := func(path string, params ...string) step {
		return step{true, http.MethodPost, "/projects/p" + path, params}
	}
	get := func(s step) step { s.method = http.MethodGet; return s }
	tomorrow := f.now().Add(24 * time.Hour).Format(time.DateTime)
	cron, spec := decade(`"0 0 2 * * ? *"`), []string{"processDefinitionJson", oneTask, "locations", "{}", "connects", "[]"}
	f.run(workflow.Instance{DefinitionID: 1, State: workflow.Running})
	f.run(workflow.Instance{DefinitionID: 1, State: workflow.Stopped})
	databases(f.t.(*testing.T), f.world)
	return []step{
		admin("/queue/create", "queue", "q2", "queueName", "q2"),
		admin("/queue/update", "id", "3", "queue", "q3", "queueName", "q3"),
		admin("/tenant/create", "tenantCode", "t2", "tenantName", "t2", "queueId", "1"),
		admin("/tenant/update", "id", "2", "tenantCode", "t3", "tenantName", "t3", "queueId", "1"),
		admin("/users/create", "userName", "bob", "userPassword", "secret", "tenantId", "2", "email", "bob@example.org"),
		admin("/users/update", "id", "3", "userName", "bob2", "userPassword", "secret2", "email", "", "tenantId", "2"),
		admin("/projects/create", "projectName", "new"),
		admin("/projects/update", "projectId", "2", "projectName", "newer"),
		admin("/users/grant-project", "userId", "3", "projectIds", "2"),
		admin("/access-token/create", "userId", "3", "expireTime", tomorrow, "token", "abc"),
		admin("/access-token/update", "id", "3", "userId", "3", "expireTime", tomorrow, "token", "def"),
		admin("/access-token/delete", "id", "3"),
		admin("/worker-group/save", "id", "0", "name", "g", "addrList", ""),
		admin("/worker-group/delete-by-id", "id", "1"),
		owner("/process/save", append(spec, "name", "flow")...),
		owner("/process/update", append(spec, "id", "1", "name", "flow 2")...),
		owner("/process/copy", "processId", "1"),
		admin("/projects/import-definition", "projectName", "p", "@file",
			fmt.Sprintf(`f.json:[{"projectName":"x","processDefinitionName":"theirs","processDefinitionJson":%q}]`, oneTask)),
		owner("/process/release", "processId", "1", "releaseState", "1"),
		owner("/schedule/create", "processDefinitionId", "1", "schedule", cron, "receivers", "a@example.org"),
		owner("/schedule/update", "id", "1", "schedule", cron, "warningGroupId", "0", "receivers", "b@example.org"),
		owner("/schedule/online", "id", "1"),
		owner("/schedule/offline", "id", "1"),
		owner("/executors/start-process-instance", "processDefinitionId", "1", "failureStrategy", "END", "warningType", "NONE",
			"warningGroupId", "0", "receivers", "c@example.org"),
		owner("/executors/execute", "processInstanceId", "1", "executeType", "STOP"),
		owner("/process/release", "processId", "1", "releaseState", "0"),
		owner("/instance/update", "processInstanceId", "2", "syncDefine", "true", "processInstanceJson", oneTask),
		get(owner("/instance/delete", "processInstanceId", "2")),
		get(owner("/schedule/delete", "scheduleId", "1")),
		get(owner("/process/delete", "processDefinitionId", "2")),
		admin("/resources/directory/create", "type", "UDF", "name", "lib", "description", "d", "pid", "-1", "currentDir", "/"),
		admin("/resources/create", "type", "UDF", "name", "f.jar", "@file", "f.jar:bytes", "pid", "1", "currentDir", "/lib"),
		admin("/resources/online-create", "type", "FILE", "fileName", "run", "suffix", "sh", "content", "echo", "pid", "-1", "currentDir", "/"),
		admin("/resources/update", "id", "2", "type", "UDF", "name", "g.jar", "@file", "g.jar:other bytes"),
		admin("/resources/update-content", "id", "3", "content", "echo more"),
		admin("/resources/udf-func/create", "type", "HIVE", "funcName", "f", "className", "org.example.F", "resourceId", "2"),
		admin("/resources/udf-func/update", "id", "1", "type", "SPARK", "funcName", "g", "className", "org.example.G", "resourceId", "2"),
		admin("/users/grant-file", "userId", "3", "resourceIds", "1-2,3"),
		admin("/users/grant-udf-func", "userId", "3", "udfIds", "1"),
		admin("/datasources/create", sourceForm("d")...),
		admin("/datasources/update", append(sourceForm("e"), "id", "1")...),
		admin("/users/grant-datasource", "userId", "3", "datasourceIds", "1"),
		get(admin("/datasources/delete", "id", "1")),
		admin("/alert-group/create", "groupName", "g", "groupType", "EMAIL"),
		admin("/alert-group/update", "id", "2", "groupName", "h", "groupType", "SMS"),
		admin("/alert-group/grant-user", "alertgroupId", "2", "userIds", "3,1"),
		admin("/alert-group/delete", "id", "2"),
		get(admin("/resources/udf-func/delete", "id", "1")),
		get(admin("/resources/delete", "id", "3")),
		get(admin("/projects/delete", "projectId", "2")),
		admin("/users/delete", "id", "3"),
		admin("/tenant/delete", "id", "2"),
		admin("/signOut"),
	}
}

// state is what the writes changed and made.
func (f *flows) state() []any {
	f.t.Helper()
	ctx := f.t.Context()
	users, err := f.store.Users.All(ctx)
	must(f.t, err)
	tenants, err := f.store.Tenants.All(ctx)
	must(f.t, err)
	queues, err := f.store.Queues.All(ctx)
	must(f.t, err)
	projects, err := f.store.Projects.All(ctx, false)
	must(f.t, err)
	definitions, err := f.store.Definitions.All(ctx, f.proj.ID)
	must(f.t, err)
	schedules, err := f.store.Schedules.All(ctx, f.proj.ID)
	must(f.t, err)
	tokens, _, err := f.store.Tokens.List(ctx, 0, "", store.Page{Number: 1, Size: 100})
	must(f.t, err)
	files, err := f.store.Resources.All(ctx, store.ResourceFilter{Kind: workflow.ResourceFile})
	must(f.t, err)
	archives, err := f.store.Resources.All(ctx, store.ResourceFilter{Kind: workflow.ResourceUDF})
	must(f.t, err)
	functions, err := f.store.UDFs.All(ctx, 0, "")
	must(f.t, err)
	sources, err := f.store.DataSources.All(ctx, 0, "")
	must(f.t, err)
	groups, err := f.store.AlertGroups.All(ctx)
	must(f.t, err)
	return []any{users, tenants, queues, projects, definitions, schedules, tokens, f.pending(), files, archives, functions, sources, groups}
}

// take carries a step out; without a key when that is empty.
func (f *flows) take(s step, key string) reply {
	who := token(f.admin)
	if s.owner {
		who = f.asUser
	}
	if key == "" {
		return f.call(who, s.method, s.path, s.params...)
	}
	return f.under(key, who, s.method, s.path, s.params...)
}

// TestEveryWriteHappensOnce sees that a key changes no answer and that repeats
// of every write get the first answer, whatever happened since.
func TestEveryWriteHappensOnce(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return noon }
	plain, keyed := newFlowsAt(t, clock), newFlowsAt(t, clock)
	steps := keyed.writes()
	plain.writes()
	firsts := make([]reply, len(steps))
	for i, s := range steps {
		want := plain.take(s, "")
		if firsts[i] = keyed.take(s, fmt.Sprint("step ", i)); want.Code != 0 {
			t.Errorf("%s: refused: %s", s.path, want.Body)
		}
		same(t, s.path+" with a key", firsts[i], want)
	}
	before, other := keyed.state(), keyed.server(faults{})
	for i, s := range slices.Backward(steps) {
		same(t, s.path+" repeated", other.take(s, fmt.Sprint("step ", i)), firsts[i])
	}
	if d := cmp.Diff(before, keyed.state()); d != "" {
		t.Errorf("repeats changed something (-before +after):\n%s", d)
	}
	everyWriteIsThere(t, keyed.api.Routes(), steps)
}

// reads are routes that look like writes.
var reads = []string{"verifyQueue", "startCheckProcessDefinition", "queryScheduleList", "previewSchedule", "queryDataSource", "connectDataSource"}

func everyWriteIsThere(t *testing.T, routes []dolphin.Route, steps []step) {
	t.Helper()
	for _, rt := range routes {
		if rt.Access == dolphin.Public || rt.Secret || rt.Method == http.MethodGet && !rt.Writes || slices.Contains(reads, rt.Operation) {
			continue
		}
		path := strings.ReplaceAll(rt.Path, "{projectName}", "p")
		if !slices.ContainsFunc(steps, func(s step) bool { return s.method == rt.Method && s.path == path }) {
			t.Errorf("%s (%s) is not among the writes", rt.Operation, rt.Path)
		}
	}
}

// TestRefusalsFreeTheirKey corrects what a request was refused for.
func TestRefusalsFreeTheirKey(t *testing.T) {
	f := newFlows(t)
	id := f.save("flow", oneTask)
	start := func() reply {
		return f.under("k", f.asUser, http.MethodPost, "/projects/p/executors/start-process-instance", "processDefinitionId", fmt.Sprint(id),
			"failureStrategy", "END", "warningType", "NONE", "warningGroupId", "0")
	}
	start().is(t, http.StatusOK, status.ProcessDefineNotRelease)
	f.release(id, 1)
	start().is(t, http.StatusOK, status.Success)
	f.release(id, 0)
	start().is(t, http.StatusOK, status.Success)
	if n := len(f.pending()); n != 1 {
		t.Errorf("%d commands wait", n)
	}
}
