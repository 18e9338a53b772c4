package workflow

import (
	"strconv"
	"strings"
	"time"
)

// Role is a user's global role.
type Role string

// Roles.
const (
	RoleAdmin   Role = "ADMIN"
	RoleGeneral Role = "GENERAL"
)

// User is an account.
type User struct {
	ID           int64
	Name         string
	PasswordHash string // argon2id, encoded with its parameters
	Email        string
	Phone        string
	Role         Role
	TenantID     int64
	Queue        string // overrides the tenant's queue when not empty
	Disabled     bool
	CreateTime   time.Time
	UpdateTime   time.Time
}

// Identity is how another system that users log in with knows somebody.
type Identity struct {
	Provider string // which system: an OIDC issuer's URL, or ldap
	Subject  string // what it never gives to anybody else
}

// Person is whom another system let in.
type Person struct {
	Identity Identity
	Name     string // as he would be called here
	Email    string
	// Admin says whether that system makes him an admin; nil: it does not decide.
	Admin *bool
}

// Session is a login. Its ID is the secret the client holds.
type Session struct {
	ID        string
	UserID    int64
	IP        string
	LastLogin time.Time
}

// Token is an API token. Only its hash is compared; Value is kept for
// dialects whose list calls show tokens again, and is encrypted at rest.
type Token struct {
	ID         int64
	UserID     int64
	Value      string
	ExpireTime time.Time
	CreateTime time.Time
	UpdateTime time.Time
}

// Tenant is an operating-system user that attempts run as.
type Tenant struct {
	ID          int64
	Code        string // the OS user
	Name        string
	QueueID     int64
	Description string
	CreateTime  time.Time
	UpdateTime  time.Time
}

// Queue is a named resource queue (YARN's, for instance).
type Queue struct {
	ID         int64
	Name       string
	Value      string
	CreateTime time.Time
	UpdateTime time.Time
}

// Project holds workflows; rights are granted per project.
type Project struct {
	ID          int64
	Code        int64
	Name        string
	Description string
	UserID      int64
	CreateTime  time.Time
	UpdateTime  time.Time
}

// Perm is a right on a granted thing, a bit set as clients of the first
// dialect know it: 2 writes, 4 reads, 1 executes.
type Perm int

// PermAll is what owners and admins have and what a grant gives. A folder is
// granted for reading what is below it, or as a way through to something there.
const (
	PermAll   Perm = 7
	PermRead  Perm = 4
	PermWrite Perm = 2
)

// Allows reports whether the right includes all of another.
func (p Perm) Allows(other Perm) bool { return p&other == other }

// WorkerGroup is a stored, named list of worker addresses. Workers also name
// groups themselves; both count.
type WorkerGroup struct {
	ID         int64
	Name       string
	Addresses  []string // host:port
	CreateTime time.Time
	UpdateTime time.Time
}

// TaskGroup limits how many attempts run at once across workflows.
type TaskGroup struct {
	ID          int64
	ProjectID   int64
	Name        string
	Description string
	Size        int
	Closed      bool // a closed group gives out no slots
	UserID      int64
	CreateTime  time.Time
	UpdateTime  time.Time
}

const awaitsSlot = "waits for a slot of task group "

// AwaitsSlot is the reason of an attempt that wants a slot of a task group.
func AwaitsSlot(group int64) string { return awaitsSlot + strconv.FormatInt(group, 10) }

// AwaitedGroup gives the task group of which an attempt wants a slot, 0 when it
// wants none.
func (t *TaskInstance) AwaitedGroup() int64 {
	id, found := strings.CutPrefix(t.Reason, awaitsSlot)
	if !found || t.State != Submitted {
		return 0
	}
	group, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return group
}

// Alert is a message in the outbox.
type Alert struct {
	ID         int64
	Kind       AlertKind
	GroupID    int64
	ProjectID  int64
	InstanceID int64
	TaskID     int64
	Title      string
	Content    string // JSON facts for the sender's templates
	Receivers  string
	CreateTime time.Time
}

// AlertKind classifies alerts.
type AlertKind string

// Alert kinds.
const (
	AlertSuccess   AlertKind = "INSTANCE_SUCCESS"
	AlertFailure   AlertKind = "INSTANCE_FAILURE"
	AlertTimeout   AlertKind = "TIMEOUT"
	AlertFailover  AlertKind = "FAULT_TOLERANCE"
	AlertNoStart   AlertKind = "DID_NOT_START"
	AlertHold      AlertKind = "ATTEMPT_HELD"
	AlertMissed    AlertKind = "FIRES_SKIPPED"
	AlertPoison    AlertKind = "QUARANTINED"
	AlertTaskError AlertKind = "TASK_FAILURE"
)
