package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// outside is where alerts go: a webhook, a mail server and a DingTalk robot
// that checks signatures.
type outside struct {
	hook, ding *notifytest.Robot
	mail       *notifytest.MailServer
}

// patience is how long nothing may happen: longer than the pause before a
// third attempt at a delivery.
const patience = 4 * time.Minute

// slow makes every answer take a moment, so that kills hit senders between
// sending and storing.
const slow = 40 * time.Millisecond

func newOutside(t *testing.T) *outside {
	o := &outside{
		hook: notifytest.NewWebhook(t, "a secret"), ding: notifytest.NewDingTalk(t, "SECret"),
		mail: notifytest.NewMailServer(t, notifytest.MailOptions{Hook: func(notifytest.Mail) error { <-time.After(slow); return nil }}),
	}
	o.hook.Before(func(string) { <-time.After(slow) })
	o.ding.Before(func(string) { <-time.After(slow) })
	return o
}

// arrived counts messages by delivery and target.
func (o *outside) arrived() map[string]map[string]int {
	out := map[string]map[string]int{"WEBHOOK": {}, "DINGTALK": {}, "MAIL": {}}
	for _, id := range o.hook.IDs() {
		out["WEBHOOK"][id]++
	}
	for _, id := range o.ding.IDs() {
		out["DINGTALK"][id]++
	}
	for _, m := range o.mail.Mails() {
		id, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-ID"), "<>"), "@")
		out["MAIL"][id]++
	}
	return out
}

func (o *outside) total() (n int) {
	for _, ids := range o.arrived() {
		for _, times := range ids {
			n += times
		}
	}
	return n
}

// TestAlerts lets many instances fail while masters are killed with -9: each
// failure arrives at every target exactly once, but for repeats that are
// counted with their delivery.
func TestAlerts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	instances, kills := 200, 4
	if *long {
		instances, kills = 1000, 12
	}
	o := newOutside(t)
	binary, err := cluster.Binary()
	if err != nil {
		t.Fatal(err)
	}
	cfg := clusterConfig(1, 2, 1)
	cfg.Binary = binary
	cfg.MasterArgs = append(cfg.MasterArgs, "--alert-allow-loopback", "--alert-timeout", "10s", "--mail-host", o.mail.Host,
		"--mail-port", strconv.Itoa(o.mail.Port), "--mail-tls", "none", "--mail-from", "porpoise@example.com")
	c := cluster.ForTest(t, cfg)
	p, err := c.Project(t.Context(), "alerts")
	if err != nil {
		t.Fatal(err)
	}
	p.Client = p.Retrying()
	addChannels(t, c, binary, o)
	id, err := p.Publish(t.Context(), "fails", client.Flow{Tasks: []client.Node{client.Shell("bad", "exit 3")}})
	if err != nil {
		t.Fatal(err)
	}

	var killing sync.WaitGroup
	killing.Go(func() { killMasters(t, c, o, 3*instances, kills) })
	for range instances {
		if err := p.Start(t.Context(), id, "warningType", "FAILURE", "warningGroupId", "1"); err != nil {
			t.Fatal(err)
		}
	}
	killing.Wait()
	db, err := sqlstore.Open(t.Context(), c.Database.URL("porpoise"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Database.Close(); err != nil {
			t.Error(err)
		}
	}()
	judge(t, settled(t, db, 3*instances), o, instances)
}

// addChannels makes the channels of the default group, of which the admin is a
// user already.
func addChannels(t *testing.T, c *cluster.Cluster, binary string, o *outside) {
	t.Helper()
	for name, settings := range map[string][]string{
		"WEBHOOK":  {"--set", "url=" + o.hook.URL, "--set", "secret=" + o.hook.Secret},
		"DINGTALK": {"--set", "url=" + o.ding.URL, "--set", "secret=" + o.ding.Secret},
	} {
		args := append([]string{"alert", "channel", "add", name, "--kind", name, "--groups", "1",
			"--database", c.Database.URL("porpoise"), "--secret-file", c.Dir + "/secret.key"}, settings...)
		if out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v", bytes.TrimSpace(out), err)
		}
	}
}

// killMasters kills one master after the other while messages arrive.
func killMasters(t *testing.T, c *cluster.Cluster, o *outside, messages, kills int) {
	for n := range kills {
		want := messages * (n + 1) / (kills + 2)
		err := client.Poll(t.Context(), patience, func(context.Context) (string, bool, error) {
			got := o.total()
			return fmt.Sprintf("%d messages", got), got >= want, nil
		})
		if err != nil {
			t.Errorf("waiting for message %d: %v", want, err)
			return
		}
		m := c.Masters[n%len(c.Masters)]
		if err := m.Kill(); err != nil {
			t.Errorf("killing %s: %v", m.Name, err)
		}
		if err := m.Restart(); err != nil {
			t.Errorf("starting %s again: %v", m.Name, err)
		}
	}
}

// settled waits until so many deliveries have come to an end.
func settled(t *testing.T, db *store.Store, want int) []store.DeliveryRow {
	t.Helper()
	var rows []store.DeliveryRow
	err := client.Poll(t.Context(), patience, func(ctx context.Context) (state string, done bool, err error) {
		var ended int
		rows, _, err = db.Deliveries.List(ctx, store.DeliveryFilter{}, store.Page{Number: 1, Size: 10 * want})
		for _, d := range rows {
			if d.State != workflow.DeliveryPending {
				ended++
			}
		}
		return fmt.Sprintf("%d deliveries, %d ended", len(rows), ended), ended >= want && ended == len(rows), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// judge compares what was planned with what arrived.
func judge(t *testing.T, rows []store.DeliveryRow, o *outside, instances int) {
	t.Helper()
	arrived := o.arrived()
	events := map[string]map[int64]int{} // by kind: deliveries of each instance
	repeats, twice := 0, 0
	for _, d := range rows {
		kind := string(d.Kind)
		if events[kind] == nil {
			events[kind] = map[int64]int{}
		}
		events[kind][d.Alert.InstanceID]++
		n := arrived[kind][notify.DeliveryID(d.ID)]
		if d.State != workflow.DeliverySent || n < 1 || n > 1+d.Repeated {
			t.Errorf("delivery %d (%s, %d repeats, %q) is %s and arrived %d times", d.ID, kind, d.Repeated, d.LastError, d.State, n)
		}
		repeats += d.Repeated
		twice += n - 1
		delete(arrived[kind], notify.DeliveryID(d.ID))
	}
	for kind, ids := range arrived {
		if len(ids) > 0 || len(events[kind]) != instances {
			t.Errorf("%s: %d of %d instances were told of; nobody planned %v", kind, len(events[kind]), instances, ids)
		}
		for instance, n := range events[kind] {
			if n != 1 {
				t.Errorf("%s: instance %d has %d deliveries", kind, instance, n)
			}
		}
	}
	t.Logf("%d instances, %d deliveries, %d repeats counted, %d messages arrived twice", instances, len(rows), repeats, twice)
	facts(t, o)
}

// facts looks into one message.
func facts(t *testing.T, o *outside) {
	t.Helper()
	var f engine.Facts
	raw, err := json.Marshal(o.hook.Calls()[0].Body["facts"])
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil || f.Workflow != "fails" || f.State != workflow.Failed || len(f.Tasks) != 1 || f.Tasks[0].Task != "bad" || f.Tasks[0].Host == "" {
		t.Errorf("facts %s, %v", raw, err)
	}
}
