package usecase

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// watchEvery is how often a watched instance is looked at. Masters write rows
// and tell nobody else: who watches, looks.
const watchEvery = 300 * time.Millisecond

// watchers watch instances by id.
type watchers = shared[int64, RunState]

// RunState is an instance at one moment. It is not to be changed.
type RunState struct {
	Row      store.RunRow
	Attempts []workflow.TaskInstance // current ones, oldest first
	Tasks    Progress
	Deleted  bool
	Revision string // by content: the same on every server
}

func (s RunState) revision() string { return s.Revision }

// WatchRun watches an instance of the project.
func (s *Service) WatchRun(ctx context.Context, p workflow.Project, id int64) (*Watch[RunState], error) {
	if _, err := s.Instance(ctx, p, id); err != nil {
		return nil, err
	}
	return s.watch.join(id, watchEvery, func(ctx context.Context, before RunState, _ bool) (RunState, error) {
		return s.lookAtRun(ctx, id, before)
	}), nil
}

// lookAtRun reads an instance, and of its attempts those that changed.
func (s *Service) lookAtRun(ctx context.Context, id int64, before RunState) (RunState, error) {
	row, err := s.Store.Runs.Instance(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		before.Deleted, before.Revision = true, "deleted"
		return before, nil
	}
	if err != nil {
		return before, err
	}
	marks, err := s.Store.Runs.Marks(ctx, []int64{id})
	if err != nil {
		return before, err
	}
	now := RunState{Row: row, Revision: revisionOf(&row, marks)}
	if now.Revision == before.Revision {
		return before, nil
	}
	if now.Attempts, err = s.renew(ctx, before.Attempts, marks); err != nil {
		return before, err
	}
	size, err := s.tasksIn(ctx, &row.Instance)
	if err != nil {
		return before, err
	}
	states := map[workflow.State]int{}
	for i := range now.Attempts {
		states[now.Attempts[i].State]++
	}
	now.Tasks = progress(states, size)
	return now, nil
}

// renew gives the attempts that marks name, reading those that changed.
func (s *Service) renew(ctx context.Context, known []workflow.TaskInstance, marks []store.Mark) ([]workflow.TaskInstance, error) {
	at := make(map[int64]int, len(known))
	for i := range known {
		at[known[i].ID] = i
	}
	var list []workflow.TaskInstance
	var stale []int64
	for _, m := range marks {
		if i, ok := at[m.ID]; ok && known[i].State == m.State && known[i].UpdateTime.Equal(m.Update) {
			list = append(list, known[i])
			continue
		}
		stale = append(stale, m.ID)
	}
	fresh, err := s.Store.Runs.Attempts(ctx, stale)
	if err != nil {
		return nil, err
	}
	for i := range fresh {
		if fresh[i].Current { // it may have been replaced since
			list = append(list, fresh[i])
		}
	}
	slices.SortFunc(list, func(a, b workflow.TaskInstance) int { return int(a.ID - b.ID) })
	return list, nil
}

// revisionOf names a state of an instance and its attempts.
func revisionOf(row *store.RunRow, marks []store.Mark) string {
	h := sha256.New()
	fmt.Fprint(h, row.State, row.Reason, row.RunTimes, row.MasterID, row.DefinitionVersion, row.UpdateTime.UnixMilli())
	var b []byte
	for _, m := range marks {
		b = binary.BigEndian.AppendUint64(b[:0], uint64(m.ID))
		b = binary.BigEndian.AppendUint64(b, uint64(m.Update.UnixMilli()))
		h.Write(append(b, m.State...))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
