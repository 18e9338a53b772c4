package dispatch

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Bounds of the assignments of one message: their number, and their size, which
// is far below what gRPC lets through.
const (
	maxAssignments = 256
	maxJoined      = 4 << 20
)

// weight is roughly the size of an assignment on the wire, the parts of it that
// can be large.
func weight(a *workerpb.Assignment) int {
	const resource, source = 512, 4096
	return 1024 + len(a.Params) + len(a.LocalParams) + len(a.Resources)*resource + len(a.DataSources)*source
}

// Stream is a worker's connection, as gRPC gives it or a test.
type Stream interface {
	Context() context.Context
	Send(*workerpb.ToWorker) error
	Recv() (*workerpb.FromWorker, error)
}

// Session is one stream of one worker. The hub's lock guards credit, owed and
// running; the outbox has its own.
type Session struct {
	who     Assignee
	hello   *workerpb.Hello
	credit  int
	owed    int // credit that the worker asked back and has not got
	running int32

	mu      sync.Mutex
	out     []*workerpb.ToWorker
	joined  int // weight of the last message of assignments
	closed  bool
	wake    chan struct{} // size 1
	closing chan struct{}
}

// Serve runs a worker's stream until it breaks or stop closes.
func (h *Hub) Serve(stream Stream, welcome *workerpb.Welcome, stop <-chan struct{}) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	hello := first.GetHello()
	if hello == nil || hello.WorkerId == "" || hello.Incarnation == "" {
		return status.Error(codes.InvalidArgument, "the first message must be a hello with worker id and incarnation")
	}
	s := h.Attach(hello, welcome)
	h.log.Info("worker connected", "worker", hello.WorkerId, "addr", hello.Addr, "groups", hello.Groups, "slots", hello.Slots)
	defer func() {
		h.Detach(s)
		h.log.Info("worker disconnected", "worker", hello.WorkerId)
	}()

	failed := make(chan error, 1)
	go func() { // ends with the stream: Recv fails once this method returns
		for {
			m, err := stream.Recv()
			if err != nil {
				failed <- err
				return
			}
			h.Receive(s, m)
		}
	}()
	return s.pump(stream, failed, stop)
}

func newSession(hello *workerpb.Hello) *Session {
	return &Session{
		hello: hello,
		who:   Assignee{WorkerID: hello.WorkerId, Incarnation: hello.Incarnation, Addr: hello.Addr},
		wake:  make(chan struct{}, 1), closing: make(chan struct{}),
	}
}

// pump sends what is in the outbox until the stream breaks.
func (s *Session) pump(stream Stream, failed <-chan error, stop <-chan struct{}) error {
	for {
		select {
		case <-s.wake:
			for _, m := range s.Take() {
				if err := stream.Send(m); err != nil {
					return err
				}
			}
		case err := <-failed:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case <-stop:
			return status.Error(codes.Unavailable, "this master is stopping")
		case <-s.closing:
			return status.Error(codes.Aborted, "a newer stream of this worker took over")
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

// Take empties the outbox.
func (s *Session) Take() []*workerpb.ToWorker {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.out
	s.out = nil
	return out
}

// send queues a message. The outbox is bounded by what bounds its contents:
// credits for assignments, unacknowledged ends for acks.
func (s *Session) send(m *workerpb.ToWorker) {
	s.mu.Lock()
	s.out = append(s.out, m)
	s.mu.Unlock()
	s.notify()
}

// sendAssignment joins assignments that gathered while the last send was under
// way into one message.
func (s *Session) sendAssignment(a *workerpb.Assignment) {
	w := weight(a)
	s.mu.Lock()
	if last := s.last().GetDispatch(); last != nil && len(last.Assignments) < maxAssignments && s.joined+w <= maxJoined {
		last.Assignments = append(last.Assignments, a)
		s.joined += w
	} else {
		s.joined = w
		s.out = append(s.out, &workerpb.ToWorker{Msg: &workerpb.ToWorker_Dispatch{
			Dispatch: &workerpb.DispatchBatch{Assignments: []*workerpb.Assignment{a}},
		}})
	}
	s.mu.Unlock()
	s.notify()
}

func (s *Session) sendAcks(ids []int64) {
	s.mu.Lock()
	if last := s.last().GetAck(); last != nil {
		last.AttemptIds = append(last.AttemptIds, ids...)
	} else {
		s.out = append(s.out, &workerpb.ToWorker{Msg: &workerpb.ToWorker_Ack{Ack: &workerpb.Ack{AttemptIds: ids}}})
	}
	s.mu.Unlock()
	s.notify()
}

// last gives the newest queued message; nil when the outbox is empty, which
// the getters of generated messages accept.
func (s *Session) last() *workerpb.ToWorker {
	if len(s.out) == 0 {
		return nil
	}
	return s.out[len(s.out)-1]
}

// giveBack returns up to n unused credits to the worker, at once or as soon as
// there are any: a worker asks once and waits for the answer, and another
// master may wait for what it gets.
func (s *Session) giveBack(n int) {
	s.owed = n
	s.repay()
}

// repay answers a worker that asked for credit when there was none.
func (s *Session) repay() {
	n := min(s.owed, s.credit)
	if n <= 0 {
		return
	}
	s.credit, s.owed = s.credit-n, 0
	s.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_CreditReturn{CreditReturn: &workerpb.CreditReturn{N: int32(n)}}})
}

func (s *Session) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
}
