package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/masters"
)

// phase is where an attempt is.
type phase int

const (
	preparing phase = iota // directory, files, resources
	starting               // its Start is, or is to be, with the supervisor
	running
	finishing // its processes are gone; its log is read, and later closed
	following // what they started elsewhere is awaited, or ended
	ended     // reported until it is acknowledged
)

// attempt belongs to the agent's loop.
type attempt struct {
	entry
	phase  phase
	conn   *masters.Conn           // whose credit it uses
	bare   bool                    // it has no work directory
	report *workerpb.Report        // the newest
	start  *supervisorpb.Start     // until the supervisor confirmed it
	sentTo string                  // incarnation of the supervisor that got start
	stop   context.CancelCauseFunc // of what runs for it in this process
	asked  bool                    // to be killed
	reason string                  // of that
	// outcome is what is to be reported once nothing is followed any more.
	outcome *workerpb.Report
	since   time.Time // accepted in this life, and later: the end was last reported
}

// restored tells an attempt of an earlier life, as long as it lives.
func (t *attempt) restored() bool { return t.since.IsZero() }

// Why an attempt is stopped from within.
var (
	errKilled   = errors.New("killed")
	errAlone    = errors.New("the worker reached no master for too long")
	errStopping = errors.New("the worker was stopped")
)

// killed is errKilled with the reason that was given.
type killed struct{ reason string }

func (k killed) Error() string        { return k.reason }
func (k killed) Is(target error) bool { return target == errKilled }

// live reports whether the attempt holds a slot.
func (t *attempt) live() bool { return t.phase != ended }

// entry is what is remembered of an attempt across restarts: in the journal,
// and as the tag of its process in the supervisor.
type entry struct {
	ID         int64  `json:"id"`
	Shard      int32  `json:"shard"`
	Epoch      int64  `json:"epoch"`
	InstanceID int64  `json:"instance"`
	Number     int32  `json:"number"`
	Kind       string `json:"kind"`
	Task       string `json:"task"`
	// Process: it runs in the supervisor, else in the worker.
	Process bool `json:"process,omitempty"`
	// Scan: its log may set parameters.
	Scan  bool `json:"scan,omitempty"`
	Rerun bool `json:"rerun,omitempty"`
	// Follow: its log may name applications; they are asked about in the name
	// of User, who runs its processes.
	Follow bool   `json:"follow,omitempty"`
	User   string `json:"user,omitempty"`
	// AcceptedMS is when.
	AcceptedMS int64 `json:"accepted,omitempty"`
	// TimeoutMS is for the reason of a timeout.
	TimeoutMS int64 `json:"timeout,omitempty"`
	// Supervisor that was attached when the attempt was accepted.
	Supervisor string `json:"supervisor,omitempty"`
}

func (e entry) encode() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("encoding %+v: %v", e, err)) // plain fields always encode
	}
	return b
}

func decodeEntry(b []byte) (entry, error) {
	var e entry
	if err := json.Unmarshal(b, &e); err != nil {
		return e, fmt.Errorf("reading an attempt's entry: %w", err)
	}
	return e, nil
}

// newReport begins a report of the attempt.
func (e entry) newReport(state workerpb.AttemptState) *workerpb.Report {
	return &workerpb.Report{AttemptId: e.ID, Shard: e.Shard, Epoch: e.Epoch, State: state}
}

// Kinds of records in the journal.
const (
	acceptRecord byte = 1 // an entry
	endRecord    byte = 2 // a workerpb.Report
	forgetRecord byte = 3 // a workerpb.Ack
	followRecord byte = 4 // a workerpb.Report, the outcome so far
)

// replay rebuilds the attempts from the journal.
func (a *Agent) replay(kind byte, payload []byte) error {
	switch kind {
	case acceptRecord:
		e, err := decodeEntry(payload)
		if err != nil {
			return err
		}
		a.attempts[e.ID] = &attempt{entry: e, phase: running, report: e.newReport(workerpb.AttemptState_ATTEMPT_STATE_RUNNING)}
	case endRecord:
		r := &workerpb.Report{}
		if err := proto.Unmarshal(payload, r); err != nil {
			return fmt.Errorf("reading an end: %w", err)
		}
		t := a.attempts[r.GetAttemptId()]
		if t == nil {
			t = &attempt{entry: entry{ID: r.GetAttemptId(), Shard: r.GetShard(), Epoch: r.GetEpoch()}}
			a.attempts[t.ID] = t
		}
		t.phase, t.report = ended, r
	case followRecord:
		r := &workerpb.Report{}
		if err := proto.Unmarshal(payload, r); err != nil {
			return fmt.Errorf("reading what is followed: %w", err)
		}
		if t := a.attempts[r.GetAttemptId()]; t != nil && t.live() {
			t.followFrom(r)
		}
	case forgetRecord:
		ack := &workerpb.Ack{}
		if err := proto.Unmarshal(payload, ack); err != nil {
			return fmt.Errorf("reading an acknowledgement: %w", err)
		}
		for _, id := range ack.GetAttemptIds() {
			delete(a.attempts, id)
		}
	}
	return nil
}

// note adds a message to the journal's next write.
func (a *Agent) note(kind byte, m proto.Message) {
	b, err := proto.Marshal(m)
	if err != nil {
		a.log.Error("encoding a journal record", "error", err)
		return
	}
	a.journal.Add(kind, b)
}

// compact rewrites the journal with what is still known.
func (a *Agent) compact() {
	err := a.journal.Compact(func(add func(byte, []byte)) {
		for _, t := range a.attempts {
			add(acceptRecord, t.encode())
			kind, r := endRecord, t.report
			if t.phase == following {
				kind, r = followRecord, t.outcome
			} else if t.phase != ended {
				continue
			}
			if b, err := proto.Marshal(r); err == nil {
				add(kind, b)
			}
		}
	})
	if err != nil {
		a.log.Error("compacting the journal of attempts", "error", err)
	}
}
