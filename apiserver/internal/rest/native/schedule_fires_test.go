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

// TestFires has a schedule that fires daily but on weekends, and was offline for
// a while.
func TestFires(t *testing.T) {
	p := newPlant(t)
	day := func(d int) time.Time { return time.Date(2026, 3, d, 2, 0, 0, 0, time.UTC) }
	p.uc.Now = func() time.Time { return day(10).Add(time.Hour) } // a Tuesday
	calendar := made[native.Calendar](p.world, p.admin, "/calendars", native.CalendarInput{Name: "work", Weekend: []int{0, 6}})
	in := native.ScheduleInput{ScheduleRule: native.ScheduleRule{Cron: "0 0 2 * * ?", Timezone: "UTC", CalendarID: &calendar.ID, CalendarRule: workflow.OnWorkdays}, Misfire: "SKIP"}
	var s native.Schedule
	p.call(p.developer, "POST", p.schedules(), in).want(http.StatusCreated).into(&s)
	one := fmt.Sprintf("/projects/plant/schedules/%d", s.ID)
	p.call(p.developer, "PUT", one+"/online", native.OnlineInput{Online: true}).want(http.StatusOK)
	p.obey()
	fired := func(d int, instance int64) workflow.Fire {
		return workflow.Fire{ScheduleID: s.ID, Due: day(d), InstanceID: instance, Skipped: instance == 0, FiredAt: day(d)}
	}
	p.write(store.Batch{Instances: []workflow.Instance{p.instance(7, workflow.Failed, day(9))},
		Fires: []workflow.Fire{fired(2, 4), fired(5, 5), fired(6, 0), fired(9, 7), fired(10, 8)}})

	want := []string{"11 WAITING", "10 FIRED 8", "9 FIRED 7 FAILED", "8 LEFT_OUT from 7", "6 SKIPPED", "5 FIRED 5", "2 FIRED 4"}
	for _, limit := range []int{50, 5, 2, 1} {
		if got := p.fires(one+"/fires", limit); !slices.Equal(got, want) {
			t.Errorf("by %d: %q, want %q", limit, got, want)
		}
	}
	p.call(p.stranger, "GET", one+"/fires", nil).problem(http.StatusForbidden, "project.forbidden")
	p.call(p.viewer, "GET", one+"/fires?cursor=x", nil).problem(http.StatusUnprocessableEntity, "cursor.invalid")
	p.call(p.viewer, "GET", "/projects/plant/schedules/99/fires", nil).problem(http.StatusNotFound, "schedule.not_found")
}

// fires reads all pages, in words.
func (p *plant) fires(path string, limit int) (words []string) {
	p.t.Helper()
	for cursor := ""; ; {
		var page native.Feed[native.Fire]
		p.call(p.viewer, "GET", fmt.Sprintf("%s?limit=%d&cursor=%s", path, limit, cursor), nil).want(http.StatusOK).into(&page)
		for _, f := range page.Items {
			word := fmt.Sprint(f.Due.Day(), " ", f.Outcome)
			if f.InstanceID != nil {
				word += fmt.Sprint(" ", *f.InstanceID)
			}
			if f.State != nil {
				word += fmt.Sprint(" ", *f.State)
			}
			if f.First != nil {
				word += fmt.Sprint(" from ", f.First.Day())
			}
			words = append(words, word)
		}
		if cursor = page.Next; cursor == "" {
			return words
		}
	}
}
