package task

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Follower is a kind whose processes may start applications in a YARN cluster
// and leave before those end. The ids are found in the attempt's log.
type Follower interface {
	Commander
	// Follows reports whether a task with these parameters may start any.
	Follows(params json.RawMessage) bool
}

// Applications asks a cluster about its applications, in the name of a user.
type Applications interface {
	// Application gives what is known of one; ErrNoApplication when the cluster
	// does not know it, any other error when it could not be asked.
	Application(ctx context.Context, user, id string) (Application, error)
	// Kill asks for the end of one, which is not awaited. One that is over
	// stays as it is.
	Kill(ctx context.Context, user, id string) error
}

// ErrNoApplication is a cluster's answer about an application it does not know.
var ErrNoApplication = errors.New("the cluster does not know the application")

// Application is what a cluster tells of one.
type Application struct {
	ID      string
	State   string    // in the words of the cluster
	Started time.Time // zero when it was not told
	Over    bool
	OK      bool   // over, and it succeeded
	Reason  string // what the cluster says when it did not
}
