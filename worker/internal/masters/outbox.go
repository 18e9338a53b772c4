// Package masters keeps one Dispatch stream to every master there is. It moves
// messages and knows nothing of what they mean.
package masters

import (
	"sync"

	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// batch bounds the reports of one message.
const batch = 512

// outbox gathers what is to be sent while the last message is under way.
// Reports come after the inventories queued with them: both tell the newest
// state, and a later one is never overtaken by an earlier one.
type outbox struct {
	mu          sync.Mutex
	inventories []*workerpb.Inventory
	reports     []*workerpb.Report
	index       map[int64]int // of an attempt's report
	refused     []*workerpb.Refused
	credit      int32
	wanted      int32
	heartbeat   *workerpb.Heartbeat
	closed      bool
	waiting     bool // something is queued that flush was not called for
	wake        chan struct{}
}

func newOutbox() *outbox {
	return &outbox{index: map[int64]int{}, wake: make(chan struct{}, 1)}
}

func (o *outbox) put(change func()) {
	o.mu.Lock()
	change()
	o.waiting = true
	o.mu.Unlock()
}

// flush lets what is queued be taken.
func (o *outbox) flush() {
	o.mu.Lock()
	waiting := o.waiting
	o.waiting = false
	o.mu.Unlock()
	if !waiting {
		return
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outbox) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// report replaces an unsent report of the same attempt: only the newest state
// matters.
func (o *outbox) report(r *workerpb.Report) {
	if i, ok := o.index[r.GetAttemptId()]; ok {
		o.reports[i] = r
		return
	}
	o.index[r.GetAttemptId()] = len(o.reports)
	o.reports = append(o.reports, r)
}

// take gives what gathered as messages, and whether the outbox was closed.
func (o *outbox) take() (list []*workerpb.FromWorker, closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range o.inventories {
		list = append(list, &workerpb.FromWorker{Msg: &workerpb.FromWorker_Inventory{Inventory: i}})
	}
	for r := o.reports; len(r) > 0; {
		n := min(batch, len(r))
		list = append(list, &workerpb.FromWorker{Msg: &workerpb.FromWorker_Reports{Reports: &workerpb.Reports{Reports: r[:n:n]}}})
		r = r[n:]
	}
	for _, r := range o.refused {
		list = append(list, &workerpb.FromWorker{Msg: &workerpb.FromWorker_Refused{Refused: r}})
	}
	if o.wanted > 0 {
		list = append(list, &workerpb.FromWorker{Msg: &workerpb.FromWorker_CreditWanted{CreditWanted: &workerpb.CreditWanted{N: o.wanted}}})
	}
	if o.credit > 0 {
		list = append(list, &workerpb.FromWorker{Msg: &workerpb.FromWorker_Credit{Credit: &workerpb.Credit{N: o.credit}}})
	}
	if o.heartbeat != nil {
		list = append(list, &workerpb.FromWorker{Msg: &workerpb.FromWorker_Heartbeat{Heartbeat: o.heartbeat}})
	}
	o.inventories, o.reports, o.refused, o.heartbeat, o.credit, o.wanted = nil, nil, nil, nil, 0, 0
	clear(o.index)
	return list, o.closed
}
