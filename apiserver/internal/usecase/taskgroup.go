package usecase

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxSlots bounds a task group.
const maxSlots = 100_000

// TaskGroupView is a task group with who holds its slots and who waits for one,
// in the order in which they will go.
type TaskGroupView struct {
	workflow.TaskGroup
	Holders, Waiting []SlotTask
}

// SlotTask is an attempt that holds a slot or waits for one, and the caller's
// role in its project, "" when he has none.
type SlotTask struct {
	workflow.TaskInstance
	Role         workflow.ProjectRole
	SlotPriority *int // of one that waits: larger goes first
}

// MayStart reports whether the caller may let the attempt go ahead without a
// slot.
func (t *SlotTask) MayStart() bool {
	return t.AwaitedGroup() != 0 && t.Role.Includes(workflow.RoleOperator)
}

// TaskGroups gives everybody the task groups, of a project or of all (0), with
// how many slots of each are held.
func (s *Service) TaskGroups(ctx context.Context, projectID int64) (list []workflow.TaskGroup, used map[int64]int, err error) {
	all, err := s.Store.TaskGroups.All(ctx)
	if err != nil {
		return nil, nil, err
	}
	used = map[int64]int{}
	for _, g := range all {
		if projectID != 0 && g.ProjectID != 0 && g.ProjectID != projectID {
			continue
		}
		holders, err := s.Store.TaskGroups.Holders(ctx, g.ID)
		if err != nil {
			return nil, nil, err
		}
		list, used[g.ID] = append(list, g), len(holders)
	}
	return list, used, nil
}

// TaskGroup gives one with holders and those who wait. Reason:
// "task_group.not_found".
func (s *Service) TaskGroup(ctx context.Context, c Caller, id int64) (v TaskGroupView, err error) {
	if v.TaskGroup, err = s.Store.TaskGroups.Get(ctx, id); err != nil {
		return v, missingAs(err, taskGroupNotFound())
	}
	holders, err := s.Store.TaskGroups.Holders(ctx, id)
	if err != nil {
		return v, err
	}
	waiting, err := s.Store.TaskGroups.Waiting(ctx, id)
	if err != nil {
		return v, err
	}
	ids, priorities := slices.Clone(holders), map[int64]*int{}
	for _, w := range waiting {
		if !slices.Contains(holders, w.AttemptID) { // its row does not tell yet that it got one
			ids, priorities[w.AttemptID] = append(ids, w.AttemptID), &w.Priority
		}
	}
	tasks, err := s.slotTasks(ctx, c, ids)
	for _, t := range tasks {
		if t.SlotPriority = priorities[t.ID]; t.SlotPriority != nil {
			v.Waiting = append(v.Waiting, t)
		} else {
			v.Holders = append(v.Holders, t)
		}
	}
	return v, err
}

// slotTasks finds attempts, in the order of their ids here, and the caller's
// roles in their projects.
func (s *Service) slotTasks(ctx context.Context, c Caller, ids []int64) ([]SlotTask, error) {
	attempts, err := s.Store.Runs.Attempts(ctx, ids)
	if err != nil {
		return nil, err
	}
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(attempts, func(a, b workflow.TaskInstance) int { return place[a.ID] - place[b.ID] })
	roles := map[int64]workflow.ProjectRole{}
	out := make([]SlotTask, len(attempts))
	for i, t := range attempts {
		role, known := roles[t.ProjectID]
		if !known {
			p, err := s.ProjectByID(ctx, t.ProjectID)
			if err != nil && workflow.ErrorCode(err) != workflow.NotFound {
				return nil, err // one that was deleted has no members
			}
			if role, err = s.RoleIn(ctx, c, p); err != nil {
				return nil, err
			}
			roles[t.ProjectID] = role
		}
		out[i] = SlotTask{TaskInstance: t, Role: role}
	}
	return out, nil
}

// SaveTaskGroup makes a task group (ID 0) or changes one. Reasons:
// "user.forbidden", "param.invalid", "task_group.exists",
// "task_group.not_found", "project.not_found".
func (s *Service) SaveTaskGroup(ctx context.Context, c Caller, g workflow.TaskGroup) (int64, error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := checkTaskGroup(&g); err != nil {
		return 0, err
	}
	if g.ProjectID != 0 {
		if _, err := s.ProjectByID(ctx, g.ProjectID); err != nil {
			return 0, err
		}
	}
	g.UserID = c.User.ID
	if g.ID != 0 {
		old, err := s.Store.TaskGroups.Get(ctx, g.ID)
		if err != nil {
			return 0, missingAs(err, taskGroupNotFound())
		}
		g.UserID = old.UserID
	}
	err := s.Store.TaskGroups.Save(ctx, &g)
	taken := workflow.Errorf(workflow.Exists, "task_group.exists", "there is a task group %s already", g.Name).At("name")
	return g.ID, takenAs(missingAs(err, taskGroupNotFound()), taken)
}

func checkTaskGroup(g *workflow.TaskGroup) error {
	g.Name = strings.TrimSpace(g.Name)
	if g.Name == "" {
		return invalid("name", "name")
	}
	if g.Size < 1 || g.Size > maxSlots {
		return invalid("size", "size")
	}
	if err := checkLength("name", g.Name, 100); err != nil {
		return err
	}
	return checkLength("description", g.Description, 255)
}

// checkTaskGroups refuses ("task.invalid") tasks of a project that name task
// groups which it cannot use.
func (s *Service) checkTaskGroups(ctx context.Context, projectID int64, spec *workflow.Spec) error {
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		if err := s.taskGroupFor(ctx, projectID, t.TaskGroupID); err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				return err
			}
			return taskInvalid(t.Name, err)
		}
	}
	return nil
}

// taskGroupFor refuses ("task_group.unknown", "task_group.project") a task group
// that tasks of a project cannot use. 0 is none.
func (s *Service) taskGroupFor(ctx context.Context, projectID, id int64) error {
	if id == 0 {
		return nil
	}
	g, err := s.Store.TaskGroups.Get(ctx, id)
	if err != nil {
		return missingAs(err, workflow.Errorf(workflow.Invalid, "task_group.unknown", "there is no task group %d", id).At("taskGroup"))
	}
	if g.ProjectID != 0 && g.ProjectID != projectID {
		return workflow.Errorf(workflow.Invalid, "task_group.project", "task group %s is of another project", g.Name).At("taskGroup")
	}
	return nil
}

// ForceStart lets an attempt go ahead that waits for a slot of the group. Who
// may run what is in its project may. Reasons: "task_group.not_found",
// "task.not_found", "task_group.not_waiting", and those of Act.
func (s *Service) ForceStart(ctx context.Context, c Caller, groupID, taskID int64) error {
	if _, err := s.Store.TaskGroups.Get(ctx, groupID); err != nil {
		return missingAs(err, taskGroupNotFound())
	}
	t, err := s.Store.Tasks.Get(ctx, taskID)
	if err != nil {
		return missingAs(err, taskNotFound(taskID))
	}
	p, err := s.ProjectByID(ctx, t.ProjectID)
	if err != nil {
		return err
	}
	if err := s.MayUse(ctx, c, p, ToRun); err != nil {
		return err
	}
	if t.AwaitedGroup() != groupID {
		return workflow.Errorf(workflow.Conflict, "task_group.not_waiting", "task instance %d does not wait for a slot of task group %d any more", taskID, groupID).At("taskId")
	}
	return s.Act(ctx, c, p, t.InstanceID, ActForceStart, strconv.FormatInt(taskID, 10))
}

// DeleteTaskGroup removes a task group of which nobody holds a slot or waits for
// one. Reasons: "user.forbidden", "task_group.not_found", "task_group.used".
func (s *Service) DeleteTaskGroup(ctx context.Context, c Caller, id int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	return missingAs(s.Store.TaskGroups.Delete(ctx, id), taskGroupNotFound())
}

func taskGroupNotFound() error {
	return workflow.Errorf(workflow.NotFound, "task_group.not_found", "the task group does not exist")
}
