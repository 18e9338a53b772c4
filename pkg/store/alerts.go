package store

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// AlertGroups keeps who hears of alerts.
type AlertGroups interface {
	Create(ctx context.Context, g *workflow.AlertGroup) error // sets ID
	Update(ctx context.Context, g *workflow.AlertGroup) error
	Delete(ctx context.Context, id int64) error // with its users and channels' links
	Get(ctx context.Context, id int64) (workflow.AlertGroup, error)
	ByName(ctx context.Context, name string) (workflow.AlertGroup, error)
	List(ctx context.Context, search string, p Page) ([]workflow.AlertGroup, int, error)
	All(ctx context.Context) ([]workflow.AlertGroup, error)
	// Users gives the group's users by id, SetUsers replaces them.
	Users(ctx context.Context, id int64) ([]workflow.User, error)
	SetUsers(ctx context.Context, id int64, userIDs []int64) error
}

// AlertChannels keeps configured channels. Settings are kept sealed.
type AlertChannels interface {
	Save(ctx context.Context, c *workflow.AlertChannel) error // by ID, 0 inserts; with its groups
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (workflow.AlertChannel, error)
	All(ctx context.Context) ([]workflow.AlertChannel, error)
	// OfGroup gives the enabled channels of a group.
	OfGroup(ctx context.Context, groupID int64) ([]workflow.AlertChannel, error)
	Reseal(ctx context.Context, limit int) (int, error) // see DataSources
}

// DeliveryRow is a delivery with its alert.
type DeliveryRow struct {
	workflow.Delivery
	Alert workflow.Alert
}

// DeliveryFilter narrows a list of deliveries; zero fields do not.
type DeliveryFilter struct {
	AlertID    int64
	InstanceID int64
	ProjectID  int64
	State      workflow.DeliveryState
}

// Deliveries is the sender's side of the alert outbox. Several senders may
// work at once: what one has claimed, others leave alone until its lease ends.
type Deliveries interface {
	// Unplanned gives alerts for which no deliveries were planned yet, oldest
	// first.
	Unplanned(ctx context.Context, limit int) ([]workflow.Alert, error)
	// Plan stores the deliveries of an alert and marks it planned, in one
	// transaction; an alert without deliveries is planned too. Of two planners
	// one wins; the other's call changes nothing and is no error.
	Plan(ctx context.Context, alertID int64, ds []workflow.Delivery) error
	// Claim takes up to limit pending deliveries that are due, for the owner
	// and until now+lease. It counts an attempt, and a repetition when an
	// earlier attempt's outcome was never stored. Deliveries to the channels
	// that are busy (0: mail) are left alone.
	Claim(ctx context.Context, owner string, now time.Time, lease time.Duration, limit int, busy ...int64) ([]DeliveryRow, error)
	// Finish stores an attempt's outcome: State, NextTry, LastError, EndTime, and
	// Repeated, which a sender counts up that will try again although it does
	// not know what became of this attempt.
	// It changes nothing when another owner has claimed the delivery since.
	Finish(ctx context.Context, owner string, d workflow.Delivery) error
	// List gives deliveries, newest first.
	List(ctx context.Context, f DeliveryFilter, p Page) ([]DeliveryRow, int, error)
	// Purge removes alerts that ended before a moment, and what was planned for
	// them; at most limit.
	Purge(ctx context.Context, before time.Time, limit int) (int, error)
}

// Ended is an instance's place in the order of ends.
type Ended struct {
	Time time.Time
	ID   int64
}

// Retentions keeps for how long what is kept.
type Retentions interface {
	All(ctx context.Context) ([]workflow.Retention, error)
	Save(ctx context.Context, r workflow.Retention) error // by ProjectID
	Delete(ctx context.Context, projectID int64) error
	// Expired gives terminal instances that ended before a moment, of a project
	// (0: of all projects but those in except), in the order of their ends; from
	// behind after on, the zero value for all. A child stays as long as its
	// parent is open.
	Expired(ctx context.Context, projectID int64, except []int64, before time.Time, after Ended, limit int) ([]workflow.Instance, error)
	// CountExpired counts them and their task instances.
	CountExpired(ctx context.Context, projectID int64, except []int64, before time.Time) (instances, tasks int, err error)
	// Purge removes what else is of no use from before a moment: quarantined
	// commands, and decided due times that their schedules have passed. At most
	// limit of each.
	Purge(ctx context.Context, before time.Time, limit int) (Purged, error)
	// CountPurgeable counts what Purge and Deliveries.Purge would remove.
	CountPurgeable(ctx context.Context, before time.Time) (Purged, error)
	// ProjectsOf gives the projects of attempts; those that are gone are left
	// out.
	ProjectsOf(ctx context.Context, attempts []int64) (map[int64]int64, error)
}

// Purged counts what was removed, or would be.
type Purged = workflow.Purged
