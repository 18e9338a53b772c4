package materials

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore/sqltest"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub counts what becomes of credits.
type hub struct {
	mu     sync.Mutex
	sent   []int64
	unused []dispatch.Assignee
	change chan struct{} // gets one for each
}

func newHub() *hub { return &hub{change: make(chan struct{}, 10_000)} }

func (h *hub) Send(_ dispatch.Assignee, a *workerpb.Assignment) {
	h.mu.Lock()
	h.sent = append(h.sent, a.AttemptId)
	h.mu.Unlock()
	h.change <- struct{}{}
}

func (h *hub) Unused(to dispatch.Assignee) {
	h.mu.Lock()
	h.unused = append(h.unused, to)
	h.mu.Unlock()
	h.change <- struct{}{}
}

// database is one that can be away, and that tells when it was asked.
type database struct {
	Resources
	mu    sync.Mutex
	away  bool
	asked chan struct{}
}

func (d *database) Get(ctx context.Context, id int64) (workflow.Resource, error) {
	d.mu.Lock()
	away := d.away
	d.mu.Unlock()
	select {
	case d.asked <- struct{}{}:
	default:
	}
	switch {
	case away:
		return workflow.Resource{}, workflow.Errorf(workflow.Unavailable, "database.unavailable", "away")
	case id == 404:
		return workflow.Resource{}, workflow.Errorf(workflow.NotFound, "resource.not_found", "none")
	}
	return workflow.Resource{ID: id, FullName: "/x"}, ctx.Err()
}

func (d *database) set(away bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
}

var quiet = slog.New(slog.DiscardHandler)

func needs(ids ...int64) *Wish {
	w := &Wish{}
	for _, id := range ids {
		w.Resources = append(w.Resources, workflow.ResourceRef{ID: id})
	}
	return w
}

// order makes an order of an attempt whose complaints go to a channel.
func order(attempt int64, w *Wish, lacking chan string) Order {
	return Order{
		To: dispatch.Assignee{WorkerID: "w", Stream: attempt}, Assignment: &workerpb.Assignment{AttemptId: attempt}, Wish: w,
		Lacking: func(reason string) { lacking <- reason },
	}
}

// start runs a pool until the test ends.
func start(t *testing.T, s Stores, h Hub) *Pool {
	t.Helper()
	p := New(Config{Parallel: 2, Retry: time.Millisecond}, s, h, quiet)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return p
}

// TestWhatIsGoneFailsTheAttempt gives one answer to each order: sent, or
// lacking and its credit back.
func TestWhatIsGoneFailsTheAttempt(t *testing.T) {
	h := newHub()
	p := start(t, Stores{Resources: &database{}}, h)
	lacking := make(chan string, 10)
	for id := range int64(100) {
		p.Send(t.Context(), order(id, needs(1), lacking))
	}
	p.Send(t.Context(), order(1000, needs(1, 404), lacking))
	p.Send(t.Context(), order(1001, &Wish{Err: errors.New("resourceList must be a list")}, lacking))
	for range 102 {
		<-h.change
	}
	reasons := []string{<-lacking, <-lacking}
	slices.Sort(reasons)
	if diff := cmp.Diff([]string{"resource 404 does not exist any more", "resourceList must be a list"}, reasons); diff != "" {
		t.Error(diff)
	}
	if len(h.sent) != 100 || len(h.unused) != 2 || p.Waiting() != 0 {
		t.Errorf("%d sent, %d given back, %d wait", len(h.sent), len(h.unused), p.Waiting())
	}
}

// TestDatabaseAway checks that nothing fails while the database is away, that
// what is killed meanwhile is not sent later, and that the rest goes out.
func TestDatabaseAway(t *testing.T) {
	h := newHub()
	db := &database{away: true, asked: make(chan struct{}, 1)}
	p := start(t, Stores{Resources: db}, h)
	lacking := make(chan string, 10)
	shard, lose := context.WithCancel(t.Context())
	defer lose()
	for id := range int64(5) {
		p.Send(t.Context(), order(id, needs(1), lacking))
	}
	p.Send(shard, order(5, needs(1), lacking))
	for range 4 { // and again
		<-db.asked
	}
	if _, ok := p.Cancel(0, "another worker"); ok {
		t.Error("an order was taken back from the wrong worker")
	}
	for _, id := range []int64{0, 4} { // one is looked up, one waits
		if to, ok := p.Cancel(id, "w"); !ok || to.Stream != id {
			t.Errorf("attempt %d could not be taken back", id)
		}
		if _, ok := p.Cancel(id, "w"); ok {
			t.Errorf("attempt %d was taken back twice", id)
		}
	}
	lose()
	db.set(false)
	for range 6 {
		<-h.change
	}
	slices.Sort(h.sent)
	if diff := cmp.Diff([]int64{1, 2, 3}, h.sent); diff != "" || len(h.unused) != 3 || len(lacking) != 0 {
		t.Errorf("%s, %d given back, %d lack something", diff, len(h.unused), len(lacking))
	}
	if _, ok := p.Cancel(1, "w"); ok {
		t.Error("what was sent was taken back")
	}
}

// TestALaterOrderReplaces checks that an attempt that came back into the queue
// is sent once, to where it was assigned last.
func TestALaterOrderReplaces(t *testing.T) {
	h := newHub()
	p := New(Config{}, Stores{Resources: &database{}}, h, quiet)
	older, newer := order(1, needs(1), nil), order(1, needs(1), nil)
	newer.To.Stream = 9
	p.Send(t.Context(), older)
	p.Send(t.Context(), newer)
	for p.Once() {
		continue
	}
	if len(h.sent) != 1 || len(h.unused) != 1 || h.unused[0].Stream != 1 || p.Waiting() != 0 {
		t.Errorf("sent %v, given back %v", h.sent, h.unused)
	}
}

// TestRaces cancels orders while they are settled: each ends in one way.
func TestRaces(t *testing.T) {
	h := newHub()
	p := start(t, Stores{Resources: &database{}}, h)
	lacking := make(chan string, 1000)
	taken := 0
	for id := range int64(1000) {
		p.Send(t.Context(), order(id, needs(1+id%2*403), lacking))
		if _, ok := p.Cancel(id, "w"); ok {
			taken++
		}
	}
	for range 1000 {
		<-h.change
	}
	if len(h.sent)+len(h.unused) != 1000 || len(h.unused) < taken {
		t.Errorf("%d sent, %d given back, %d of them taken back", len(h.sent), len(h.unused), taken)
	}
}

// passwords seals by marking; the store wants somebody who does.
type passwords struct{}

func (passwords) Seal(plain []byte, _ string) (string, error) { return "sealed:" + string(plain), nil }
func (passwords) Current(string) bool                         { return true }
func (passwords) Open(sealed, _ string) ([]byte, error) {
	return []byte(strings.TrimPrefix(sealed, "sealed:")), nil
}

// stock is a database with something of everything.
func stock(t *testing.T) (*store.Store, map[string]int64) {
	t.Helper()
	db := sqltest.Open(t, sqlstore.Options{Sealer: passwords{}})
	t.Cleanup(func() { _ = db.Database.Close() })
	ids := map[string]int64{}
	put := func(kind workflow.ResourceKind, parent, name string, folder bool) {
		r := workflow.Resource{
			Kind: kind, ParentID: ids[parent], FullName: parent + "/" + name, Name: name, FileName: name, Directory: folder, UserID: 1,
		}
		if !folder {
			r.Size, r.Key, r.SHA256 = 3, "key"+r.FullName, strings.Repeat("a", 64)
		}
		if err := db.Resources.Create(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
		ids[r.FullName] = r.ID
		if kind == workflow.ResourceUDF {
			ids["udf"] = r.ID
		}
	}
	put(workflow.ResourceFile, "", "lib", true)
	put(workflow.ResourceFile, "/lib", "a.sh", false)
	put(workflow.ResourceFile, "/lib", "deep", true)
	put(workflow.ResourceFile, "/lib/deep", "b.sh", false)
	put(workflow.ResourceFile, "", "f.jar", false)
	put(workflow.ResourceFile, "", "empty", true)
	put(workflow.ResourceUDF, "", "u.jar", false)
	d := workflow.DataSource{
		Name: "db", Type: workflow.MySQL, UserID: 1, Password: "canary", Connection: workflow.Connection{Host: "h", Port: 3306},
	}
	u := workflow.UDF{Name: "fn", Kind: workflow.UDFHive, ClassName: "C", UserID: 1, ResourceID: ids["udf"], ResourceName: "/u.jar"}
	user := workflow.User{Name: "ann", Email: "ann@example.org", Role: workflow.RoleGeneral, PasswordHash: "x"}
	group := workflow.AlertGroup{Name: "g"}
	err := errors.Join(db.DataSources.Create(t.Context(), &d), db.UDFs.Create(t.Context(), &u),
		db.Users.Create(t.Context(), &user), db.AlertGroups.Create(t.Context(), &group))
	if err == nil {
		err = db.AlertGroups.SetUsers(t.Context(), group.ID, []int64{user.ID})
	}
	if err != nil {
		t.Fatal(err)
	}
	ids["source"], ids["function"], ids["group"] = d.ID, u.ID, group.ID
	return db, ids
}

// TestFinding looks things up in a real store.
func TestFinding(t *testing.T) {
	db, ids := stock(t)
	f := finder{retry: time.Millisecond, log: quiet, stores: Stores{
		Resources: db.Resources, UDFs: db.UDFs, DataSources: db.DataSources, AlertGroups: db.AlertGroups,
	}}
	a := &workerpb.Assignment{}
	reason, err := f.fill(t.Context(), Order{Assignment: a, Group: ids["group"], Wish: &Wish{Needs: task.Needs{
		Resources: []workflow.ResourceRef{
			{ID: ids["/lib"]}, {Name: "/lib/a.sh"}, {ID: ids["/f.jar"]}, {ID: ids["/f.jar"]}, {ID: ids["/empty"]},
		},
		DataSources: []int64{ids["source"]}, UDFs: []int64{ids["function"]}, Receivers: true,
	}}})
	if reason != "" || err != nil {
		t.Fatal(reason, err)
	}
	got := map[string]string{}
	for _, r := range a.Resources {
		got[r.Name] = r.Key
		if r.Id == 0 || r.Size != 3 || len(r.Sha256) != 64 {
			t.Errorf("%v", r)
		}
	}
	want := map[string]string{
		"lib/a.sh": "key/lib/a.sh", "lib/deep/b.sh": "key/lib/deep/b.sh", "f.jar": "key/f.jar", "udfs/u.jar": "key/u.jar",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(a.Resources) != len(want) {
		t.Errorf("%s%v", diff, a.Resources)
	}
	var connection workflow.Connection
	if err := json.Unmarshal(a.DataSources[0].Connection, &connection); err != nil || connection.Port != 3306 ||
		a.DataSources[0].Password != "canary" || a.DataSources[0].Type != "MYSQL" {
		t.Errorf("%v %v", connection, err)
	}
	if u := a.Udfs[0]; u.Name != "fn" || u.ClassName != "C" || u.ResourceId != ids["udf"] || u.Kind != "HIVE" {
		t.Errorf("%v", u)
	}
	if diff := cmp.Diff([]string{"ann@example.org"}, a.Receivers); diff != "" {
		t.Error(diff)
	}
}

// TestFindingNothing names what is not there.
func TestFindingNothing(t *testing.T) {
	db, ids := stock(t)
	f := finder{retry: time.Millisecond, log: quiet, stores: Stores{
		Resources: db.Resources, UDFs: db.UDFs, DataSources: db.DataSources, AlertGroups: db.AlertGroups,
	}}
	for want, n := range map[string]task.Needs{
		"resource 4711 does not exist any more":    {Resources: []workflow.ResourceRef{{ID: ids["/f.jar"]}, {ID: 4711}}},
		"resource /lib/no does not exist any more": {Resources: []workflow.ResourceRef{{Name: "/lib/no"}}},
		"data source 4711 does not exist any more": {DataSources: []int64{4711}},
		"function 4711 does not exist any more":    {UDFs: []int64{ids["function"], 4711}},
	} {
		reason, err := f.fill(t.Context(), Order{Assignment: &workerpb.Assignment{}, Wish: &Wish{Needs: n}})
		if reason != want || err != nil {
			t.Errorf("%q %v, want %q", reason, err, want)
		}
	}
	given := &workerpb.Assignment{Receivers: []string{"x@example.org"}}
	reason, err := f.fill(t.Context(), Order{Assignment: given, Group: 4711, Wish: &Wish{Needs: task.Needs{Receivers: true}}})
	if reason != "" || err != nil || len(given.Receivers) != 1 {
		t.Errorf("%q %v %v", reason, err, given)
	}
}
