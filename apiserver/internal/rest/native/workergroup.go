package native

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

// WorkerGroup is a set of workers by name: stored, or named by workers
// themselves.
type WorkerGroup struct {
	ID        int64      `json:"id" doc:"0 for those that workers name"`
	Name      string     `json:"name"`
	Addresses []string   `json:"addresses" nullable:"false"`
	Workers   int        `json:"workers" doc:"how many of them live"`
	Own       bool       `json:"own" doc:"stored here, and so can be changed"`
	Created   *time.Time `json:"created"`
	Updated   *time.Time `json:"updated"`
}

// WorkerGroupInput is what a caller says of a stored group.
type WorkerGroupInput struct {
	Name      string   `json:"name" minLength:"1" maxLength:"64"`
	Addresses []string `json:"addresses" maxItems:"1000" nullable:"false" doc:"host:port of living workers"`
}

func workerGroup(live map[string]bool) func(g usecase.WorkerGroupView) WorkerGroup {
	return func(g usecase.WorkerGroupView) WorkerGroup {
		v := WorkerGroup{ID: g.ID, Name: g.Name, Addresses: g.Addresses, Own: !g.FromWorkers, Created: moment(g.CreateTime), Updated: moment(g.UpdateTime)}
		if v.Addresses == nil {
			v.Addresses = []string{}
		}
		for _, address := range v.Addresses {
			if live[address] {
				v.Workers++
			}
		}
		return v
	}
}

func (a *API) declareWorkerGroups() {
	crud[WorkerGroup, WorkerGroupInput]{
		One: "WorkerGroup", Many: "WorkerGroups", Path: "/worker-groups", Tag: "Worker groups", Read: SignedIn, Write: AdminOnly,
		List: func(ctx context.Context, in *Paging) (*listed[WorkerGroup], error) {
			p, err := in.page()
			if err != nil {
				return nil, err
			}
			rows, live, total, err := a.uc.WorkerGroups(ctx, callerOf(ctx), in.Search, p)
			if err != nil {
				return nil, err
			}
			return list(rows, total, p, workerGroup(live)), nil
		},
		Get: func(ctx context.Context, id int64) (WorkerGroup, error) {
			g, live, err := a.uc.WorkerGroup(ctx, callerOf(ctx), id)
			return workerGroup(live)(g), err
		},
		Create: func(ctx context.Context, in WorkerGroupInput) (int64, error) {
			return a.uc.SaveWorkerGroup(ctx, callerOf(ctx), 0, in.Name, in.Addresses)
		},
		Update: func(ctx context.Context, id int64, in WorkerGroupInput) error {
			if _, _, err := a.uc.WorkerGroup(ctx, callerOf(ctx), id); err != nil {
				return err
			}
			_, err := a.uc.SaveWorkerGroup(ctx, callerOf(ctx), id, in.Name, in.Addresses)
			return err
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteWorkerGroup(ctx, callerOf(ctx), id) },
		Fields: []string{"addrList", "addresses"},
	}.declare(a)
}
