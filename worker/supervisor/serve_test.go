package supervisor

import (
	"testing"
	"testing/synctest"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
)

func TestAStartWaitsForItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		s.tellStart(&supervisorpb.Process{AttemptId: 1})
		s.tellStart(&supervisorpb.Process{AttemptId: 2})
		s.tell(&supervisorpb.Process{AttemptId: 1, Ended: true})
		<-s.wake
		if _, events, _ := s.take(); len(events) != 1 || !events[0].GetEnded() {
			t.Errorf("told %v", events)
		}
		<-s.wake // the time of the second is up
		if _, events, _ := s.take(); len(events) != 1 || events[0].GetAttemptId() != 2 {
			t.Errorf("told %v", events)
		}
		s.tellStart(&supervisorpb.Process{AttemptId: 3})
		<-s.wake
		if _, events, _ := s.take(); len(events) != 1 || events[0].GetAttemptId() != 3 {
			t.Errorf("told %v", events)
		}
	})
}
