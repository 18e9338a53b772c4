package alerting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore/sqltest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is a kind whose channels append to it what arrives.
type target struct {
	mu      sync.Mutex
	arrived []string
	when    []time.Time
	answer  func(ctx context.Context, m notify.Message, n int) error // n: attempts so far
	now     atomic.Int64                                             // under way
	most    atomic.Int64
}

func (k *target) Name() workflow.ChannelKind { return workflow.ChannelWebhook }
func (k *target) New(map[string]string) (notify.Channel, error) {
	return targetChannel{k}, nil
}

type targetChannel struct{ *target }

func (c targetChannel) Close() {}

func (c targetChannel) Send(ctx context.Context, m notify.Message) error {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
		continue
	}
	c.mu.Lock()
	c.arrived = append(c.arrived, m.ID)
	c.when = append(c.when, time.Now())
	tries := len(c.arrived)
	c.mu.Unlock()
	if c.answer == nil {
		return nil
	}
	return c.answer(ctx, m, tries)
}

func (k *target) ids() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.arrived)
}

// post is a mail server that takes everything.
type post struct {
	mu    sync.Mutex
	mails []notify.Mail
}

func (p *post) Send(_ context.Context, m notify.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, m)
	return nil
}

// plainWriter writes titles only.
type plainWriter struct{}

func (plainWriter) Write(s notify.Subject) (notify.Message, error) {
	if s.Alert.Title == "unreadable" {
		return notify.Message{}, errors.New("no words for this")
	}
	return notify.Message{ID: s.DeliveryID, AlertID: s.Alert.ID, Title: s.Project + "/" + s.Workflow + "/" + s.Alert.Title}, nil
}

// world is a database with alerts.
type world struct {
	t      *testing.T
	db     *store.Store
	target *target
	post   *post
	alerts int64
	epoch  int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := sqltest.Open(t, sqlstore.Options{Sealer: clear{}})
	return &world{t: t, db: db, target: &target{}, post: &post{}}
}

// clear seals nothing.
type clear struct{}

func (clear) Seal(b []byte, _ string) (string, error) { return string(b), nil }
func (clear) Open(s, _ string) ([]byte, error)        { return []byte(s), nil }
func (clear) Current(string) bool                     { return true }

func (w *world) close() {
	if err := w.db.Database.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) sender(cfg Config, change func(*Deps)) *Sender {
	deps := Deps{
		Outbox: w.db.Deliveries, Groups: w.db.AlertGroups, Channels: w.db.AlertChannels, Projects: w.db.Projects, Definitions: w.db.Definitions,
		Kinds: notify.NewKinds(w.target, notify.NewMailKind(w.post)), Mailer: w.post, Writer: plainWriter{},
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&deps)
	}
	if cfg.Owner == "" {
		cfg.Owner = "one"
	}
	return New(cfg, deps)
}

// run runs a sender until stop.
func (w *world) run(s *Sender) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	}
}

// channel makes a channel of the default group.
func (w *world) channel(name string) int64 {
	w.t.Helper()
	c := workflow.AlertChannel{Name: name, Kind: workflow.ChannelWebhook, Enabled: true, GroupIDs: []int64{1}}
	if err := w.db.AlertChannels.Save(w.t.Context(), &c); err != nil {
		w.t.Fatal(err)
	}
	return c.ID
}

// alert commits alerts for the default group.
func (w *world) alert(list ...workflow.Alert) {
	w.t.Helper()
	for i := range list {
		w.alerts++
		list[i].ID, list[i].CreateTime = w.alerts, time.Now()
		if list[i].Kind == "" {
			list[i].Kind = workflow.AlertFailure
		}
	}
	epoch, err := w.db.Scheduling.Take(w.t.Context(), 1, w.epoch, "test", "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.epoch = epoch
	if err := w.db.Scheduling.Commit(w.t.Context(), &store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}}, Alerts: list}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) deliveries() []store.DeliveryRow {
	w.t.Helper()
	rows, _, err := w.db.Deliveries.List(w.t.Context(), store.DeliveryFilter{}, store.Page{Number: 1, Size: 10_000})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// counted reads a counter of which some label has a value.
func counted(t *testing.T, s *Sender, name, label string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.Metrics())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetValue() == label {
					return m.GetCounter().GetValue()
				}
			}
		}
	}
	return 0
}

// poll is long where hours pass: every look costs real time.
const poll = 40 * time.Second

func failing(n int) []workflow.Alert {
	list := make([]workflow.Alert, n)
	for i := range list {
		list[i] = workflow.Alert{GroupID: 1, Title: fmt.Sprint("a", i), Content: "{}"}
	}
	return list
}

// TestRetry fails some attempts and looks at the pauses between them.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		w.channel("hook")
		w.target.answer = func(_ context.Context, _ notify.Message, n int) error {
			if n < 8 {
				return fmt.Errorf("attempt %d refused", n)
			}
			return nil
		}
		s := w.sender(Config{Poll: poll}, nil)
		defer w.run(s)()
		w.alert(failing(1)...)
		s.Wake()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		rows := w.deliveries()
		if len(rows) != 1 || rows[0].State != workflow.DeliveryPending || rows[0].LastError != "attempt 1 refused" || rows[0].Attempts != 1 {
			t.Fatalf("deliveries %+v", rows)
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if d := w.deliveries()[0]; d.State != workflow.DeliverySent || d.Attempts != 8 || d.Repeated != 0 || d.LastError != "" || d.EndTime.IsZero() {
			t.Errorf("delivery %+v", d.Delivery)
		}
		for i, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 30 * time.Minute, 30 * time.Minute} {
			if got := w.target.when[i+1].Sub(w.target.when[i]); got < want || got > want*11/10+poll {
				t.Errorf("pause %d was %v, want about %v", i+1, got, want)
			}
		}
		if n := counted(t, s, "porpoise_alert_deliveries_total", retry); n != 7 {
			t.Errorf("%v retries counted", n)
		}
	})
}

// TestGiveUp ends deliveries that make no sense, and those that took too long.
func TestGiveUp(t *testing.T) {
	for name, c := range map[string]struct {
		cfg    Config
		answer error
		want   int // attempts
		within time.Duration
	}{
		"hopeless": {Config{Poll: poll}, notify.Hopeless(errors.New("no such user")), 1, time.Minute},
		"attempts": {Config{Poll: poll, MaxAttempts: 3}, errors.New("no"), 3, time.Hour},
		"time":     {Config{Poll: poll, GiveUp: 10 * time.Minute}, errors.New("no"), 5, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.close()
				w.channel("hook")
				w.target.answer = func(context.Context, notify.Message, int) error { return c.answer }
				defer w.run(w.sender(c.cfg, nil))()
				w.alert(failing(1)...)
				time.Sleep(c.within)
				synctest.Wait()
				d := w.deliveries()[0]
				if d.State != workflow.DeliveryFailed || d.Attempts != c.want || d.LastError == "" || d.EndTime.IsZero() {
					t.Errorf("delivery %+v", d.Delivery)
				}
			})
		})
	}
}

// TestUnknownOutcome counts repeats of which the sender knows.
func TestUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		w.channel("hook")
		w.target.answer = func(_ context.Context, _ notify.Message, n int) error {
			if n == 1 {
				return notify.Unknown(errors.New("no answer"))
			}
			return nil
		}
		s := w.sender(Config{}, nil)
		defer w.run(s)()
		w.alert(failing(1)...)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if d := w.deliveries()[0]; d.State != workflow.DeliverySent || d.Attempts != 2 || d.Repeated != 1 {
			t.Errorf("delivery %+v", d.Delivery)
		}
		if ids := w.target.ids(); len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("arrived %v: a repeat has the same id", ids)
		}
		if n := counted(t, s, "porpoise_alert_repeats_total", "WEBHOOK"); n != 1 {
			t.Errorf("%v repeats counted", n)
		}
	})
}

// crashing is an outbox whose sender dies before it stores an outcome.
type crashing struct {
	store.Deliveries
	left atomic.Int64 // crashes to come
}

func (c *crashing) Finish(ctx context.Context, owner string, d workflow.Delivery) error {
	if c.left.Add(-1) >= 0 {
		return errors.New("died")
	}
	return c.Deliveries.Finish(ctx, owner, d)
}

// TestSeveralSenders lets three senders share the work; some die between
// sending and storing. Every alert arrives, and as often more than once as
// repeats are counted.
func TestSeveralSenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		w.channel("hook")
		outbox := &crashing{Deliveries: w.db.Deliveries}
		outbox.left.Store(7)
		for i := range 3 {
			s := w.sender(Config{Owner: fmt.Sprint("sender", i), Poll: poll}, func(d *Deps) { d.Outbox = outbox })
			defer w.run(s)()
		}
		w.alert(failing(200)...)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		seen := map[string]int{}
		for _, id := range w.target.ids() {
			seen[id]++
		}
		repeats := 0
		for _, d := range w.deliveries() {
			if d.State != workflow.DeliverySent {
				t.Errorf("delivery %+v", d.Delivery)
			}
			if n := seen[notify.DeliveryID(d.ID)]; n != 1+d.Repeated {
				t.Errorf("delivery %d arrived %d times and counts %d repeats", d.ID, n, d.Repeated)
			}
			repeats += d.Repeated
		}
		if len(seen) != 200 || repeats != 7 {
			t.Errorf("%d alerts arrived, %d repeats", len(seen), repeats)
		}
	})
}

// TestSlowChannel holds one channel up: others go on, and it gets no more
// attempts at once than it may.
func TestSlowChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		slow := w.channel("slow")
		w.target.answer = func(ctx context.Context, _ notify.Message, _ int) error {
			select {
			case <-time.After(25 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := w.db.Users.Create(t.Context(), &workflow.User{Name: "a", Email: "a@example.com"}); err != nil {
			t.Fatal(err)
		}
		if err := w.db.AlertGroups.SetUsers(t.Context(), 1, []int64{1}); err != nil {
			t.Fatal(err)
		}
		s := w.sender(Config{PerChannel: 3}, nil)
		defer w.run(s)()
		w.alert(failing(40)...)
		s.Wake()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if len(w.post.mails) != 40 {
			t.Errorf("%d mails while channel %d is slow", len(w.post.mails), slow)
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if most := w.target.most.Load(); most != 3 || len(w.target.ids()) != 40 {
			t.Errorf("%d attempts at once, %d in all", most, len(w.target.ids()))
		}
	})
}

// TestStop lets attempts under way end, and stores what became of them.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		w.channel("hook")
		w.target.answer = func(context.Context, notify.Message, int) error { time.Sleep(5 * time.Second); return nil }
		s := w.sender(Config{}, nil)
		stop := w.run(s)
		w.alert(failing(1)...)
		s.Wake()
		time.Sleep(time.Second)
		stop()
		if d := w.deliveries()[0]; d.State != workflow.DeliverySent {
			t.Errorf("delivery %+v", d.Delivery)
		}
	})
}

// TestPlan decides who hears of what.
func TestPlan(t *testing.T) {
	w := newWorld(t)
	defer w.close()
	ctx := t.Context()
	for i, address := range []string{"anna@example.com", "BEN@example.com", "nonsense"} {
		if err := w.db.Users.Create(ctx, &workflow.User{Name: fmt.Sprint("u", i), Email: address}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.db.AlertGroups.SetUsers(ctx, 1, []int64{1, 2}); err != nil {
		t.Fatal(err)
	}
	hook := w.channel("hook")
	mail := workflow.AlertChannel{Name: "mail", Kind: workflow.ChannelMail, Enabled: true, GroupIDs: []int64{1},
		Settings: map[string]string{"receivers": "team@example.com,anna@example.com", "receiversCc": "boss@example.com"}}
	off := workflow.AlertChannel{Name: "off", Kind: workflow.ChannelWebhook, GroupIDs: []int64{1}}
	for _, c := range []*workflow.AlertChannel{&mail, &off} {
		if err := w.db.AlertChannels.Save(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	cc := engine.Facts{Cc: "copy@example.com"}
	group := "to anna@example.com, to BEN@example.com, to team@example.com, cc boss@example.com"
	for name, c := range map[string]struct {
		alert workflow.Alert
		want  string
	}{
		"group":            {workflow.Alert{GroupID: 1, Content: "{}"}, fmt.Sprintf("channel %d, %s", hook, group)},
		"nobody":           {workflow.Alert{Content: "{}"}, ""},
		"failover":         {workflow.Alert{Kind: workflow.AlertFailover, Content: "{}"}, ""},
		"must be heard":    {workflow.Alert{Kind: workflow.AlertNoStart, Content: "{}"}, fmt.Sprintf("channel %d, %s", hook, group)},
		"receivers":        {workflow.Alert{Receivers: "x@example.com,copy@example.com", Content: cc.JSON()}, "to x@example.com, cc copy@example.com"},
		"everybody, once":  {workflow.Alert{GroupID: 1, Receivers: "ben@example.com;Boss@example.com,copy@example.com", Content: cc.JSON()}, fmt.Sprintf("channel %d, to anna@example.com, to BEN@example.com, to team@example.com, to Boss@example.com, cc copy@example.com", hook)},
		"no address":       {workflow.Alert{Receivers: "x\r\nBcc: v@example.com", Content: "{}"}, "FAILED to x\r\nBcc: v@example.com"},
		"group is missing": {workflow.Alert{GroupID: 99, Content: "{}"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := w.sender(Config{}, nil)
			w.alert(c.alert)
			if err := s.plan(ctx); err != nil {
				t.Fatal(err)
			}
			rows, _, err := w.db.Deliveries.List(ctx, store.DeliveryFilter{AlertID: w.alerts}, store.Page{Number: 1, Size: 99})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range slices.Backward(rows) {
				got = append(got, describe(d.Delivery))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("planned %v\nwant %s", got, c.want)
			}
		})
	}
}

func describe(d workflow.Delivery) string {
	text := ""
	if d.State != workflow.DeliveryPending {
		text = string(d.State) + " "
	}
	switch {
	case d.ChannelID != 0:
		return text + fmt.Sprintf("channel %d", d.ChannelID)
	case d.Address != "":
		return text + "to " + d.Address
	}
	return text + "cc " + d.Cc
}

// TestWordsAndChannels covers deliveries that cannot be made as planned.
func TestWordsAndChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		ctx := t.Context()
		id := w.channel("hook")
		defer w.run(w.sender(Config{}, nil))()
		panicking := true
		w.target.answer = func(context.Context, notify.Message, int) error {
			if panicking {
				panicking = false
				panic("oh")
			}
			return nil
		}
		w.alert(workflow.Alert{GroupID: 1, Title: "unreadable", Content: "{}"}, workflow.Alert{GroupID: 1, Title: "panics", Content: "{}"})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		rows := w.deliveries()
		if rows[1].State != workflow.DeliveryFailed || rows[1].LastError != "no words for this" {
			t.Errorf("unreadable: %+v", rows[1].Delivery)
		}
		if rows[0].State != workflow.DeliverySent || rows[0].Attempts != 2 {
			t.Errorf("panics: %+v", rows[0].Delivery)
		}
		if err := w.db.Deliveries.Plan(ctx, w.alerts, nil); err != nil {
			t.Fatal(err)
		}
		w.target.answer = func(context.Context, notify.Message, int) error { return errors.New("later") }
		w.alert(failing(1)...)
		time.Sleep(30 * time.Second)
		if err := w.db.AlertChannels.Delete(ctx, id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if d := w.deliveries()[0]; d.State != workflow.DeliveryFailed || d.LastError != "the channel was removed" {
			t.Errorf("removed: %+v", d.Delivery)
		}
	})
}
