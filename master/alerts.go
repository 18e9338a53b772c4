package master

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/master/internal/alerting"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
)

// Alerts are the ways alerts leave by, and the words they leave in.
type Alerts struct {
	Kinds  *notify.Kinds
	Mailer notify.Mailer
	Writer notify.Writer
}

func (m *Master) newSender() *alerting.Sender {
	a := m.deps.Alerts
	if a == nil {
		return nil
	}
	s := m.deps.Store
	return alerting.New(alerting.Config{
		// Another life of this process must not take its claims for its own.
		Owner:   m.cfg.Self.ID + "#" + m.cfg.Self.Incarnation,
		SendFor: m.cfg.AlertTimeout, GiveUp: m.cfg.AlertGiveUp, StopGrace: m.cfg.StopGrace,
	}, alerting.Deps{
		Outbox: s.Deliveries, Groups: s.AlertGroups, Channels: s.AlertChannels, Projects: s.Projects, Definitions: s.Definitions,
		Kinds: a.Kinds, Mailer: a.Mailer, Writer: a.Writer, Now: m.clock.Now, Log: m.log,
	})
}

// alerted says that alerts were committed here.
func (m *Master) alerted() {
	if m.alerts != nil {
		m.alerts.Wake()
	}
}

func (m *Master) sendAlerts(ctx context.Context) error {
	if m.alerts == nil {
		return nil
	}
	return m.alerts.Run(ctx)
}
