package native_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// plant is a world with a project, people of every role, a workflow that is
// online and a master that obeys nobody.
type plant struct {
	*world
	proj workflow.Project
	flow workflow.Definition
	logs *paperLogs

	viewer, operator, developer, stranger as
	fences                                map[int]store.Fence
}

func newPlant(t *testing.T) *plant {
	t.Helper()
	w := newWorld(t)
	p := &plant{world: w, fences: map[int]store.Fence{}, logs: &paperLogs{texts: map[int64][]byte{}, changed: make(chan struct{})}}
	w.uc.Logs = p.logs
	ctx := t.Context()
	tenant := workflow.Tenant{Code: "etl", Name: "etl", QueueID: 1}
	must(t, w.store.Tenants.Create(ctx, &tenant))
	other := workflow.Tenant{Code: "bi", Name: "bi", QueueID: 1}
	must(t, w.store.Tenants.Create(ctx, &other))
	owner := w.user("owner", workflow.RoleGeneral)
	p.proj = workflow.Project{Name: "plant", UserID: owner.ID}
	must(t, w.store.Projects.Create(ctx, &p.proj))
	for role, who := range map[workflow.ProjectRole]*as{workflow.RoleViewer: &p.viewer, workflow.RoleOperator: &p.operator, workflow.RoleDeveloper: &p.developer, "": &p.stranger} {
		u := w.user("some "+string(role), workflow.RoleGeneral)
		must(t, w.store.Members.Set(ctx, p.proj.ID, u.ID, role))
		*who = w.as(u)
	}
	p.flow = p.workflow("flow", tenant.ID)
	_, err := w.coord.Register(ctx, coord.Member{ID: "m1", Incarnation: "life", Role: coord.Master, Addr: "127.0.0.1:1"}, time.Minute)
	must(t, err)
	return p
}

// workflow makes a workflow of three tasks, online.
func (p *plant) workflow(name string, tenant int64) workflow.Definition {
	p.t.Helper()
	d := workflow.Definition{ProjectID: p.proj.ID, Name: name, UserID: p.proj.UserID, ReleaseState: workflow.Online, Spec: workflow.Spec{
		TenantID:     tenant,
		GlobalParams: []workflow.Property{{Prop: "day", Direct: workflow.In, Type: "VARCHAR", Value: "$[yyyyMMdd-1]"}},
		Tasks: []workflow.Task{{Name: "extract", Kind: workflow.KindShell}, {Name: "load", Kind: workflow.KindShell},
			{Name: "report", Kind: workflow.KindShell, Forbidden: true}},
		Edges:  []workflow.Edge{{From: "extract", To: "load"}, {From: "load", To: "report"}},
		Layout: map[string]json.RawMessage{"points": json.RawMessage(`{"extract":{"x":10,"y":20}}`)},
	}}
	must(p.t, p.store.Definitions.Create(p.t.Context(), &d))
	return d
}

// write commits rows as the owner of their shard would.
func (p *plant) write(b store.Batch) {
	p.t.Helper()
	shard := store.ShardOf(p.flow.ID, store.Shards)
	f, ok := p.fences[shard]
	if !ok {
		epoch, err := p.store.Scheduling.Take(p.t.Context(), shard, 0, "m1#life", "127.0.0.1:1")
		must(p.t, err)
		f = store.Fence{Shard: shard, Epoch: epoch}
		p.fences[shard] = f
	}
	b.Fences = []store.Fence{f}
	must(p.t, p.store.Scheduling.Commit(p.t.Context(), &b))
}

// instance is a row of the workflow.
func (p *plant) instance(id int64, state workflow.State, started time.Time) workflow.Instance {
	in := workflow.Instance{ID: id, Shard: store.ShardOf(p.flow.ID, store.Shards), ProjectID: p.proj.ID, DefinitionID: p.flow.ID, DefinitionVersion: 1,
		Name: fmt.Sprint("flow-1-", id), State: state, StartTime: started, UpdateTime: started, RunTimes: 1, Command: workflow.CmdStart,
		UserID: p.proj.UserID, Start: workflow.StartOptions{Priority: workflow.High, TenantCode: "etl", Zone: "UTC"}}
	if state.Terminal() {
		in.EndTime = started.Add(time.Minute)
	}
	return in
}

func (p *plant) attempt(id, instance int64, task string, state workflow.State) workflow.TaskInstance {
	return workflow.TaskInstance{ID: id, InstanceID: instance, ProjectID: p.proj.ID, DefinitionID: p.flow.ID, Task: task, Kind: workflow.KindShell,
		State: state, Attempt: 1, Current: true, Priority: workflow.Medium, Host: "w1:1234", LogPath: "/x", UpdateTime: noon}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// pending gives the commands that wait.
func (p *plant) pending() []workflow.Command {
	p.t.Helper()
	list, err := p.store.Runs.Waiting(p.t.Context(), 100)
	must(p.t, err)
	return list
}

// obey deletes what waits.
func (p *plant) obey() {
	var ids []int64
	for _, c := range p.pending() {
		ids = append(ids, c.ID)
	}
	p.write(store.Batch{Commands: ids})
}

// onlyPending gives the one command that waits, and obeys it.
func (p *plant) onlyPending() workflow.Command {
	p.t.Helper()
	list := p.pending()
	if len(list) != 1 {
		p.t.Fatalf("%d commands wait: %+v", len(list), list)
	}
	p.obey()
	return list[0]
}

// paperLogs are logs of attempts that the test writes.
type paperLogs struct {
	mu      sync.Mutex
	texts   map[int64][]byte
	ended   bool
	broken  int // reads that fail in the middle
	changed chan struct{}
}

func (l *paperLogs) add(id int64, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts[id] = append(l.texts[id], text...)
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *paperLogs) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *paperLogs) Read(ctx context.Context, _ string, id, offset, limit int64, follow bool, w io.Writer) error {
	for {
		l.mu.Lock()
		text, known := l.texts[id]
		ended, changed, breaks := l.ended, l.changed, l.broken > 0
		if breaks {
			l.broken--
		}
		l.mu.Unlock()
		if !known {
			return workflow.Errorf(workflow.NotFound, "log.gone", "no log")
		}
		piece := text[min(offset, int64(len(text))):]
		if limit > 0 {
			piece = piece[:min(limit, int64(len(piece)))]
		}
		if breaks {
			piece = piece[:len(piece)/2]
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
		offset += int64(len(piece))
		if breaks {
			return workflow.Errorf(workflow.Unavailable, "log.unreachable", "cut")
		}
		if !follow || ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

func (l *paperLogs) Size(_ context.Context, _ string, id int64) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.texts[id])), nil
}

// event is a server-sent event.
type event struct {
	id, name string
	data     []byte
}

func (e event) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(e.data, v); err != nil {
		t.Fatalf("event %s: %v: %s", e.name, err, e.data)
	}
}

// listener reads an event stream.
type listener struct {
	t    testing.TB
	body io.ReadCloser
	in   *bufio.Reader
}

// listen opens a stream; headers come in pairs.
func (w *world) listen(who as, path string, headers ...string) *listener {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	w.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, nil)
	must(w.t, err)
	for k, v := range who {
		req.Header[k] = v
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(w.t, err)
	if ct := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || ct != "text/event-stream" {
		text, _ := io.ReadAll(res.Body)
		w.t.Fatalf("HTTP %d %s: %s", res.StatusCode, ct, text)
	}
	l := &listener{t: w.t, body: res.Body, in: bufio.NewReader(res.Body)}
	w.t.Cleanup(l.close)
	return l
}

func (l *listener) close() { l.body.Close() }

// next gives the next event; false when the stream has ended.
func (l *listener) next() (e event, ok bool) {
	l.t.Helper()
	for {
		line, err := l.in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return e, false
		}
		must(l.t, err)
		line = bytes.TrimSuffix(line, []byte("\n"))
		switch field, value, _ := strings.Cut(string(line), ": "); {
		case len(line) == 0 && e.name != "":
			return e, true
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			e.data = []byte(value)
		}
	}
}

// until reads to the next event of a name and gives all up to it.
func (l *listener) until(name string) []event {
	l.t.Helper()
	var list []event
	for {
		e, ok := l.next()
		if !ok {
			l.t.Fatalf("the stream ended without %s, after %v", name, list)
		}
		if list = append(list, e); e.name == name {
			return list
		}
	}
}
