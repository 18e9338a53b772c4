package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testAlertGroups(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first := value(s.AlertGroups.Get(ctx, 1))(t)
	if first.Name != "default admin warning group" || first.Type != "EMAIL" || first.UserID != 1 || first.CreateTime.IsZero() {
		t.Errorf("the first group is %+v", first)
	}
	g := filled[workflow.AlertGroup](1)
	g.ID = 0
	must(t, s.AlertGroups.Create(ctx, &g))
	stamped(t, g.CreateTime, g.UpdateTime)
	equal(t, value(s.AlertGroups.Get(ctx, g.ID))(t), g)
	changed := filled[workflow.AlertGroup](2)
	changed.ID, changed.Name = g.ID, "night shift"
	must(t, s.AlertGroups.Update(ctx, &changed))
	changed.CreateTime = g.CreateTime
	equal(t, value(s.AlertGroups.ByName(ctx, "night shift"))(t), changed)
	wantReason(t, s.AlertGroups.Create(ctx, &workflow.AlertGroup{Name: "night shift"}), workflow.Exists, "alert_group.exists")
	wantReason(t, s.AlertGroups.Update(ctx, &workflow.AlertGroup{ID: 99, Name: "x"}), workflow.NotFound, "alert_group.not_found")
	for search, want := range map[string][]int64{"": {g.ID, 1}, "NIGHT": {g.ID}, "default": {1}, "zz": nil} {
		got := pages(t, func(p store.Page) ([]workflow.AlertGroup, int, error) { return s.AlertGroups.List(ctx, search, p) },
			func(g workflow.AlertGroup) int64 { return g.ID })
		if !sameSet(got, want) {
			t.Errorf("groups %q: %v, want %v", search, got, want)
		}
	}
	equal(t, value(s.AlertGroups.All(ctx))(t), []workflow.AlertGroup{first, changed})

	anna, ben := workflow.User{Name: "anna", Email: "anna@example.org"}, workflow.User{Name: "ben"}
	must(t, s.Users.Create(ctx, &anna))
	must(t, s.Users.Create(ctx, &ben))
	must(t, s.AlertGroups.SetUsers(ctx, g.ID, []int64{ben.ID, anna.ID, ben.ID}))
	equal(t, value(s.AlertGroups.Users(ctx, g.ID))(t), []workflow.User{anna, ben})
	must(t, s.AlertGroups.SetUsers(ctx, g.ID, []int64{anna.ID}))
	equal(t, value(s.AlertGroups.Users(ctx, g.ID))(t), []workflow.User{anna})
	wantCode(t, s.AlertGroups.SetUsers(ctx, 99, []int64{anna.ID}), workflow.NotFound)
	c := workflow.AlertChannel{Name: "c", GroupIDs: []int64{1, g.ID}}
	must(t, s.AlertChannels.Save(ctx, &c))
	must(t, s.AlertGroups.Delete(ctx, g.ID))
	wantCode(t, s.AlertGroups.Delete(ctx, g.ID), workflow.NotFound)
	equal(t, len(value(s.AlertGroups.Users(ctx, g.ID))(t)), 0)
	equal(t, value(s.AlertChannels.Get(ctx, c.ID))(t).GroupIDs, []int64{1})
}

func testAlertChannels(t *testing.T, s *store.Store) {
	ctx := t.Context()
	c := filled[workflow.AlertChannel](1)
	c.ID, c.Enabled = 0, true
	must(t, s.AlertChannels.Save(ctx, &c))
	stamped(t, c.CreateTime, c.UpdateTime)
	equal(t, value(s.AlertChannels.Get(ctx, c.ID))(t), c)
	next := filled[workflow.AlertChannel](2)
	next.ID, next.Enabled, next.GroupIDs, next.CreateTime = c.ID, true, []int64{4, 5}, c.CreateTime
	must(t, s.AlertChannels.Save(ctx, &next))
	equal(t, value(s.AlertChannels.Get(ctx, c.ID))(t), next)
	off := workflow.AlertChannel{Name: "off", Kind: workflow.ChannelSlack, GroupIDs: []int64{4}}
	must(t, s.AlertChannels.Save(ctx, &off))
	wantReason(t, s.AlertChannels.Save(ctx, &workflow.AlertChannel{Name: "off"}), workflow.Exists, "alert_channel.exists")
	wantReason(t, s.AlertChannels.Save(ctx, &workflow.AlertChannel{ID: 99, Name: "x"}), workflow.NotFound, "alert_channel.not_found")
	equal(t, value(s.AlertChannels.All(ctx))(t), []workflow.AlertChannel{next, off})
	equal(t, value(s.AlertChannels.OfGroup(ctx, 4))(t), []workflow.AlertChannel{next})
	equal(t, len(value(s.AlertChannels.OfGroup(ctx, 6))(t)), 0)
	equal(t, value(s.AlertChannels.Reseal(ctx, 10))(t), 0)
	must(t, s.AlertChannels.Delete(ctx, c.ID))
	wantCode(t, s.AlertChannels.Delete(ctx, c.ID), workflow.NotFound)
	equal(t, len(value(s.AlertChannels.OfGroup(ctx, 5))(t)), 0)
}

// alerted commits alerts with the ids 1 to n, a minute apart, and gives them.
func alerted(t testing.TB, s *store.Store, n int) (list []workflow.Alert) {
	t.Helper()
	for i := range n {
		a := filled[workflow.Alert](i + 1)
		a.ID, a.CreateTime = int64(n-i), instant(time.Duration(i)*time.Minute)
		list = append(list, a)
	}
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Alerts: list})
	return list
}

// due is when the tests' deliveries are due.
var due = instant(24 * time.Hour)

func testDeliveries(t *testing.T, s *store.Store) {
	ctx := t.Context()
	list := alerted(t, s, 3)
	equal(t, value(s.Deliveries.Unplanned(ctx, 2))(t), list[:2])
	mail := workflow.Delivery{Kind: workflow.ChannelMail, Address: "a@example.org,b@example.org", Cc: "c@example.org", NextTry: due}
	robot := workflow.Delivery{ChannelID: 7, Kind: workflow.ChannelDingTalk, NextTry: due.Add(time.Minute)}
	must(t, s.Deliveries.Plan(ctx, list[0].ID, []workflow.Delivery{mail, robot}))
	must(t, s.Deliveries.Plan(ctx, list[0].ID, []workflow.Delivery{mail}))
	must(t, s.Deliveries.Plan(ctx, list[1].ID, nil))
	must(t, s.Deliveries.Plan(ctx, 99, []workflow.Delivery{mail}))
	equal(t, value(s.Deliveries.Unplanned(ctx, 9))(t), list[2:])
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Alerts: list}) // once more
	equal(t, value(s.Deliveries.Unplanned(ctx, 9))(t), list[2:])

	rows := value(s.Deliveries.Claim(ctx, "me", due, time.Minute, 9))(t)
	equal(t, len(rows), 1)
	got := rows[0]
	mail.ID, mail.AlertID, mail.State, mail.Attempts, mail.CreateTime = got.ID, list[0].ID, workflow.DeliveryPending, 1, got.CreateTime
	equal(t, got, store.DeliveryRow{Delivery: mail, Alert: list[0]})
	if got.CreateTime.IsZero() {
		t.Error("no create time")
	}
	mail.State, mail.LastError, mail.NextTry, mail.Repeated = workflow.DeliveryPending, "refused", due.Add(time.Second), 1
	must(t, s.Deliveries.Finish(ctx, "me", mail))
	equal(t, len(value(s.Deliveries.Claim(ctx, "me", due, time.Minute, 9))(t)), 0)
	equal(t, len(value(s.Deliveries.Claim(ctx, "me", due.Add(time.Hour), time.Minute, 9, 0, 7))(t)), 0)
	equal(t, value(s.Deliveries.Claim(ctx, "you", due.Add(time.Hour), time.Minute, 9, 0))(t)[0].Kind, workflow.ChannelDingTalk)
	rows = value(s.Deliveries.Claim(ctx, "me", due.Add(2*time.Hour), time.Minute, 9))(t)
	equal(t, []any{len(rows), rows[0].ID, rows[0].Attempts, rows[0].Repeated, rows[0].LastError}, []any{2, mail.ID, 2, 1, "refused"})
	mail = rows[0].Delivery
	mail.State, mail.LastError, mail.EndTime = workflow.DeliverySent, "", due.Add(2*time.Hour)
	must(t, s.Deliveries.Finish(ctx, "me", mail))

	for _, c := range []struct {
		f    store.DeliveryFilter
		want []int64
	}{
		{store.DeliveryFilter{}, []int64{rows[1].ID, mail.ID}},
		{store.DeliveryFilter{State: workflow.DeliverySent}, []int64{mail.ID}},
		{store.DeliveryFilter{AlertID: list[0].ID, InstanceID: list[0].InstanceID, ProjectID: list[0].ProjectID}, []int64{rows[1].ID, mail.ID}},
		{store.DeliveryFilter{InstanceID: list[1].InstanceID}, nil},
	} {
		found := pages(t, func(p store.Page) ([]store.DeliveryRow, int, error) { return s.Deliveries.List(ctx, c.f, p) },
			func(r store.DeliveryRow) int64 {
				if r.ID == mail.ID {
					equal(t, r, store.DeliveryRow{Delivery: mail, Alert: list[0]})
				}
				return r.ID
			})
		equal(t, found, c.want)
	}
}

func testDeliveryLeases(t *testing.T, s *store.Store) {
	ctx := t.Context()
	list := alerted(t, s, 1)
	must(t, s.Deliveries.Plan(ctx, list[0].ID, []workflow.Delivery{{Kind: workflow.ChannelMail, NextTry: due}}))
	mine := value(s.Deliveries.Claim(ctx, "me", due, time.Minute, 9))(t)
	equal(t, len(mine), 1)
	equal(t, len(value(s.Deliveries.Claim(ctx, "you", due.Add(59*time.Second), time.Minute, 9))(t)), 0)
	yours := value(s.Deliveries.Claim(ctx, "you", due.Add(time.Minute), time.Minute, 9))(t)
	equal(t, []int{len(yours), yours[0].Attempts, yours[0].Repeated}, []int{1, 2, 1})
	late := mine[0].Delivery
	late.State = workflow.DeliveryFailed
	must(t, s.Deliveries.Finish(ctx, "me", late)) // changes nothing
	again := value(s.Deliveries.Claim(ctx, "you", due.Add(time.Hour), time.Minute, 9))(t)
	equal(t, []int{len(again), again[0].Attempts, again[0].Repeated}, []int{1, 3, 2})
	late = yours[0].Delivery
	late.State = workflow.DeliveryFailed
	must(t, s.Deliveries.Finish(ctx, "you", late)) // his own, but an earlier attempt
	done := again[0].Delivery
	done.State, done.EndTime = workflow.DeliverySent, due.Add(time.Hour)
	must(t, s.Deliveries.Finish(ctx, "you", done))
	rows, total, err := s.Deliveries.List(ctx, store.DeliveryFilter{}, store.Page{Number: 1, Size: 9})
	must(t, err)
	equal(t, total, 1)
	equal(t, rows[0].Delivery, done)
	equal(t, len(value(s.Deliveries.Claim(ctx, "me", due.Add(2*time.Hour), time.Minute, 9))(t)), 0)
}

// testDeliveryRaces lets several plan and claim at once: every alert is
// planned once, and every delivery is claimed by one.
func testDeliveryRaces(t *testing.T, s *store.Store) {
	ctx := t.Context()
	list := alerted(t, s, 20)
	var wg sync.WaitGroup
	var mu sync.Mutex
	claimed := map[int64]int{}
	for w := range 4 {
		wg.Go(func() {
			for _, a := range list {
				if err := s.Deliveries.Plan(ctx, a.ID, []workflow.Delivery{{Kind: workflow.ChannelMail, Address: fmt.Sprint(a.ID), NextTry: due}}); err != nil {
					t.Errorf("planning: %v", err)
				}
			}
			for range 5 {
				rows, err := s.Deliveries.Claim(ctx, fmt.Sprint("sender", w), due, time.Minute, 7)
				if err != nil {
					t.Errorf("claiming: %v", err)
				}
				mu.Lock()
				for _, r := range rows {
					claimed[r.AlertID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, a := range list {
		if claimed[a.ID] != 1 {
			t.Errorf("the delivery of alert %d was claimed %d times", a.ID, claimed[a.ID])
		}
	}
	_, total, err := s.Deliveries.List(ctx, store.DeliveryFilter{}, store.Page{Number: 1, Size: 1})
	must(t, err)
	equal(t, total, len(list))
}

func testDeliveryPurge(t *testing.T, s *store.Store) {
	ctx := t.Context()
	list := alerted(t, s, 6)
	ended := workflow.Delivery{Kind: workflow.ChannelMail, State: workflow.DeliverySent, EndTime: due}
	late := workflow.Delivery{Kind: workflow.ChannelMail, State: workflow.DeliveryFailed, EndTime: due.Add(time.Hour)}
	pending := workflow.Delivery{Kind: workflow.ChannelMail}
	for i, ds := range [][]workflow.Delivery{{ended, ended}, {ended, late}, {ended, pending}, nil, {ended}} { // the sixth is not planned
		must(t, s.Deliveries.Plan(ctx, list[i].ID, ds))
	}
	purge := func(before time.Time, limit int) int { return value(s.Deliveries.Purge(ctx, before, limit))(t) }
	equal(t, purge(list[0].CreateTime, 9), 0)
	equal(t, []int{purge(due.Add(time.Minute), 2), purge(due.Add(time.Minute), 2), purge(due.Add(time.Minute), 2)}, []int{2, 1, 0})
	rows, total, err := s.Deliveries.List(ctx, store.DeliveryFilter{}, store.Page{Number: 1, Size: 9})
	must(t, err)
	equal(t, total, 4)
	var left []int64
	for _, r := range rows {
		left = append(left, r.AlertID)
	}
	slices.Sort(left)
	equal(t, slices.Compact(left), []int64{list[2].ID, list[1].ID})
	equal(t, purge(due.Add(2*time.Hour), 9), 1)
	equal(t, len(value(s.Deliveries.Unplanned(ctx, 9))(t)), 1)
}

func testRetentions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	equal(t, len(value(s.Retentions.All(ctx))(t)), 0)
	p := workflow.Project{Name: "p"}
	must(t, s.Projects.Create(ctx, &p))
	for _, r := range []workflow.Retention{{ProjectID: p.ID, InstanceDays: 7, LogDays: -1}, {InstanceDays: 90, LogDays: 30, CacheDays: 14}, {ProjectID: p.ID, InstanceDays: 8}} {
		must(t, s.Retentions.Save(ctx, r))
	}
	list := value(s.Retentions.All(ctx))(t)
	equal(t, len(list), 2)
	for i := range list {
		if list[i].UpdateTime.IsZero() {
			t.Error("no update time")
		}
		list[i].UpdateTime = time.Time{}
	}
	equal(t, list, []workflow.Retention{{InstanceDays: 90, LogDays: 30, CacheDays: 14}, {ProjectID: p.ID, InstanceDays: 8}})
	must(t, s.Retentions.Delete(ctx, 0))
	wantReason(t, s.Retentions.Delete(ctx, 0), workflow.NotFound, "retention.not_found")
	must(t, s.Projects.Delete(ctx, p.ID))
	equal(t, len(value(s.Retentions.All(ctx))(t)), 0)
}

func testExpired(t *testing.T, s *store.Store) {
	ctx := t.Context()
	var batch store.Batch
	for id, in := range map[int64]struct {
		project int64
		state   workflow.State
		end     time.Duration
	}{
		1: {1, workflow.Succeeded, 5 * time.Hour}, 2: {1, workflow.Failed, time.Hour}, 3: {2, workflow.Stopped, time.Hour},
		4: {3, workflow.Succeeded, 2 * time.Hour}, 5: {1, workflow.Running, time.Hour}, 6: {1, workflow.Succeeded, 9 * time.Hour},
	} {
		i := anInstance(int(id), 1, id)
		i.ProjectID, i.State, i.EndTime = in.project, in.state, instant(in.end)
		batch.Instances = append(batch.Instances, i)
		batch.Tasks = append(batch.Tasks, aTask(1, id, 10*id), aTask(2, id, 10*id+1))
	}
	open := anInstance(7, 1, 7)
	open.EndTime = time.Time{}
	child := anInstance(8, 1, 8) // stays with its parent
	child.ProjectID, child.State, child.EndTime, child.ParentID = 1, workflow.Succeeded, instant(time.Hour), open.ID
	batch.Instances = append(batch.Instances, open, child)
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), batch)
	before := instant(8 * time.Hour)
	for _, c := range []struct {
		project int64
		except  []int64
		want    []int64
	}{{1, nil, []int64{2, 1}}, {2, nil, []int64{3}}, {0, nil, []int64{2, 3, 4, 1}}, {0, []int64{1, 3}, []int64{3}}, {9, nil, nil}} {
		var got []int64
		var after store.Ended
		for {
			page := value(s.Retentions.Expired(ctx, c.project, c.except, before, after, 2))(t)
			for _, i := range page {
				got = append(got, i.ID)
				after = store.Ended{Time: i.EndTime, ID: i.ID}
			}
			if len(page) < 2 {
				break
			}
		}
		equal(t, got, c.want)
		instances, tasks, err := s.Retentions.CountExpired(ctx, c.project, c.except, before)
		must(t, err)
		equal(t, []int{instances, tasks}, []int{len(c.want), 2 * len(c.want)})
	}
	equal(t, value(s.Retentions.ProjectsOf(ctx, []int64{10, 31, 99}))(t), map[int64]int64{10: batch.Tasks[0].ProjectID, 31: batch.Tasks[0].ProjectID + 1000})
}
