package sim

import (
	"google.golang.org/protobuf/proto"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// link is a stream between a worker and a master: in order, of any delay, and
// it may break at any message, which loses what is under way.
type link struct {
	master   *master
	worker   *worker
	session  *dispatch.Session
	toMaster []*workerpb.FromWorker
	toWorker []*workerpb.ToWorker
	broken   bool
}

// connect opens a link; the hello is delivered at once, as gRPC's first
// message decides whether there is a stream.
func (w *worker) connect(m *master) *link {
	l := &link{master: m, worker: w}
	l.session = m.hub.Attach(&workerpb.Hello{
		WorkerId: w.id, Incarnation: w.incarnation, Addr: w.id + ":1", Groups: []string{"default"}, Slots: int32(w.slots),
	}, &workerpb.Welcome{MasterId: m.id})
	l.send(&workerpb.FromWorker{Msg: &workerpb.FromWorker_Credit{Credit: &workerpb.Credit{N: int32(w.slots)}}})
	w.links[m.index] = l
	w.world.links = append(w.world.links, l)
	return l
}

// send queues a message to the master.
func (l *link) send(m *workerpb.FromWorker) { l.toMaster = append(l.toMaster, m) }

// collect takes over what the master's session wants to send.
func (l *link) collect() {
	for _, m := range l.session.Take() {
		// A copy, as the wire makes one: sessions go on appending to messages.
		l.toWorker = append(l.toWorker, proto.Clone(m).(*workerpb.ToWorker))
	}
}

// breakUp loses what is under way; both ends notice.
func (l *link) breakUp() {
	if l.broken {
		return
	}
	l.broken = true
	l.toMaster, l.toWorker = nil, nil
	l.master.hub.Detach(l.session)
	if l.worker.links[l.master.index] == l {
		delete(l.worker.links, l.master.index)
	}
}
