package runner

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// defaultGroup serves attempts that name no group.
const defaultGroup = "default"

// seek looks for a worker for a ready attempt. With one at hand the attempt is
// assigned in the same change, so that its row is written once; else it waits
// in the hub and its row is written only when it waits long enough to be seen.
func (s *Shard) seek(ctx context.Context, id int64, r engine.Ready) error {
	group := r.Group
	if group == "" {
		group = defaultGroup
	}
	s.tasks[r.TaskID] = id
	to, ok := s.deps.Hub.Acquire(dispatch.Ticket{
		TaskID: r.TaskID, Group: group, InstancePriority: r.InstancePriority, Priority: r.Priority, Shard: s.self,
	})
	if ok {
		return s.assign(ctx, id, r.TaskID, to)
	}
	show := s.deps.Now().Add(s.cfg.QueuedAfter)
	if len(s.unseen) == 0 {
		s.timers.add(show, showQueued{})
	}
	s.unseen = append(s.unseen, unseen{task: r.TaskID, group: group, show: show})
	return nil
}

// assign gives an attempt its worker.
func (s *Shard) assign(ctx context.Context, id, taskID int64, to dispatch.Assignee) error {
	delete(s.tasks, taskID)
	s.bind(id, taskID, to.WorkerID, to.Stream)
	before := len(s.out.sends)
	err := s.step(ctx, id, engine.Assigned{TaskID: taskID, WorkerID: to.WorkerID, Host: to.Addr, Epoch: s.fence.Epoch})
	if err != nil {
		return err
	}
	if !s.sentSince(before, taskID) { // the run wanted it no longer
		s.forget(taskID)
		s.deps.Hub.Unused(to)
	}
	return nil
}

func (s *Shard) sentSince(before int, taskID int64) bool {
	for _, x := range s.out.sends[min(before, len(s.out.sends)):] {
		if x.a.AttemptId == taskID {
			return true
		}
	}
	return false
}

// onAssigned takes a credit that the hub found for a waiting attempt.
func (s *Shard) onAssigned(ctx context.Context, m assigned) error {
	id, waiting := s.tasks[m.taskID]
	if !waiting || s.runs[id] == nil {
		delete(s.tasks, m.taskID)
		s.deps.Hub.Unused(m.to)
		return nil
	}
	return s.assign(ctx, id, m.taskID, m.to)
}

// withdraw takes an attempt that waits for a worker out of the hub.
func (s *Shard) withdraw(taskID int64) {
	delete(s.tasks, taskID)
	s.deps.Hub.Withdraw(taskID)
}

// dispatch puts an attempt on its way: sent once its row is committed.
func (s *Shard) dispatch(l *live, d engine.Dispatch) {
	a, known := s.attempts[d.Task.ID]
	if !known {
		return
	}
	x := send{
		to:    dispatch.Assignee{WorkerID: a.worker, Stream: a.stream},
		a:     s.assignment(d),
		needs: l.needs[d.Task.Task],
		env:   cmp.Or(d.Spec.Environment, d.Start.Environment), workerGroup: d.Task.WorkerGroup,
	}
	if x.needs != nil && x.needs.Receivers {
		x.a.Receivers, x.a.ReceiversCc = receivers(d.Start, l.def)
		x.group = d.Start.WarningGroupID
	}
	s.out.sends = append(s.out.sends, x)
}

// receivers are the addresses that an instance's results are mailed to: those
// of its start, else those of its definition.
func receivers(start *workflow.StartOptions, def *workflow.Definition) (to, cc []string) {
	if start.Receivers != "" || start.ReceiversCc != "" {
		return addresses(start.Receivers), addresses(start.ReceiversCc)
	}
	return addresses(def.Receivers), addresses(def.ReceiversCc)
}

// addresses takes a list with commas apart.
func addresses(list string) []string {
	var out []string
	for a := range strings.SplitSeq(list, ",") {
		if a = strings.TrimSpace(a); a != "" {
			out = append(out, a)
		}
	}
	return out
}

// assignment writes an attempt for the wire.
func (s *Shard) assignment(d engine.Dispatch) *workerpb.Assignment {
	var local []byte
	if len(d.Spec.LocalParams) > 0 {
		local, _ = json.Marshal(d.Spec.LocalParams) // plain strings always encode
	}
	onLost := d.Spec.OnLost
	if onLost == "" {
		onLost = workflow.LostRerun
	}
	return &workerpb.Assignment{
		AttemptId: d.Task.ID, Shard: int32(s.fence.Shard), Epoch: s.fence.Epoch,
		InstanceId: d.Task.InstanceID, Number: int32(d.Task.Attempt), Token: s.token(d.Task.ID),
		Task: d.Task.Task, Kind: string(d.Task.Kind), Params: d.Spec.Params, LocalParams: local,
		Values: workerpb.EncodeValues(d.Values), Tenant: d.Start.TenantCode, Queue: d.Start.Queue,
		TimeoutMs: d.Timeout.Milliseconds(), OnLost: string(onLost),
		ProjectId: d.Task.ProjectID, DefinitionId: d.Task.DefinitionID,
	}
}

// token is the fence token of an attempt. Ids grow within an epoch and epochs
// grow within a shard, so tokens grow over the attempts of every task.
func (s *Shard) token(attemptID int64) int64 { return s.fence.Epoch<<32 | attemptID }

// bind remembers which worker has an attempt.
func (s *Shard) bind(id, taskID int64, worker string, stream int64) {
	s.forget(taskID)
	s.attempts[taskID] = attempt{instance: id, worker: worker, stream: stream}
	s.held[worker]++
}

// forget drops what is known of an attempt's worker.
func (s *Shard) forget(taskID int64) {
	a, known := s.attempts[taskID]
	if !known {
		return
	}
	delete(s.attempts, taskID)
	if s.held[a.worker]--; s.held[a.worker] == 0 {
		delete(s.held, a.worker)
	}
}

// heldBy gives the attempts that a worker has, in order. It looks at those of
// all: a worker seldom comes or goes.
func (s *Shard) heldBy(worker string) []int64 {
	if s.held[worker] == 0 {
		return nil
	}
	ids := make([]int64, 0, s.held[worker])
	for id, a := range s.attempts {
		if a.worker == worker {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// onReports takes what a worker says about attempts. Ends are acknowledged
// once they are committed; those of attempts that count no longer at once.
func (s *Shard) onReports(ctx context.Context, from dispatch.Assignee, reports []*workerpb.Report) error {
	for _, r := range reports {
		if err := s.onReport(ctx, from, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shard) onReport(ctx context.Context, from dispatch.Assignee, r *workerpb.Report) error {
	a, known := s.attempts[r.AttemptId]
	over := r.State != workerpb.AttemptState_ATTEMPT_STATE_RUNNING
	if known && s.broken[a.instance] != nil {
		return nil // said again when the instance can be loaded
	}
	if !known || a.worker != from.WorkerID {
		if over {
			s.out.ack(from.WorkerID, r.AttemptId)
		} else { // nobody waits for it
			s.out.kills = append(s.out.kills, kill{worker: from.WorkerID, req: &workerpb.KillRequest{
				AttemptId: r.AttemptId, Shard: r.Shard, Epoch: s.fence.Epoch, Reason: "obsolete: the scheduler has given this attempt up",
			}})
		}
		return nil
	}
	if a.stream != from.Stream {
		a.stream = from.Stream
		s.attempts[r.AttemptId] = a
	}
	if !over && r.StartUnixMs == 0 {
		return nil // accepted, not started yet: that it is known is enough
	}
	if err := s.step(ctx, a.instance, event(r)); err != nil {
		return err
	}
	if over && s.broken[a.instance] == nil {
		s.out.ack(from.WorkerID, r.AttemptId)
	}
	return nil
}

// event translates a report.
func event(r *workerpb.Report) engine.Event {
	start := fromMillis(r.StartUnixMs)
	switch r.State {
	case workerpb.AttemptState_ATTEMPT_STATE_RUNNING:
		return engine.Started{TaskID: r.AttemptId, At: start, PID: int(r.Pid), WorkDir: r.WorkDir, LogPath: r.LogPath, AppLink: r.AppLink}
	case workerpb.AttemptState_ATTEMPT_STATE_LOST:
		return engine.Gone{TaskID: r.AttemptId, Reason: r.Reason}
	}
	state := workflow.Failed
	switch r.State {
	case workerpb.AttemptState_ATTEMPT_STATE_SUCCEEDED:
		state = workflow.Succeeded
	case workerpb.AttemptState_ATTEMPT_STATE_KILLED:
		state = workflow.Killed
	}
	return engine.Ended{
		TaskID: r.AttemptId, State: state, Reason: r.Reason, ExitCode: int(r.ExitCode), Start: start,
		At: fromMillis(r.EndUnixMs), PID: int(r.Pid), WorkDir: r.WorkDir, LogPath: r.LogPath, AppLink: r.AppLink, Vars: r.Vars,
	}
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// onRefused puts an attempt that the worker did not take back into the queue.
func (s *Shard) onRefused(ctx context.Context, m refused) error {
	a, known := s.attempts[m.taskID]
	if !known || a.worker != m.from.WorkerID || a.stream != m.from.Stream {
		return nil
	}
	s.forget(m.taskID)
	return s.step(ctx, a.instance, engine.Refused{TaskID: m.taskID, Reason: m.reason})
}

// onUnsent ends an attempt that was not sent and never will be: something it
// needs is gone, or it was killed while that was looked up. Nobody says this
// twice, so an instance that cannot be stepped hears it once it is loaded; what
// the attempt's stream was is forgotten by then.
func (s *Shard) onUnsent(ctx context.Context, m unsent) error {
	a, known := s.attempts[m.taskID]
	if !known || a.worker != m.to.WorkerID || (a.stream != m.to.Stream && a.stream != 0) {
		return nil
	}
	if s.broken[a.instance] != nil {
		s.timers.add(s.deps.Now().Add(s.cfg.LoadRetry), repeatUnsent{m})
		return nil
	}
	return s.step(ctx, a.instance, engine.Ended{
		TaskID: m.taskID, State: m.state, Reason: m.reason, ExitCode: -1, At: s.deps.Now(),
	})
}

// onInventory compares what a worker has with what this shard believes. Only
// attempts sent before the claim count: those of an older stream, or of an
// older owner. An inventory that waited here while its worker came back on a
// newer stream says nothing about what was sent on that one.
func (s *Shard) onInventory(ctx context.Context, m inventory) error {
	delete(s.away, m.from.WorkerID)
	has := map[int64]bool{}
	for _, r := range m.reports {
		has[r.AttemptId] = true
	}
	var missing []int64
	for _, taskID := range s.heldBy(m.from.WorkerID) {
		if !has[taskID] && s.attempts[taskID].stream < m.from.Stream {
			missing = append(missing, taskID)
		}
	}
	if err := s.onReports(ctx, m.from, m.reports); err != nil {
		return err
	}
	for _, taskID := range missing {
		if err := s.onMissing(ctx, taskID); err != nil {
			return err
		}
	}
	return nil
}

// onMissing deals with an attempt that its living worker does not know: never
// received, it goes back to the queue under its own number; once acknowledged,
// it is lost.
func (s *Shard) onMissing(ctx context.Context, taskID int64) error {
	a, known := s.attempts[taskID]
	if !known {
		return nil
	}
	l := s.runs[a.instance]
	if l == nil {
		s.forget(taskID)
		return nil
	}
	t, ok := l.run.Task(taskID)
	s.forget(taskID)
	if ok && t.State == workflow.Dispatched {
		return s.step(ctx, a.instance, engine.Refused{TaskID: taskID, Reason: "its worker never received it"})
	}
	return s.step(ctx, a.instance, engine.Gone{TaskID: taskID, Reason: "worker " + a.worker + " came back without it"})
}

// onWorkerDown starts the clock after which a worker's attempts are lost.
func (s *Shard) onWorkerDown(m workerDown) {
	if s.held[m.workerID] > 0 {
		s.expectLoss(m.workerID)
	}
}

func (s *Shard) expectLoss(worker string) {
	if _, known := s.away[worker]; known {
		return
	}
	deadline := s.deps.Now().Add(s.cfg.LostAfter)
	s.away[worker] = deadline
	s.timers.add(deadline, loseWorker{worker})
}

// onLoseWorker gives up the attempts of a worker that stayed away.
func (s *Shard) onLoseWorker(ctx context.Context, worker string) error {
	deadline, away := s.away[worker]
	if !away || deadline.After(s.deps.Now()) {
		return nil
	}
	delete(s.away, worker)
	for _, taskID := range s.heldBy(worker) {
		a, still := s.attempts[taskID]
		if !still { // what was done about one before ended it
			continue
		}
		s.forget(taskID)
		err := s.step(ctx, a.instance, engine.Gone{TaskID: taskID, Reason: "worker " + worker + " was out of reach for " + s.cfg.LostAfter.String()})
		if err != nil {
			return err
		}
	}
	return nil
}

// showQueuedRows writes the rows of attempts that wait visibly long, with the
// reason.
func (s *Shard) showQueuedRows(ctx context.Context) error {
	now := s.deps.Now()
	for len(s.unseen) > 0 && !s.unseen[0].show.After(now) {
		u := s.unseen[0]
		s.unseen = s.unseen[1:]
		id, waiting := s.tasks[u.task]
		if !waiting {
			continue
		}
		err := s.step(ctx, id, engine.Queued{TaskID: u.task, Reason: s.deps.Hub.WaitReason(u.group)})
		if err != nil {
			return err
		}
	}
	if len(s.unseen) > 0 {
		s.timers.add(s.unseen[0].show, showQueued{})
	}
	return nil
}
