package dispatch

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// mailbox is a shard that writes down what it is told.
type mailbox struct {
	id       int32
	epoch    int64
	assigned []int64
	told     []string
}

func (m *mailbox) Fence() (int32, int64)                       { return m.id, m.epoch }
func (m *mailbox) Assigned(id int64, _ Assignee)               { m.assigned = append(m.assigned, id) }
func (m *mailbox) Reports(Assignee, []*workerpb.Report)        { m.told = append(m.told, "reports") }
func (m *mailbox) Refused(_ Assignee, _ int64, why string)     { m.told = append(m.told, "refused "+why) }
func (m *mailbox) Inventory(_ Assignee, rs []*workerpb.Report) { m.told = append(m.told, "inventory") }
func (m *mailbox) WorkerDown(worker string, _ int64)           { m.told = append(m.told, "down "+worker) }
func credit(n int32) *workerpb.FromWorker {
	return &workerpb.FromWorker{Msg: &workerpb.FromWorker_Credit{Credit: &workerpb.Credit{N: n}}}
}

func connect(h *Hub, id string, groups ...string) *Session {
	return h.Attach(&workerpb.Hello{WorkerId: id, Incarnation: id + "-1", Addr: id + ":1", Groups: groups, Slots: 4}, &workerpb.Welcome{})
}

func newHub() *Hub { return NewHub(slog.New(slog.DiscardHandler)) }

// TestMostUrgentFirst checks the order in which waiting attempts get credit:
// priority of the instance, priority of the task, age.
func TestMostUrgentFirst(t *testing.T) {
	h, box := newHub(), &mailbox{}
	h.AddShard(box)
	for _, x := range []struct {
		id             int64
		instance, task workflow.Priority
	}{{1, workflow.Medium, workflow.Low}, {2, workflow.Medium, workflow.High}, {3, workflow.High, workflow.Lowest}, {4, workflow.Medium, workflow.High}} {
		if _, ok := h.Acquire(Ticket{TaskID: x.id, Group: "g", InstancePriority: x.instance, Priority: x.task, Shard: box}); ok {
			t.Fatal("a worker out of nowhere")
		}
	}
	w := connect(h, "w", "g")
	h.Receive(w, credit(3))
	h.Receive(w, credit(5))
	if diff := cmp.Diff([]int64{3, 2, 4, 1}, box.assigned); diff != "" {
		t.Error(diff)
	}
	if to, ok := h.Acquire(Ticket{TaskID: 5, Group: "g", Shard: box}); !ok || to.WorkerID != "w" {
		t.Errorf("four credits are left, got %v %v", to, ok)
	}
}

// TestDeadGroupHoldsNobodyUp checks that groups wait on their own.
func TestDeadGroupHoldsNobodyUp(t *testing.T) {
	h, box := newHub(), &mailbox{}
	w := connect(h, "w", "alive")
	h.Acquire(Ticket{TaskID: 1, Group: "dead", InstancePriority: workflow.Highest, Shard: box})
	h.Receive(w, credit(1))
	if _, ok := h.Acquire(Ticket{TaskID: 2, Group: "alive", InstancePriority: workflow.Lowest, Shard: box}); !ok {
		t.Error("a free worker was not used")
	}
	if why := h.WaitReason("dead"); !strings.Contains(why, "none is connected") {
		t.Error(why)
	}
	if why := h.WaitReason("alive"); !strings.Contains(why, "4 slots of 1 worker") {
		t.Error(why)
	}
	h.StoredGroups(map[string][]string{"dead": {"w:1"}})
	h.Receive(w, credit(1))
	if !slices.Contains(box.assigned, 1) {
		t.Error("a stored group's member does not serve it")
	}
}

// TestCreditIsNeitherLostNorMade follows one credit through every way an
// attempt can go.
func TestCreditIsNeitherLostNorMade(t *testing.T) {
	h, box := newHub(), &mailbox{}
	w := connect(h, "w", "g")
	h.Receive(w, credit(1))
	to, ok := h.Acquire(Ticket{TaskID: 1, Group: "g", Shard: box})
	if !ok {
		t.Fatal("no credit")
	}
	if _, again := h.Acquire(Ticket{TaskID: 2, Group: "g", Shard: box}); again {
		t.Fatal("one credit used twice")
	}
	h.Unused(to) // goes to the one that waits
	if diff := cmp.Diff([]int64{2}, box.assigned); diff != "" {
		t.Error(diff)
	}
	h.Acquire(Ticket{TaskID: 3, Group: "g", Shard: box})
	if !h.Withdraw(3) || h.Withdraw(3) {
		t.Error("a waiting ticket is withdrawn once")
	}
	h.Unused(to)
	if _, waiting := h.Workers(); waiting != 0 {
		t.Errorf("%d wait", waiting)
	}
	fresh := connect(h, "w", "g") // a new stream: its credit is told anew
	h.Unused(to)
	if views, _ := h.Workers(); views[0].Credit != 0 {
		t.Errorf("credit of an old stream counts: %d", views[0].Credit)
	}
	h.Receive(w, credit(7))
	if views, _ := h.Workers(); views[0].Credit != 0 {
		t.Error("an old stream is still heard")
	}
	h.Receive(fresh, credit(2))
	h.Receive(fresh, &workerpb.FromWorker{Msg: &workerpb.FromWorker_CreditWanted{CreditWanted: &workerpb.CreditWanted{N: 9}}})
	var given int32
	for _, m := range fresh.Take() {
		given += m.GetCreditReturn().GetN()
	}
	if views, _ := h.Workers(); given != 2 || views[0].Credit != 0 {
		t.Errorf("gave %d back and kept %d", given, views[0].Credit)
	}
}

// TestCreditIsOwed asks for credit back before there is any, as a worker does
// to whom two masters come at once: the other one would wait for it for ever.
func TestCreditIsOwed(t *testing.T) {
	h, box := newHub(), &mailbox{}
	w := connect(h, "w", "g")
	returned := func() (n int32) {
		for _, m := range w.Take() {
			n += m.GetCreditReturn().GetN()
		}
		return n
	}
	wanted := &workerpb.FromWorker{Msg: &workerpb.FromWorker_CreditWanted{CreditWanted: &workerpb.CreditWanted{N: 2}}}
	h.Receive(w, wanted)
	if n := returned(); n != 0 {
		t.Errorf("gave %d back out of nothing", n)
	}
	h.Receive(w, credit(5))
	if n := returned(); n != 2 {
		t.Errorf("gave %d back when there was credit, want 2", n)
	}
	h.Receive(w, credit(1))
	if views, _ := h.Workers(); returned() != 0 || views[0].Credit != 4 {
		t.Errorf("it was asked once, %d are left", views[0].Credit)
	}

	// What waits here goes first; an assignment that is not sent pays the rest.
	var to Assignee
	for id := range int64(4) {
		to, _ = h.Acquire(Ticket{TaskID: id, Group: "g", Shard: box})
	}
	h.Receive(w, wanted)
	h.Acquire(Ticket{TaskID: 9, Group: "g", Shard: box})
	h.Receive(w, credit(1))
	if diff := cmp.Diff([]int64{9}, box.assigned); diff != "" || returned() != 0 {
		t.Errorf("credit was given back that work waits for: %s", diff)
	}
	h.Unused(to)
	if n := returned(); n != 1 {
		t.Errorf("gave %d back of an assignment that was not sent, want 1", n)
	}
}

// TestClaims checks what a shard's workers hear, and that words of another
// epoch stay out.
func TestClaims(t *testing.T) {
	h := newHub()
	w := connect(h, "w", "g")
	w.Take()
	box := &mailbox{id: 5, epoch: 3}
	h.AddShard(box)
	claim := w.Take()[0].GetClaim().GetShards()
	if len(claim) != 1 || claim[0].Shard != 5 || claim[0].Epoch != 3 {
		t.Fatalf("claim %v", claim)
	}
	for _, epoch := range []int64{2, 3} {
		h.Receive(w, &workerpb.FromWorker{Msg: &workerpb.FromWorker_Refused{Refused: &workerpb.Refused{AttemptId: 1, Shard: 5, Epoch: epoch, Reason: "x"}}})
		h.Receive(w, &workerpb.FromWorker{Msg: &workerpb.FromWorker_Inventory{Inventory: &workerpb.Inventory{Claims: []*workerpb.ShardClaim{{Shard: 5, Epoch: epoch}}}}})
	}
	h.Detach(w)
	if diff := cmp.Diff([]string{"refused x", "inventory", "down w"}, box.told); diff != "" {
		t.Error(diff)
	}
	h.Acquire(Ticket{TaskID: 1, Group: "g", Shard: box})
	h.RemoveShard(box)
	h.Receive(connect(h, "v", "g"), credit(1))
	if box.assigned != nil {
		t.Error("a removed shard was given a worker")
	}
}

// TestMessagesJoin checks that what gathers goes together and keeps its order.
func TestMessagesJoin(t *testing.T) {
	h := newHub()
	w := connect(h, "w", "g")
	w.Take()
	to := w.who
	h.Send(to, &workerpb.Assignment{AttemptId: 1})
	h.Send(to, &workerpb.Assignment{AttemptId: 2})
	h.Kill("w", &workerpb.KillRequest{AttemptId: 1})
	h.Send(to, &workerpb.Assignment{AttemptId: 3})
	h.Ack("w", []int64{8})
	h.Ack("w", []int64{9})
	h.Send(Assignee{WorkerID: "w", Stream: to.Stream + 1}, &workerpb.Assignment{AttemptId: 4})
	out := w.Take()
	if len(out) != 4 || len(out[0].GetDispatch().GetAssignments()) != 2 || out[1].GetKill().GetIncarnation() != "w-1" || len(out[3].GetAck().GetAttemptIds()) != 2 {
		t.Errorf("%v", out)
	}
	large := func(id int64) *workerpb.Assignment {
		return &workerpb.Assignment{AttemptId: id, Params: make([]byte, 3<<20)}
	}
	for id := range int64(4) {
		h.Send(to, large(id))
	}
	h.Send(to, &workerpb.Assignment{AttemptId: 9})
	if out := w.Take(); len(out) != 4 || len(out[3].GetDispatch().Assignments) != 2 {
		t.Errorf("large ones went in %d messages", len(out))
	}
	if got := out[0].GetDispatch().Assignments[0].Incarnation; got != "w-1" {
		t.Errorf("incarnation %q", got)
	}
}
