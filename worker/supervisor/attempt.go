package supervisor

import (
	"os"
	"syscall"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// phase is where an attempt is.
type phase int

const (
	starting  phase = iota // a spawner has it
	running                // the main process lives
	draining               // the main process was reaped, others may live
	recording              // the recorder has it
	ended                  // told, until it is forgotten
)

// attempt belongs to the loop; a spawner reads start only.
type attempt struct {
	start *supervisorpb.Start
	phase phase
	seq   uint64 // of this start, never used twice in one life
	pid   int
	pidfd int // -1 once the main process was reaped
	cell  contain.Cell

	begun, finished time.Time
	status          syscall.WaitStatus
	oom             bool
	failure         string // it could not be started

	asked    bool // an end was asked for, by request or timeout
	killed   bool // by request
	timedOut bool
	reason   string
	grace    time.Duration
	killFrom time.Time // when KILL follows TERM
	due      *deadline
	// restored is an end read from an earlier life's record.
	restored *supervisorpb.Process
}

func (a *attempt) id() int64 { return a.start.GetAttemptId() }

// process is how others see the attempt now.
func (a *attempt) process() *supervisorpb.Process {
	if a.restored != nil {
		return a.restored
	}
	p := &supervisorpb.Process{
		AttemptId: a.id(), Pid: int32(a.pid), Tag: a.start.GetTag(),
		StartUnixMs: unixMilli(a.begun), Error: a.failure,
	}
	if a.phase < recording {
		return p
	}
	p.Ended, p.EndUnixMs = true, unixMilli(a.finished)
	p.Killed, p.TimedOut, p.Oom, p.Reason = a.killed, a.timedOut, a.oom, a.reason
	if a.status.Signaled() {
		p.Signal, p.ExitCode = int32(a.status.Signal()), 128+int32(a.status.Signal())
	} else {
		p.ExitCode = int32(a.status.ExitStatus())
	}
	if a.failure != "" {
		p.ExitCode = -1
	}
	return p
}

func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// credential gives the tenant's identity, and nil for the supervisor's own.
func credential(s *supervisorpb.Start) *syscall.Credential {
	if s.GetUid() < 0 || (os.Getuid() != 0 && int(s.GetUid()) == os.Getuid()) {
		return nil
	}
	c := &syscall.Credential{Uid: uint32(s.GetUid()), Gid: uint32(s.GetGid())}
	for _, g := range s.GetGroups() {
		c.Groups = append(c.Groups, uint32(g))
	}
	return c
}
