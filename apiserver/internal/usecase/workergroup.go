package usecase

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DefaultGroup is the worker group of workers that name none.
const DefaultGroup = "default"

// WorkerGroupView is a worker group, stored or named by living workers.
type WorkerGroupView struct {
	workflow.WorkerGroup
	FromWorkers bool // exists as long as workers name it
}

// SaveWorkerGroup stores a group of living workers. An id that is 0 or unknown
// makes a new one. Reasons: "user.forbidden", "group.name_empty",
// "group.exists" (the name), "group.address_invalid" (the address).
func (s *Service) SaveWorkerGroup(ctx context.Context, c Caller, old int64, name string, addresses []string) (id int64, err error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if strings.TrimSpace(name) == "" {
		return 0, workflow.Errorf(workflow.Invalid, "group.name_empty", "the name is empty").At("name")
	}
	if err := checkLength("name", name, 64); err != nil {
		return 0, err
	}
	g, err := s.Store.WorkerGroups.Get(ctx, old)
	known, err := found(err)
	if err != nil {
		return 0, err
	}
	if !known {
		g = workflow.WorkerGroup{}
	}
	workers, err := s.Members(ctx, coord.Worker)
	if err != nil {
		return 0, err
	}
	if err := s.groupNameFree(ctx, name, g.ID, workers); err != nil {
		return 0, err
	}
	if err := checkAddresses(addresses, workers); err != nil {
		return 0, err
	}
	g.Name, g.Addresses = name, addresses
	err = s.Store.WorkerGroups.Save(ctx, &g)
	return g.ID, takenAs(err, groupExists(name))
}

// DeleteWorkerGroup removes a stored group nothing runs in. Reasons:
// "user.forbidden", "group.not_found", "group.running" (how many).
func (s *Service) DeleteWorkerGroup(ctx context.Context, c Caller, id int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	g, err := s.Store.WorkerGroups.Get(ctx, id)
	if err != nil {
		return missingAs(err, workflow.Errorf(workflow.NotFound, "group.not_found", "worker group %d does not exist", id))
	}
	running, err := s.Store.WorkerGroups.Running(ctx, g.Name)
	if err != nil {
		return err
	}
	if running > 0 {
		return inUse("group.running", running, "running instances")
	}
	return s.Store.WorkerGroups.Delete(ctx, id)
}

// ListWorkerGroups gives a page of the groups whose name contains search.
func (s *Service) ListWorkerGroups(ctx context.Context, c Caller, search string, p store.Page) ([]WorkerGroupView, int, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, 0, err
	}
	all, err := s.workerGroups(ctx)
	if err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(g WorkerGroupView) bool { return !strings.Contains(g.Name, search) })
	total := len(all)
	p = s.bound(p)
	from := min((p.Number-1)*p.Size, total)
	return all[from:min(from+p.Size, total)], total, nil
}

// WorkerGroupNames lists the groups, the default one first.
func (s *Service) WorkerGroupNames(ctx context.Context) ([]string, error) {
	all, err := s.workerGroups(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(all))
	for _, g := range all {
		names = append(names, g.Name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if i := slices.Index(names, DefaultGroup); i > 0 {
		names = slices.Insert(slices.Delete(names, i, i+1), 0, DefaultGroup)
	}
	return names, nil
}

// WorkerAddresses lists the addresses of the living workers.
func (s *Service) WorkerAddresses(ctx context.Context, c Caller) ([]string, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	workers, err := s.Members(ctx, coord.Worker)
	if err != nil {
		return nil, err
	}
	addresses := make([]string, 0, len(workers))
	for _, w := range workers {
		addresses = append(addresses, w.Addr)
	}
	slices.Sort(addresses)
	return slices.Compact(addresses), nil
}

// workerGroups gives the stored groups, then those that workers name.
func (s *Service) workerGroups(ctx context.Context) ([]WorkerGroupView, error) {
	stored, err := s.Store.WorkerGroups.All(ctx)
	if err != nil {
		return nil, err
	}
	workers, err := s.Members(ctx, coord.Worker)
	if err != nil {
		return nil, err
	}
	views := make([]WorkerGroupView, 0, len(stored)+1)
	for _, g := range stored {
		views = append(views, WorkerGroupView{WorkerGroup: g})
	}
	return append(views, liveGroups(workers)...), nil
}

// liveGroups collects the groups that workers name, in order of name.
func liveGroups(workers []coord.Member) []WorkerGroupView {
	byName := map[string]*WorkerGroupView{}
	for _, w := range workers {
		for _, name := range w.Groups {
			g := byName[name]
			if g == nil {
				g = &WorkerGroupView{FromWorkers: true}
				g.Name, g.CreateTime, g.UpdateTime = name, w.StartTime, w.Load.Time
				byName[name] = g
			}
			g.Addresses = append(g.Addresses, w.Addr)
		}
	}
	views := make([]WorkerGroupView, 0, len(byName))
	for _, g := range byName {
		views = append(views, *g)
	}
	slices.SortFunc(views, func(a, b WorkerGroupView) int { return cmp.Compare(a.Name, b.Name) })
	return views
}

func (s *Service) groupNameFree(ctx context.Context, name string, id int64, workers []coord.Member) error {
	g, err := s.Store.WorkerGroups.ByName(ctx, name)
	taken, err := found(err)
	if err != nil {
		return err
	}
	named := slices.ContainsFunc(workers, func(w coord.Member) bool { return slices.Contains(w.Groups, name) })
	if named || (taken && g.ID != id) {
		return groupExists(name)
	}
	return nil
}

// checkAddresses refuses the first address that is no living worker's.
func checkAddresses(addresses []string, workers []coord.Member) error {
	for _, a := range addresses {
		if !slices.ContainsFunc(workers, func(w coord.Member) bool { return w.Addr == a }) {
			return workflow.Errorf(workflow.Invalid, "group.address_invalid", "no worker has the address %s", a).At("addrList").With(a)
		}
	}
	return nil
}

func groupExists(name string) error {
	return workflow.Errorf(workflow.Exists, "group.exists", "worker group %s already exists", name).At("name").With(name)
}
