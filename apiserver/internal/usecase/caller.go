package usecase

import "github.com/porpoise-scheduler/porpoise/pkg/workflow"

// Caller is who asks: a user that was authenticated for this request.
type Caller struct {
	User workflow.User
	IP   string
}

// Admin reports whether the caller may do everything.
func (c Caller) Admin() bool { return c.User.Role == workflow.RoleAdmin }

// Is reports whether the caller is the user.
func (c Caller) Is(userID int64) bool { return c.User.ID == userID }

// forbidden is the refusal of what only others may do.
func forbidden() error {
	return workflow.Errorf(workflow.Forbidden, "user.forbidden", "the user has no right to do this")
}

// RequireAdmin refuses everybody else.
func RequireAdmin(c Caller) error {
	if c.Admin() {
		return nil
	}
	return forbidden()
}

// requireSelf refuses everybody but the user himself and admins.
func requireSelf(c Caller, userID int64) error {
	if c.Admin() || c.Is(userID) {
		return nil
	}
	return forbidden()
}
