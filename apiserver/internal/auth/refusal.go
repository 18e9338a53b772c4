package auth

import (
	"errors"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ByPassword is how somebody tries to sign in who shows a password that is kept
// here.
const ByPassword = "password"

// Refusal is that somebody was not let in. To him it is the error Err, which
// may leave open what was wrong; the rest is for those who watch over accounts.
type Refusal struct {
	Err error
	// Cause is a stable word: login.unknown (there is no such account),
	// login.wrong (the password), login.disabled, login.throttled, or the reason
	// of Err.
	Cause string
	// UserID is the account that was tried; 0: unknown.
	UserID int64
	// Via is ByPassword or the provider that was asked.
	Via string
	// Repeated says that the same was refused just before, and told: attempts
	// beyond the limit come in any number.
	Repeated bool
}

// Error is what who was refused may know.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap gives the error he gets.
func (r *Refusal) Unwrap() error { return r.Err }

// refuse says in detail why a name and password do not let u in.
func refuse(u workflow.User, cause, via string) error {
	return &Refusal{Err: wrongPair(), Cause: cause, UserID: u.ID, Via: via}
}

// RefusalOf gives why somebody was not let in: nil when err is none, or only
// says that something failed.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	switch workflow.ErrorCode(err) {
	case "", workflow.Internal, workflow.Unavailable:
		return nil
	}
	return &Refusal{Err: err, Cause: workflow.ErrorReason(err)}
}
