package dolphin_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// rule writes the schedule parameter; cron is a JSON value.
func rule(start, end, cron string) string {
	return fmt.Sprintf(`{"startTime":"%s","endTime":"%s","crontab":%s}`, start, end, cron)
}

func decade(cron string) string { return rule("2021-01-01 00:00:00", "2099-01-01 00:00:00", cron) }

// schedule makes a schedule of a definition and gives its id.
func (f *flows) schedule(definitionID int64, cron string) int64 {
	f.t.Helper()
	r := f.do(http.MethodPost, "/schedule/create", "processDefinitionId", fmt.Sprint(definitionID), "schedule", decade(cron))
	r.is(f.t, http.StatusCreated, status.Success)
	if string(r.Data) != "null" {
		f.t.Errorf("create answers %s", r.Data)
	}
	list, err := f.store.Schedules.ByDefinition(f.t.Context(), definitionID)
	must(f.t, err)
	return list[len(list)-1].ID
}

type scheduleView struct {
	ID                                                                  int64
	ProcessDefinitionName, ProjectName, UserName, DefinitionDescription *string
	StartTime, EndTime, Crontab, FailureStrategy, WarningType           string
	ReleaseState, ProcessInstancePriority, WorkerGroup                  string
	WarningGroupID                                                      int64
}

func TestScheduleLife(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	sched := f.schedule(id, `"0 0 2 * * ? *"`)
	key := fmt.Sprint(sched)
	r := f.do(http.MethodPost, "/schedule/list")
	c := readContract(t)
	c.shape(t, r.Data, "Schedule[]")
	v := into[[]scheduleView](t, r)[0]
	if v.ID != sched || *v.ProcessDefinitionName != "flow" || *v.ProjectName != "p" || *v.UserName != "ann" || *v.DefinitionDescription != "words" ||
		v.StartTime != "2021-01-01T00:00:00.000+0800" || v.Crontab != "0 0 2 * * ? *" || v.FailureStrategy != "CONTINUE" ||
		v.WarningType != "NONE" || v.WarningGroupID != 1 || v.ReleaseState != "OFFLINE" || v.WorkerGroup != "default" {
		t.Errorf("schedule is %+v", v)
	}
	page := f.do(http.MethodGet, "/schedule/list-paging", "processDefinitionId", fmt.Sprint(id), "pageNo", "1", "pageSize", "5")
	c.shape(t, page.Data, "page<Schedule>")

	f.do(http.MethodPost, "/schedule/online", "id", key).is(t, 200, status.Success)
	cmd := f.onePending()
	if cmd.Type != workflow.CmdScheduleChange || cmd.ScheduleID != sched || !slices.Contains(f.nudge.seen(), store.ShardOf(id, store.Shards)) {
		t.Errorf("command is %+v", cmd)
	}
	stored, err := f.store.Schedules.Get(t.Context(), sched)
	must(t, err)
	if stored.ReleaseState != workflow.Online || stored.Timezone != "Asia/Shanghai" || stored.Start.TenantCode != "etl" ||
		stored.NextDue.In(shanghai).Hour() != 2 || !stored.NextDue.After(time.Now()) || stored.NextDue.After(time.Now().Add(25*time.Hour)) {
		t.Errorf("stored %+v", stored)
	}
	if d := f.view(id); d.ScheduleReleaseState == nil || *d.ScheduleReleaseState != "ONLINE" {
		t.Errorf("definition says %v", d.ScheduleReleaseState)
	}
	r = f.do(http.MethodPost, "/schedule/online", "id", key)
	r.is(t, 200, status.ScheduleCronRealeaseNeedNotChange)
	contains(t, r.Msg, "ONLINE")
	f.do(http.MethodPost, "/schedule/update", "id", key, "schedule", decade(`"0 0 3 * * ? *"`), "warningGroupId", "0").
		is(t, 200, status.ScheduleCronOnlineForbidUpdate)
	f.do(http.MethodGet, "/schedule/delete", "scheduleId", key).is(t, 200, status.ScheduleCronStateOnline)
	f.do(http.MethodPost, "/schedule/offline", "id", key).is(t, 200, status.Success)

	f.do(http.MethodPost, "/schedule/update", "id", key, "schedule", decade(`"0 0 3 * * ? *"`), "warningGroupId", "7", "workerGroup", "big").
		is(t, 200, status.Success)
	v = into[[]scheduleView](t, f.do(http.MethodPost, "/schedule/list"))[0]
	if v.Crontab != "0 0 3 * * ? *" || v.WarningGroupID != 7 || v.WorkerGroup != "big" || v.FailureStrategy != "END" {
		t.Errorf("updated to %+v", v)
	}
	f.do(http.MethodGet, "/schedule/delete", "scheduleId", key).is(t, 200, status.Success)
	if left := into[[]scheduleView](t, f.do(http.MethodPost, "/schedule/list")); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

func TestScheduleRefusals(t *testing.T) {
	f := newFlows(t)
	offline, online := f.save("offline", oneTask), f.online("online", oneTask)
	create := func(id int64, text string) reply {
		return f.do(http.MethodPost, "/schedule/create", "processDefinitionId", fmt.Sprint(id), "schedule", text)
	}
	good := decade(`"0 0 2 * * ?"`)
	create(99999, good).is(t, http.StatusCreated, status.ProcessDefineNotExist)
	create(offline, good).is(t, http.StatusCreated, status.ProcessDefineNotRelease)
	create(online, rule("2021-01-01 00:00:00", "2021-01-01 00:00:00", `"0 0 2 * * ?"`)).is(t, http.StatusCreated, status.ScheduleStartTimeEndTimeSame)
	for _, bad := range []string{`"0 0 2 * *"`, `"nonsense"`, `""`, `"0 0 25 * * ?"`} {
		r := create(online, decade(bad))
		r.is(t, http.StatusCreated, status.RequestParamsNotValidError)
	}
	for _, bad := range []string{"", "{", "null", "[]", `{"crontab":"0 0 2 * * ?"}`, rule("soon", "later", `"0 0 2 * * ?"`), decade("5")} {
		create(online, bad).is(t, http.StatusOK, status.CreateScheduleError)
	}
	f.uc.Limits.CronGap = time.Minute
	create(online, decade(`"*/2 * * * * ?"`)).is(t, http.StatusCreated, status.RequestParamsNotValidError)
	if list, err := f.store.Schedules.All(t.Context(), f.proj.ID); err != nil || len(list) != 0 {
		t.Fatalf("something was made: %+v, %v", list, err)
	}

	sched := fmt.Sprint(f.schedule(online, `"0 0 2 * * ?"`))
	update := func(id, text string) reply {
		return f.do(http.MethodPost, "/schedule/update", "id", id, "schedule", text, "warningGroupId", "0")
	}
	update("99999", good).is(t, 200, status.ScheduleCronNotExists)
	update(sched, decade(`"nonsense"`)).is(t, 200, status.ScheduleCronCheckFailed)
	update(sched, "{").is(t, 200, status.UpdateScheduleError)
	f.do(http.MethodPost, "/schedule/update", "id", sched, "schedule", good).is(t, 200, status.UpdateScheduleError)
	f.do(http.MethodPost, "/schedule/online", "id", "99999").is(t, 200, status.ScheduleCronNotExists)
	r := f.do(http.MethodPost, "/schedule/offline", "id", sched)
	r.is(t, 200, status.ScheduleCronRealeaseNeedNotChange)
	f.do(http.MethodGet, "/schedule/delete", "scheduleId", "99999").is(t, 200, status.ScheduleCronNotExists)
	f.do(http.MethodGet, "/schedule/list-paging", "processDefinitionId", "99999", "pageNo", "1", "pageSize", "1").is(t, 200, status.ProcessDefineNotExist)

	f.release(online, 0)
	r = f.do(http.MethodPost, "/schedule/online", "id", sched)
	r.is(t, 200, status.ProcessDefineNotRelease)
	contains(t, r.Msg, "online")
	f.release(online, 1)
	f.uc.Coord = noMasters{f.coord}
	f.do(http.MethodPost, "/schedule/online", "id", sched).is(t, 200, status.MasterNotExists)
	granted := f.user("gus", workflow.RoleGeneral)
	must(t, f.store.Users.GrantProjects(t.Context(), granted.ID, []int64{f.proj.ID}))
	f.call(token(f.token(granted.ID)), http.MethodGet, "/projects/p/schedule/delete", "scheduleId", sched).is(t, 200, status.UserNoOperationPerm)
}

func TestOfflineDefinitionTakesItsScheduleAlong(t *testing.T) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	sched := f.schedule(id, `"*/2 * * * * ? *"`)
	f.do(http.MethodPost, "/schedule/online", "id", fmt.Sprint(sched)).is(t, 200, status.Success)
	f.obey()
	f.release(id, 0)
	if c := f.onePending(); c.Type != workflow.CmdScheduleChange || c.ScheduleID != sched {
		t.Errorf("command is %+v", c)
	}
	stored, err := f.store.Schedules.Get(t.Context(), sched)
	must(t, err)
	if stored.ReleaseState != workflow.Offline {
		t.Errorf("schedule is %s", stored.ReleaseState)
	}
}

func TestPreview(t *testing.T) {
	now := time.Date(2021, 10, 18, 4, 0, 0, 0, time.UTC) // noon at GMT+8
	f := newFlowsAt(t, func() time.Time { return now })
	preview := func(text string) reply { return f.do(http.MethodPost, "/schedule/preview", "schedule", text) }
	r := preview(decade(`"0 0 */6 * * ? *"`))
	r.is(t, http.StatusCreated, status.Success)
	want := []string{"2021-10-18 18:00:00", "2021-10-19 00:00:00", "2021-10-19 06:00:00", "2021-10-19 12:00:00", "2021-10-19 18:00:00"}
	if got := into[[]string](t, r); !slices.Equal(got, want) {
		t.Errorf("answered %v", got)
	}
	got := into[[]string](t, preview(rule("2021-10-20 00:00:00", "2021-10-20 07:00:00", `"0 0 */6 * * ?"`)))
	if !slices.Equal(got, []string{"2021-10-20 00:00:00", "2021-10-20 06:00:00"}) {
		t.Errorf("answered %v", got)
	}
	got = into[[]string](t, preview(`{"startTime":1634659200000,"endTime":"2021-10-20T07:00:00.000+0800","crontab":"0 0 */6 * * ?"}`))
	if len(got) != 2 {
		t.Errorf("answered %v", got)
	}
	preview(decade(`"nonsense"`)).is(t, http.StatusCreated, status.ParseToCronExpressionError)
	preview("{").is(t, http.StatusOK, status.PreviewScheduleError)
}

func FuzzSchedule(f *testing.F) {
	for _, seed := range []string{decade(`"0 0 2 * * ? *"`), "", "null", `{"startTime":1,"endTime":2,"crontab":null}`, decade(`"0 0 0 29 2 ? 2099"`)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := newFlows(t)
		for _, path := range []string{"/schedule/create", "/schedule/preview"} {
			id := w.online(path, oneTask)
			r := w.do(http.MethodPost, path, "processDefinitionId", fmt.Sprint(id), "schedule", text)
			if r.Code == -1 || r.HTTP >= 500 {
				t.Fatalf("%s with %q answered HTTP %d %s", path, text, r.HTTP, r.Body)
			}
		}
	})
}
