package coord

import "time"

// ServerMode is what a server of the registry is among its peers.
type ServerMode string

// Modes of a server.
const (
	Leader   ServerMode = "leader"
	Follower ServerMode = "follower"
	Learner  ServerMode = "learner" // follows without a vote
)

// Server is one server of the registry itself, not a member registered there.
type Server struct {
	Name string
	// Addr is where clients reach it, host:port; empty: it runs inside this
	// process.
	Addr string
	// Mode is empty when it does not answer, or has no leader.
	Mode      ServerMode
	Version   string
	SizeBytes int64         // of its database
	RoundTrip time.Duration // of the question how it does
	// Problem says in words why it does not answer, or what it complains of;
	// empty: it is well.
	Problem string
	// Up says whether it answered.
	Up bool
}
