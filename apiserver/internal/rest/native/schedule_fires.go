package native

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Fire is what became of a due time.
type Fire struct {
	Due        time.Time           `json:"due"`
	Outcome    usecase.FireOutcome `json:"outcome" enum:"FIRED,SKIPPED,LEFT_OUT,WAITING" doc:"an instance was made; it passed unseen and the misfire policy leaves it out; the calendar leaves it out or moves it; it is to come or waits for a master"`
	InstanceID *int64              `json:"instanceId"`
	State      *workflow.State     `json:"state" doc:"of the instance; null: it was deleted"`
	Skipped    bool                `json:"skipped"`
	Decided    *time.Time          `json:"decided"`
	First      *time.Time          `json:"first" doc:"of LEFT_OUT: the earliest of the times up to due that were left out"`
	Count      int                 `json:"count" doc:"due times that this is about: more than one only for LEFT_OUT"`
}

func fire(v usecase.FireView) Fire {
	out := Fire{Due: v.Due, Outcome: v.Outcome, InstanceID: known(v.InstanceID), Skipped: v.Skipped, Decided: moment(v.FiredAt),
		First: moment(v.First), Count: max(v.Count, 1)}
	if v.State != "" {
		out.State = &v.State
	}
	return out
}

func (a *API) listFires(ctx context.Context, in *struct {
	OfSchedule
	Feeding
}) (*fed[Fire], error) {
	after, err := in.place()
	if err != nil {
		return nil, err
	}
	rows, next, err := a.uc.ScheduleFires(ctx, projectOf(ctx), in.Schedule, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return feed(rows, next, fire), nil
}
