package native_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (p *plant) schedules() string {
	return fmt.Sprintf("/projects/plant/workflows/%d/schedules", p.flow.ID)
}

func daily() native.ScheduleInput {
	return native.ScheduleInput{ScheduleRule: native.ScheduleRule{Cron: "0 0 2 * * ?", Timezone: "Asia/Shanghai"}, Misfire: "LAST",
		Options: native.RunOptions{Priority: "HIGH", FailureStrategy: workflow.FailEnd, Params: map[string]string{"a": "b"}}}
}

func TestSchedules(t *testing.T) {
	p := newPlant(t)
	var s native.Schedule
	p.call(p.developer, "POST", p.schedules(), daily()).want(http.StatusCreated).into(&s)
	if s.Online || s.Workflow != "flow" || s.Misfire != "LAST" || s.Options.Priority != "HIGH" || s.Options.Tenant != "etl" || s.Version != 1 ||
		len(s.Next) != 5 || s.End != nil || s.NextDue != nil || s.User != "some DEVELOPER" || s.CalendarID != nil {
		t.Fatalf("made %+v", s)
	}
	one := fmt.Sprintf("/projects/plant/schedules/%d", s.ID)

	input := daily()
	input.Cron = "0 30 3 * * ?"
	p.call(p.developer, "PUT", one, input).want(http.StatusUnprocessableEntity) // without If-Match
	p.call(p.developer, "PUT", one, input, "If-Match", `"7"`).problem(http.StatusPreconditionFailed, "revision.changed")
	r := p.call(p.developer, "PUT", one, input, "If-Match", `"1"`).want(http.StatusOK)
	r.into(&s)
	if s.Cron != input.Cron || s.Version != 2 || r.Header.Get("ETag") != `"2"` {
		t.Errorf("changed to %+v, %s", s, r.Header.Get("ETag"))
	}
	p.obey()

	p.call(p.developer, "PUT", one+"/online", native.OnlineInput{Online: true}).want(http.StatusOK).into(&s)
	if !s.Online || s.NextDue == nil || !s.NextDue.Equal(s.Next[0]) {
		t.Errorf("online it is %+v", s)
	}
	p.call(p.developer, "PUT", one+"/online", native.OnlineInput{Online: true}).want(http.StatusOK) // again
	p.call(p.developer, "PUT", one, input, "If-Match", fmt.Sprintf(`"%d"`, s.Version)).problem(http.StatusConflict, "schedule.online")
	p.call(p.developer, "DELETE", one, nil).problem(http.StatusConflict, "schedule.still_online")

	var list native.List[native.Schedule]
	for query, n := range map[string]int{"": 1, fmt.Sprint("?workflow=", p.flow.ID): 1, "?workflow=999": 0, "?search=lo": 1, "?search=x": 0} {
		p.call(p.viewer, "GET", "/projects/plant/schedules"+query, nil).want(http.StatusOK).into(&list)
		if len(list.Items) != n || list.Total != n {
			t.Errorf("%s gives %+v", query, list)
		}
	}
	p.write(store.Batch{Fires: []workflow.Fire{{ScheduleID: s.ID, Due: noon, InstanceID: 5, FiredAt: noon}, {ScheduleID: s.ID, Due: noon.Add(time.Hour), Skipped: true, FiredAt: noon}}})
	var fires native.Feed[native.Fire]
	p.call(p.viewer, "GET", one+"/fires", nil).want(http.StatusOK).into(&fires)
	if len(fires.Items) != 3 || !fires.Items[0].Due.Equal(*s.NextDue) || !fires.Items[1].Skipped || fires.Items[1].InstanceID != nil || *fires.Items[2].InstanceID != 5 {
		t.Errorf("fires are %+v", fires)
	}

	p.call(p.developer, "PUT", one+"/online", native.OnlineInput{}).want(http.StatusOK)
	p.call(p.developer, "DELETE", one, nil).want(http.StatusNoContent)
	p.call(p.viewer, "GET", one, nil).problem(http.StatusNotFound, "schedule.not_found")
	for _, who := range []as{p.viewer, p.operator} {
		p.call(who, "POST", p.schedules(), daily()).problem(http.StatusForbidden, "user.forbidden")
		p.call(who, "DELETE", one, nil).problem(http.StatusForbidden, "user.forbidden")
	}
}

func TestSchedulesAreRefused(t *testing.T) {
	p := newPlant(t)
	for name, c := range map[string]struct {
		change func(s *native.ScheduleInput)
		reason string
		field  string
	}{
		"cron": {func(s *native.ScheduleInput) { s.Cron = "every day" }, "schedule.cron", "body.cron"},
		"zone": {func(s *native.ScheduleInput) { s.Timezone = "Mars/Olympus" }, "schedule.zone", "body.timezone"},
		"calendar": {func(s *native.ScheduleInput) {
			id := int64(99)
			s.CalendarID, s.CalendarRule = &id, workflow.OnWorkdays
		}, "calendar.not_found", "body.calendarId"},
		"window": {func(s *native.ScheduleInput) { s.Start, s.End = at(noon), at(noon.Add(-time.Hour)) }, "schedule.ends", "body.end"},
		"tenant": {func(s *native.ScheduleInput) { s.Options.Tenant = "gone" }, "tenant.not_found", "body.options.tenant"},
	} {
		in := daily()
		c.change(&in)
		problem := p.call(p.developer, "POST", p.schedules(), in).problem(http.StatusUnprocessableEntity, c.reason)
		if len(problem.Errors) != 1 || problem.Errors[0].Location != c.field {
			t.Errorf("%s: %+v", name, problem)
		}
	}
}

func at(v time.Time) *time.Time { return &v }

func TestPreview(t *testing.T) {
	p := newPlant(t)
	c := workflow.Calendar{Name: "work", Weekend: []time.Weekday{time.Saturday, time.Sunday}}
	must(t, p.store.Calendars.Save(t.Context(), &c))
	preview := func(in native.PreviewInput) (out native.SchedulePreview) {
		t.Helper()
		p.call(p.stranger, "POST", "/schedules:preview", in).want(http.StatusOK).into(&out)
		return out
	}
	in := native.PreviewInput{ScheduleRule: native.ScheduleRule{Cron: "0 0 2 * * ?", Timezone: "UTC"}, Count: 3, From: at(noon)} // a Sunday
	days := func(list []time.Time) (out []int) {
		for _, v := range list {
			out = append(out, v.Day())
		}
		return out
	}
	if got := preview(in); !slices.Equal(days(got.Times), []int{2, 3, 4}) || len(got.Problems) > 0 {
		t.Errorf("daily: %+v", got)
	}
	in.CalendarID, in.CalendarRule = &c.ID, workflow.OnHolidays
	if got := preview(in); !slices.Equal(days(got.Times), []int{7, 8, 14}) {
		t.Errorf("on free days: %+v", got)
	}
	in.Count = 200
	if got := preview(in); len(got.Times) != 200 {
		t.Errorf("%d times", len(got.Times))
	}
	in.Cron = "0 0 2 32 * ?"
	if got := preview(in); len(got.Times) > 0 || len(got.Problems) != 1 || got.Problems[0].Field != "cron" || got.Problems[0].Message == "" {
		t.Errorf("a wrong rule: %+v", got)
	}
	in.Count = 201
	p.call(p.stranger, "POST", "/schedules:preview", in).want(http.StatusUnprocessableEntity)
}

func TestBackfills(t *testing.T) {
	p := newPlant(t)
	path := fmt.Sprintf("/projects/plant/workflows/%d/backfills", p.flow.ID)
	days := []time.Time{noon, noon.Add(-24 * time.Hour), noon.Add(-24 * time.Hour)}
	p.call(p.operator, "POST", path, native.BackfillInput{Dates: days, Order: "DESC", Options: native.RunOptions{Priority: "LOW"}}).want(http.StatusAccepted)
	c := p.onlyPending()
	if c.Type != workflow.CmdBackfill || !slices.Equal(c.Backfill.Dates, days[:2]) || c.Backfill.Width != 1 || c.Start.Priority != workflow.Low {
		t.Errorf("command is %+v, %+v", c, c.Backfill)
	}
	zero := 0
	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	p.call(p.operator, "POST", path, native.BackfillInput{From: &from, To: &to, Parallel: &zero}).want(http.StatusAccepted)
	if c = p.onlyPending(); len(c.Backfill.Dates) != 5 || c.Backfill.Width != 0 {
		t.Errorf("without a schedule: %+v", c.Backfill)
	}
	for reason, in := range map[string]native.BackfillInput{
		"backfill.dates": {}, "schedule.zone": {From: &from, To: &to, Timezone: "Mars/Olympus"}, "start.tasks": {Dates: days, Options: native.RunOptions{StartTasks: []string{"gone"}}},
	} {
		p.call(p.operator, "POST", path, in).problem(http.StatusUnprocessableEntity, reason)
	}
	p.call(p.operator, "POST", path, native.BackfillInput{Dates: days, From: &from}).problem(http.StatusUnprocessableEntity, "backfill.dates")
	p.call(p.operator, "POST", path, native.BackfillInput{From: &to, To: &from}).problem(http.StatusUnprocessableEntity, "backfill.dates")
	p.call(p.viewer, "POST", path, native.BackfillInput{Dates: days}).problem(http.StatusForbidden, "user.forbidden")
}

func TestBackfillsAreWatchedAndHeld(t *testing.T) {
	p := newPlant(t)
	row := func(id int64, state workflow.State) workflow.Backfill {
		b := workflow.Backfill{ID: id, Shard: store.ShardOf(p.flow.ID, store.Shards), ProjectID: p.proj.ID, DefinitionID: p.flow.ID, State: state, CreateTime: noon}
		for i := range 4 {
			b.Plan.Dates = append(b.Plan.Dates, noon.AddDate(0, 0, i))
		}
		b.Plan.Width = 2
		return b
	}
	run := func(id int64, day int, state workflow.State) workflow.Instance {
		in := p.instance(id, state, noon)
		in.BackfillID, in.ScheduleTime = 1, noon.AddDate(0, 0, day)
		return in
	}
	p.write(store.Batch{Backfills: []workflow.Backfill{row(1, workflow.Running), row(2, workflow.Paused), row(3, workflow.Stopped)},
		Instances: []workflow.Instance{run(1, 0, workflow.Succeeded), run(2, 1, workflow.Failed), run(3, 2, workflow.Running)}})
	var d native.BackfillDetail
	p.call(p.viewer, "GET", "/projects/plant/backfills/1", nil).want(http.StatusOK).into(&d)
	if d.Total != 4 || d.Done != 1 || d.Failed != 1 || !slices.Equal(d.Running, []int64{3}) || d.Workflow != "flow" || d.Parallel != 2 || len(d.Actions) > 0 ||
		len(d.Dates) != 4 || *d.Dates[1].InstanceID != 2 || d.Dates[1].State != workflow.Failed || d.Dates[3].InstanceID != nil || d.Dates[3].State != "" {
		t.Errorf("backfill is %+v", d)
	}
	var ids []int64
	for cursor, n := "", 0; n == 0 || cursor != ""; n++ {
		var f native.Feed[native.Backfill]
		p.call(p.viewer, "GET", "/projects/plant/backfills?limit=2&cursor="+cursor, nil).want(http.StatusOK).into(&f)
		for _, b := range f.Items {
			ids = append(ids, b.ID)
		}
		cursor = f.Next
	}
	if !slices.Equal(ids, []int64{3, 2, 1}) {
		t.Errorf("listed %v", ids)
	}
	act := func(who as, id int, action string) reply {
		t.Helper()
		return p.call(who, "POST", fmt.Sprintf("/projects/plant/backfills/%d/actions", id), map[string]string{"action": action})
	}
	for _, c := range []struct {
		id     int
		action string
		want   workflow.CommandType
	}{{1, "PAUSE", workflow.CmdPauseBackfill}, {1, "STOP", workflow.CmdStopBackfill}, {2, "RESUME", workflow.CmdResumeBackfill}, {2, "STOP", workflow.CmdStopBackfill}} {
		act(p.operator, c.id, c.action).want(http.StatusAccepted)
		if got := p.onlyPending(); got.Type != c.want || got.BackfillID != int64(c.id) || got.Shard != d0(p) {
			t.Errorf("%s left %+v", c.action, got)
		}
	}
	act(p.operator, 1, "RESUME").problem(http.StatusConflict, "backfill.state")
	act(p.operator, 3, "STOP").problem(http.StatusConflict, "backfill.state")
	act(p.operator, 9, "STOP").problem(http.StatusNotFound, "backfill.not_found")
	act(p.operator, 1, "RERUN").want(http.StatusUnprocessableEntity)
	act(p.viewer, 1, "STOP").problem(http.StatusForbidden, "user.forbidden")
	if list := p.pending(); len(list) > 0 {
		t.Errorf("refusals left %+v", list)
	}
}

// d0 is the shard of the plant's workflow.
func d0(p *plant) int { return store.ShardOf(p.flow.ID, store.Shards) }

func TestStatistics(t *testing.T) {
	p := newPlant(t)
	var s native.Schedule
	p.call(p.developer, "POST", p.schedules(), daily()).want(http.StatusCreated).into(&s)
	p.call(p.developer, "PUT", fmt.Sprintf("/projects/plant/schedules/%d/online", s.ID), native.OnlineInput{Online: true}).want(http.StatusOK)
	attempt := p.attempt(1, 1, "extract", workflow.Failed)
	attempt.StartTime = noon
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(1, workflow.Failed, noon), p.instance(2, workflow.Running, noon.Add(time.Hour)),
		p.instance(3, workflow.Succeeded, noon.Add(-48*time.Hour))}, Tasks: []workflow.TaskInstance{attempt}})
	const period = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z"
	var got native.Statistics
	p.call(p.viewer, "GET", "/statistics?project=plant&step=1h&"+period, nil).want(http.StatusOK).into(&got)
	if got.Instances[workflow.Failed] != 1 || got.Instances[workflow.Running] != 1 || got.Tasks[workflow.Failed] != 1 || got.Instances[workflow.Succeeded] != 0 {
		t.Errorf("counts are %+v, %+v", got.Instances, got.Tasks)
	}
	if len(got.Series) != 24 || got.Series[12].Counts[workflow.Failed] != 1 || got.Series[13].Counts[workflow.Running] != 1 || len(got.Series[14].Counts) != 0 {
		t.Errorf("series is %+v", got.Series)
	}
	if len(got.Running) != 1 || got.Running[0].ID != 2 || len(got.Failed) != 1 || got.Failed[0].ID != 1 || len(got.Due) != 1 || got.Due[0].ScheduleID != s.ID {
		t.Errorf("lists are %+v, %+v, %+v", got.Running, got.Failed, got.Due)
	}
	if got.Health.Masters != 1 || !got.Health.Database || !got.Health.Etcd || !slices.Contains(got.Health.Problems, "no worker is alive") {
		t.Errorf("health is %+v", got.Health)
	}
	for _, who := range []as{p.viewer, p.admin} {
		var apart native.Statistics
		p.call(who, "GET", "/statistics?apart=5&step=1h&"+period, nil).want(http.StatusOK).into(&apart)
		if len(apart.Projects) != 1 || apart.Projects[0].Name != "plant" || apart.Projects[0].Instances[workflow.Failed] != 1 || len(apart.Projects[0].Series) != 24 ||
			apart.Projects[0].Series[13].Counts[workflow.Running] != 1 || len(got.Projects) != 0 {
			t.Errorf("projects are %+v", apart.Projects)
		}
	}
	p.call(p.stranger, "GET", "/statistics?apart=5&"+period, nil).want(http.StatusOK).into(&got)
	if len(got.Projects)+len(got.Running)+len(got.Failed)+len(got.Due) > 0 {
		t.Errorf("a stranger sees %+v", got)
	}
	for _, c := range []struct {
		query string
		steps int
	}{{"?" + period, 24}, {"?step=1d&" + period, 1}, {"", 24}} {
		var one native.Statistics
		p.call(p.admin, "GET", "/statistics"+c.query, nil).want(http.StatusOK).into(&one)
		if len(one.Series) != c.steps {
			t.Errorf("%q gives %d steps", c.query, len(one.Series))
		}
	}
	for _, query := range []string{"?step=blue", "?step=1s&" + period, "?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z"} {
		p.call(p.admin, "GET", "/statistics"+query, nil).problem(http.StatusUnprocessableEntity, "param.invalid")
	}
	p.call(p.stranger, "GET", "/statistics?project=plant", nil).problem(http.StatusForbidden, "project.forbidden")
}
