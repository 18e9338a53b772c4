// Package dispatch knows the connected workers: who has credit, who waits for
// it, and how to reach them. It decides nothing about instances; shards ask it
// for a worker and it tells shards what workers say.
package dispatch

import (
	"log/slog"
	"slices"
	"sync"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Shard is what the hub tells things to. Its methods must not block: they post
// to the shard's mailbox.
type Shard interface {
	Fence() (shard int32, epoch int64)
	Assigned(taskID int64, to Assignee)
	Reports(from Assignee, reports []*workerpb.Report)
	Refused(from Assignee, taskID int64, reason string)
	Inventory(from Assignee, reports []*workerpb.Report)
	WorkerDown(workerID string, stream int64)
}

// Assignee names a worker's stream: a later stream of the same worker has
// another number, so that an inventory can be told from what was sent after it.
type Assignee struct {
	WorkerID    string
	Incarnation string
	Addr        string // of its log service
	Stream      int64
}

// Ticket asks for a worker of a group.
type Ticket struct {
	TaskID           int64
	Group            string
	InstancePriority workflow.Priority
	Priority         workflow.Priority
	Shard            Shard
	seq              int64
	index            int // in its heap
}

// Hub is shared by all shards of a master.
type Hub struct {
	log *slog.Logger

	mu      sync.Mutex
	shards  map[int32]Shard
	workers map[string]*Session // by worker id, the newest stream
	groups  map[string]*queue
	stored  map[string][]string // stored groups: addresses
	tickets map[int64]*Ticket
	streams int64
	seq     int64
}

// NewHub makes an empty hub.
func NewHub(log *slog.Logger) *Hub {
	return &Hub{
		log:    log,
		shards: map[int32]Shard{}, workers: map[string]*Session{},
		groups: map[string]*queue{}, stored: map[string][]string{}, tickets: map[int64]*Ticket{},
	}
}

// AddShard makes a shard's mailbox known and claims it from every worker; each
// answers with an inventory. It returns the workers connected at the moment.
func (h *Hub) AddShard(s Shard) []Assignee {
	id, epoch := s.Fence()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shards[id] = s
	claim := &workerpb.ToWorker{Msg: &workerpb.ToWorker_Claim{Claim: &workerpb.Claim{
		Shards: []*workerpb.ShardClaim{{Shard: id, Epoch: epoch}},
	}}}
	connected := make([]Assignee, 0, len(h.workers))
	for _, w := range h.workers {
		w.send(claim)
		connected = append(connected, w.who)
	}
	return connected
}

// RemoveShard forgets a shard and its waiting tickets.
func (h *Hub) RemoveShard(s Shard) {
	id, _ := s.Fence()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shards[id] != s {
		return
	}
	delete(h.shards, id)
	for taskID, t := range h.tickets {
		if t.Shard == s {
			h.groups[t.Group].remove(t)
			delete(h.tickets, taskID)
		}
	}
	h.tellBacklog()
}

// StoredGroups replaces the groups that operators stored as address lists.
func (h *Hub) StoredGroups(groups map[string][]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stored = groups
	for _, w := range h.workers {
		h.feed(w)
	}
}

// Acquire takes a credit of a worker of the ticket's group. Without one the
// ticket waits, and its shard is told by Assigned later.
func (h *Hub) Acquire(t Ticket) (Assignee, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	q := h.queue(t.Group)
	if q.Len() == 0 {
		if w := h.pick(t.Group); w != nil {
			w.credit--
			return w.who, true
		}
	}
	h.seq++
	t.seq = h.seq
	h.tickets[t.TaskID] = &t
	q.push(&t)
	if q.Len() == 1 {
		h.tellBacklog()
	}
	return Assignee{}, false
}

// Withdraw takes a waiting ticket back; false when it waits no longer.
func (h *Hub) Withdraw(taskID int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.tickets[taskID]
	if !ok {
		return false
	}
	delete(h.tickets, taskID)
	h.groups[t.Group].remove(t)
	return true
}

// Unused gives back the credit of an assignment that is not going to be sent.
func (h *Hub) Unused(to Assignee) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w := h.workers[to.WorkerID]; w != nil && w.who.Stream == to.Stream {
		w.credit++
		h.feed(w)
	}
}

// Send sends an assignment to the stream it was assigned on. When that stream
// is gone nothing is sent: the next inventory shows that it never arrived.
func (h *Hub) Send(to Assignee, a *workerpb.Assignment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w := h.workers[to.WorkerID]; w != nil && w.who.Stream == to.Stream {
		a.Incarnation = w.who.Incarnation
		w.sendAssignment(a)
	}
}

// Kill asks a worker to end an attempt; the incarnation is filled in. Lost when
// the worker is away: shards repeat kills when it is back.
func (h *Hub) Kill(workerID string, k *workerpb.KillRequest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w := h.workers[workerID]; w != nil {
		k.Incarnation = w.who.Incarnation
		w.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Kill{Kill: k}})
	}
}

// Ack tells a worker to forget ends.
func (h *Hub) Ack(workerID string, attemptIDs []int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w := h.workers[workerID]; w != nil {
		w.sendAcks(attemptIDs)
	}
}

// Connected reports whether a worker has a stream now.
func (h *Hub) Connected(workerID string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.workers[workerID] != nil
}

// WaitReason says in words why an attempt of this group has no worker yet.
func (h *Hub) WaitReason(group string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	members, slots := 0, 0
	for _, w := range h.workers {
		if h.serves(w, group) {
			members++
			slots += int(w.hello.Slots)
		}
	}
	if members == 0 {
		return "waits for a worker of group " + group + ": none is connected"
	}
	return "waits for a free slot in group " + group + ": all " + plural(slots, "slot") + " of " + plural(members, "worker") + " are taken"
}

// View is a worker as the hub sees it.
type View struct {
	ID, Addr string
	Groups   []string
	Slots    int
	Credit   int
	Running  int
}

// Workers lists the connected workers by id, and how many attempts wait.
func (h *Hub) Workers() (workers []View, waiting int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.workers {
		workers = append(workers, View{
			ID: w.who.WorkerID, Addr: w.who.Addr, Groups: w.hello.Groups,
			Slots: int(w.hello.Slots), Credit: w.credit, Running: int(w.running),
		})
	}
	slices.SortFunc(workers, func(a, b View) int { return compare(a.ID, b.ID) })
	return workers, len(h.tickets)
}

// queue gives the waiting tickets of a group.
func (h *Hub) queue(group string) *queue {
	q := h.groups[group]
	if q == nil {
		q = &queue{}
		h.groups[group] = q
	}
	return q
}

// pick gives the group's worker with the most credit, or nil.
func (h *Hub) pick(group string) *Session {
	var best *Session
	for _, w := range h.workers {
		if w.credit <= 0 || !h.serves(w, group) {
			continue
		}
		if best == nil || w.credit > best.credit || (w.credit == best.credit && w.who.WorkerID < best.who.WorkerID) {
			best = w
		}
	}
	return best
}

// serves reports whether a worker belongs to a group, by its own word or by a
// stored list of addresses.
func (h *Hub) serves(w *Session, group string) bool {
	return slices.Contains(w.hello.Groups, group) || slices.Contains(h.stored[group], w.who.Addr)
}

// feed hands waiting tickets to a worker while it has credit: the most urgent
// ticket over all groups it serves first. What no ticket needs pays what the
// worker asked back.
func (h *Hub) feed(w *Session) {
	emptied := false
	for w.credit > 0 {
		var best *Ticket
		for group, q := range h.groups {
			if q.Len() > 0 && h.serves(w, group) && (best == nil || less(q.first(), best)) {
				best = q.first()
			}
		}
		if best == nil {
			break
		}
		h.groups[best.Group].remove(best)
		delete(h.tickets, best.TaskID)
		w.credit--
		emptied = emptied || h.groups[best.Group].Len() == 0
		best.Shard.Assigned(best.TaskID, w.who)
	}
	w.repay()
	if emptied {
		h.tellBacklog()
	}
}

// tellBacklog tells workers which groups have work waiting here.
func (h *Hub) tellBacklog() {
	waiting := map[string]int32{}
	for group, q := range h.groups {
		if q.Len() > 0 {
			waiting[group] = int32(q.Len())
		}
	}
	msg := &workerpb.ToWorker{Msg: &workerpb.ToWorker_Backlog{Backlog: &workerpb.Backlog{Waiting: waiting}}}
	for _, w := range h.workers {
		w.send(msg)
	}
}

// Attach makes a new stream the current one of its worker and sends it
// everything it needs to know first.
func (h *Hub) Attach(hello *workerpb.Hello, welcome *workerpb.Welcome) *Session {
	s := newSession(hello)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams++
	s.who.Stream = h.streams
	if old := h.workers[s.who.WorkerID]; old != nil {
		old.close()
		h.down(old)
	}
	h.workers[s.who.WorkerID] = s
	s.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Welcome{Welcome: welcome}})
	claim := &workerpb.Claim{}
	for _, shard := range h.shards {
		id, epoch := shard.Fence()
		claim.Shards = append(claim.Shards, &workerpb.ShardClaim{Shard: id, Epoch: epoch})
	}
	slices.SortFunc(claim.Shards, func(a, b *workerpb.ShardClaim) int { return int(a.Shard - b.Shard) })
	s.send(&workerpb.ToWorker{Msg: &workerpb.ToWorker_Claim{Claim: claim}})
	h.tellBacklog()
	return s
}

// Detach removes a stream and tells the shards that its worker is away.
func (h *Hub) Detach(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.workers[s.who.WorkerID] != s {
		return
	}
	delete(h.workers, s.who.WorkerID)
	h.down(s)
}

func (h *Hub) down(s *Session) {
	for _, shard := range h.shards {
		shard.WorkerDown(s.who.WorkerID, s.who.Stream)
	}
}

// Receive hands a worker's message to whom it concerns.
func (h *Hub) Receive(s *Session, m *workerpb.FromWorker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.workers[s.who.WorkerID] != s {
		return // an older stream of the worker: it will say it again on the new one
	}
	switch m := m.Msg.(type) {
	case *workerpb.FromWorker_Credit:
		s.credit += int(m.Credit.N)
		h.feed(s)
	case *workerpb.FromWorker_CreditWanted:
		s.giveBack(int(m.CreditWanted.N))
	case *workerpb.FromWorker_Reports:
		for shard, reports := range byShard(m.Reports.Reports) {
			if owner := h.shards[shard]; owner != nil {
				owner.Reports(s.who, reports)
			}
		}
	case *workerpb.FromWorker_Refused:
		if owner := h.shards[m.Refused.Shard]; owner != nil {
			if _, epoch := owner.Fence(); epoch == m.Refused.Epoch {
				owner.Refused(s.who, m.Refused.AttemptId, m.Refused.Reason)
			}
		}
	case *workerpb.FromWorker_Inventory:
		h.inventory(s, m.Inventory)
	case *workerpb.FromWorker_Heartbeat:
		s.running = m.Heartbeat.Running
	}
}

// inventory gives every claimed shard its part, the empty ones as well.
func (h *Hub) inventory(s *Session, inv *workerpb.Inventory) {
	parts := byShard(inv.Attempts)
	for _, c := range inv.Claims {
		owner := h.shards[c.Shard]
		if owner == nil {
			continue
		}
		if _, epoch := owner.Fence(); epoch == c.Epoch {
			owner.Inventory(s.who, parts[c.Shard])
		}
	}
}

func byShard(reports []*workerpb.Report) map[int32][]*workerpb.Report {
	parts := map[int32][]*workerpb.Report{}
	for _, r := range reports {
		parts[r.Shard] = append(parts[r.Shard], r)
	}
	return parts
}
