package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/audit"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Caller is who asks: a user that was authenticated for this request.
type Caller struct {
	User workflow.User
	IP   string
}

// Admin reports whether the caller may do everything.
func (c Caller) Admin() bool { return c.User.Role == workflow.RoleAdmin }

// Acting is the context of what a caller does: changes are recorded as his, and
// as coming from where.
func (c Caller) Acting(ctx context.Context, where string) context.Context {
	return audit.By(ctx, audit.Actor{UserID: c.User.ID, Name: c.User.Name, IP: where})
}

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

// invalid is the refusal of a value that cannot be; what names it for the
// caller: the field, or the value itself where clients expect that.
func invalid(field, what string) error {
	return workflow.Errorf(workflow.Invalid, "param.invalid", "%s is not valid", field).At(field).With(what)
}

// missingAs gives other for a NotFound error and the error itself otherwise.
func missingAs(err, other error) error {
	if workflow.ErrorCode(err) == workflow.NotFound {
		return other
	}
	return err
}

// takenAs gives other for an Exists error and the error itself otherwise: it
// catches who was faster between our check and our write.
func takenAs(err, other error) error {
	if workflow.ErrorCode(err) == workflow.Exists {
		return other
	}
	return err
}

// found turns a look-up into a yes or no.
func found(err error) (bool, error) {
	switch workflow.ErrorCode(err) {
	case "":
		return true, nil
	case workflow.NotFound:
		return false, nil
	}
	return false, err
}
