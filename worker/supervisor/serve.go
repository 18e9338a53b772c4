package supervisor

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
)

// message is a request of a session, or its attachment or end.
type message struct {
	session *session
	request *supervisorpb.Request // nil: the session ended
}

// startedAfter is how long a start waits for its end: most attempts are short,
// and then one event tells both.
const startedAfter = 10 * time.Millisecond

// session is an attached worker's stream.
type session struct {
	mu       sync.Mutex
	attached *supervisorpb.Attached
	starts   map[int64]*supervisorpb.Process // that wait for their ends
	waiting  bool                            // until they are released
	events   []*supervisorpb.Process
	closed   bool
	wake     chan struct{}
}

func newSession() *session {
	return &session{starts: map[int64]*supervisorpb.Process{}, wake: make(chan struct{}, 1)}
}

// greet answers Attach; it goes before all events.
func (s *session) greet(a *supervisorpb.Attached) {
	s.mu.Lock()
	s.attached = a
	s.mu.Unlock()
	s.rouse()
}

// tell queues an event and does not wait. What is queued is bounded by the
// attempts the supervisor holds, two events each. An event takes the place of
// the attempt's start, if that was not sent yet.
func (s *session) tell(p *supervisorpb.Process) {
	s.mu.Lock()
	delete(s.starts, p.GetAttemptId())
	s.events = append(s.events, p)
	s.mu.Unlock()
	s.rouse()
}

// tellStart queues the start of an attempt; it is sent a little later.
func (s *session) tellStart(p *supervisorpb.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts[p.GetAttemptId()] = p
	if !s.waiting {
		s.waiting = true
		time.AfterFunc(startedAfter, s.releaseStarts)
	}
}

// releaseStarts sends the starts that wait.
func (s *session) releaseStarts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = false
	if len(s.starts) == 0 {
		return
	}
	for _, p := range s.starts {
		s.events = append(s.events, p)
	}
	clear(s.starts)
	s.rouse()
}

// close ends the stream: another worker took over.
func (s *session) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.rouse()
}

func (s *session) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *session) take() (a *supervisorpb.Attached, events []*supervisorpb.Process, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, events, closed = s.attached, s.events, s.closed
	s.attached, s.events = nil, nil
	return a, events, closed
}

// server turns streams into messages for the loop.
type server struct {
	supervisorpb.UnimplementedSupervisorServer
	messages chan<- message
	done     <-chan struct{} // the loop ended
	// receivers end with their streams.
	receivers sync.WaitGroup
}

func (s *server) Attach(stream grpc.BidiStreamingServer[supervisorpb.Request, supervisorpb.Reply]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if first.GetAttach() == nil {
		return status.Error(codes.InvalidArgument, "the first message must attach")
	}
	ses := newSession()
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	s.receivers.Go(func() {
		defer cancel()
		s.receive(ctx, ses, first, stream)
	})
	err = send(ctx, ses, stream)
	cancel()
	// Returning ends the stream and thereby the receiver.
	s.post(message{session: ses})
	return err
}

// receive posts requests until the stream ends, which the return of Attach
// brings about.
func (s *server) receive(ctx context.Context, ses *session, r *supervisorpb.Request, stream grpc.BidiStreamingServer[supervisorpb.Request, supervisorpb.Reply]) {
	for {
		if !s.post(message{session: ses, request: r}) || ctx.Err() != nil {
			return
		}
		var err error
		if r, err = stream.Recv(); err != nil {
			return
		}
	}
}

func (s *server) post(m message) bool {
	select {
	case s.messages <- m:
		return true
	case <-s.done:
		return false
	}
}

// send passes the loop's events on, all that gathered in one message.
func send(ctx context.Context, ses *session, stream grpc.BidiStreamingServer[supervisorpb.Request, supervisorpb.Reply]) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ses.wake:
		}
		attached, events, closed := ses.take()
		if closed {
			return status.Error(codes.Aborted, "another worker attached")
		}
		if attached != nil {
			r := &supervisorpb.Reply{Msg: &supervisorpb.Reply_Attached{Attached: attached}}
			if err := stream.Send(r); err != nil {
				return err
			}
		}
		if len(events) > 0 {
			r := &supervisorpb.Reply{Msg: &supervisorpb.Reply_Events{Events: &supervisorpb.Events{Processes: events}}}
			if err := stream.Send(r); err != nil {
				return err
			}
		}
	}
}
