package workflow

import "time"

// Misfire says what to do with fire times that passed while no master could
// act on them.
type Misfire string

// Misfire policies.
const (
	MisfireAll  Misfire = "all"  // fire each, up to the catch-up limit
	MisfireLast Misfire = "last" // fire the latest, record the rest as skipped
	MisfireSkip Misfire = "skip" // record all as skipped
)

// Schedule starts a workflow by a cron rule between two instants.
type Schedule struct {
	ID           int64
	ProjectID    int64
	DefinitionID int64
	UserID       int64
	Cron         string // Quartz, 6 or 7 fields
	Timezone     string // IANA name
	StartTime    time.Time
	EndTime      time.Time
	ReleaseState ReleaseState
	Misfire      Misfire
	Start        StartOptions
	NextDue      time.Time // first fire time not yet decided; zero when offline or exhausted
	Version      int       // one more on every save; a fire checks it
	CreateTime   time.Time
	UpdateTime   time.Time
	CalendarID   int64 // 0: none
	CalendarRule CalendarRule
	Calendar     *Calendar // as masters read it along, nil elsewhere
}

// Fire is the decision about one due time. (ScheduleID, Due) is unique.
type Fire struct {
	ScheduleID int64
	Due        time.Time
	InstanceID int64 // 0 when skipped
	Skipped    bool
	FiredAt    time.Time
}
