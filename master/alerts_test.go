package master_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/master"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/wording"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// letterbox takes mails.
type letterbox chan notify.Mail

func (l letterbox) Send(_ context.Context, m notify.Mail) error { l <- m; return nil }

// next gives the next mail.
func (l letterbox) next(t *testing.T) notify.Mail {
	t.Helper()
	select {
	case m := <-l:
		return m
	case <-time.After(2 * time.Minute):
		t.Fatal("no mail")
		return notify.Mail{}
	}
}

// alerting starts a master that mails alerts to the letterbox.
func alerting(t *testing.T, noStart time.Duration) (*rig, letterbox) {
	t.Helper()
	box := make(letterbox, 100)
	words, err := wording.New(wording.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r := startWith(t, func(c *master.Config, d *master.Deps) {
		c.NoStartAfter = noStart
		d.Alerts = &master.Alerts{Kinds: notify.NewKinds(), Mailer: box, Writer: words}
	})
	u := workflow.User{Name: "ops", Email: "ops@example.com"}
	if err := r.store.Users.Create(t.Context(), &u); err != nil {
		t.Fatal(err)
	}
	if err := r.store.AlertGroups.SetUsers(t.Context(), 1, []int64{u.ID}); err != nil {
		t.Fatal(err)
	}
	return r, box
}

// command gives a start that names who is to be told.
func (r *rig) command(definitionID, projectID int64, start workflow.StartOptions) {
	r.t.Helper()
	start.TenantCode = "t"
	c := workflow.Command{
		Shard: store.ShardOf(definitionID, store.Shards), Type: workflow.CmdStart, ProjectID: projectID, DefinitionID: definitionID, UserID: 1, Start: start,
	}
	if err := r.store.Commands.Insert(r.t.Context(), &c); err != nil {
		r.t.Fatal(err)
	}
}

// TestAlertOnSuccess mails a group's users and the receivers of a start.
func TestAlertOnSuccess(t *testing.T) {
	r, box := alerting(t, 0)
	defer r.stop()
	id := r.submit() // asks for no alert
	r.work(2)
	r.command(id, 1, workflow.StartOptions{WarningType: workflow.WarnAll, WarningGroupID: 1, Receivers: "x@example.com", ReceiversCc: "y@example.com"})
	r.work(2)
	var all []string
	for range 3 {
		m := box.next(t)
		if !strings.HasPrefix(m.Subject, "[p] two-1-") || !strings.HasSuffix(m.Subject, " succeeded") || !strings.Contains(m.HTML, "State: succeeded") {
			t.Errorf("mail %+v", m)
		}
		all = append(all, strings.Join(m.To, ",")+"/"+strings.Join(m.Cc, ","))
	}
	text := strings.Join(all, " ")
	for _, want := range []string{"ops@example.com/", "x@example.com/", "/y@example.com"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s among %s", want, text)
		}
	}
	if len(box) != 0 {
		t.Errorf("%d more mails", len(box))
	}
}

// TestDidNotStart tells of an instance that finds no worker, once.
func TestDidNotStart(t *testing.T) {
	r, box := alerting(t, 300*time.Millisecond)
	defer r.stop()
	id := r.submit()
	m := box.next(t)
	if !strings.Contains(m.Subject, "did not start") || !strings.Contains(m.HTML, "<td>waiting</td>") {
		t.Errorf("mail %+v", m)
	}
	r.work(2)
	instances, err := r.store.Instances.Recent(t.Context(), id, 10)
	if err != nil || len(instances) != 1 || instances[0].State != workflow.Succeeded || instances[0].Reason != "" {
		t.Errorf("instances %+v, %v", instances, err)
	}
	if len(box) != 0 {
		t.Errorf("%d more mails", len(box))
	}
}

// TestCommandThatCannotStart tells of a request that made no instance.
func TestCommandThatCannotStart(t *testing.T) {
	r, box := alerting(t, 0)
	defer r.stop()
	r.command(4711, 0, workflow.StartOptions{Receivers: "x@example.com"})
	m := box.next(t)
	if m.To[0] != "x@example.com" || !strings.Contains(m.Subject, "did not start") || !strings.Contains(m.HTML, "Reason: ") {
		t.Errorf("mail %+v", m)
	}
}

// TestScheduleThatCannotFire tells of a due time that made no instance.
func TestScheduleThatCannotFire(t *testing.T) {
	r, box := alerting(t, 0)
	defer r.stop()
	project := workflow.Project{Name: "p", Code: 1 << 40, UserID: 1}
	if err := r.store.Projects.Create(t.Context(), &project); err != nil {
		t.Fatal(err)
	}
	d := workflow.Definition{ProjectID: project.ID, Name: "gone", UserID: 1}
	if err := r.store.Definitions.Create(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	due := time.Now().Add(200 * time.Millisecond)
	s := workflow.Schedule{
		ProjectID: project.ID, DefinitionID: d.ID, UserID: 1, Cron: "* * * * * ?", Timezone: "UTC", StartTime: due.Add(-time.Hour), EndTime: due.Add(time.Hour),
		Misfire: workflow.MisfireAll, Start: workflow.StartOptions{Version: 99},
	}
	if err := r.store.Schedules.Create(t.Context(), &s); err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Schedules.Release(t.Context(), s.ID, workflow.Online, due); err != nil {
		t.Fatal(err)
	}
	m := box.next(t)
	if m.To[0] != "ops@example.com" || m.Subject != "[p] Workflow gone did not start" || !strings.Contains(m.HTML, "Schedule time: ") {
		t.Errorf("mail %+v", m)
	}
}
