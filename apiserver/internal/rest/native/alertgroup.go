package native

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// AlertGroup is who and what hears of alerts.
type AlertGroup struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	Description string     `json:"description"`
	UserIDs     []int64    `json:"userIds" nullable:"false" doc:"who gets mails"`
	ChannelIDs  []int64    `json:"channelIds" nullable:"false"`
	Created     *time.Time `json:"created"`
	Updated     *time.Time `json:"updated"`
}

// AlertGroupInput is what a caller says of an alert group.
type AlertGroupInput struct {
	Name        string  `json:"name" minLength:"1" maxLength:"255"`
	Type        string  `json:"type,omitempty" enum:"EMAIL,SMS" default:"EMAIL"`
	Description string  `json:"description,omitempty" maxLength:"255"`
	UserIDs     []int64 `json:"userIds,omitempty" maxItems:"1000"`
	ChannelIDs  []int64 `json:"channelIds,omitempty" maxItems:"1000"`
}

func (in AlertGroupInput) input() usecase.AlertGroupInput {
	return usecase.AlertGroupInput{Name: in.Name, Type: in.Type, Description: in.Description}
}

func (in AlertGroupInput) members() usecase.AlertGroupMembers {
	return usecase.AlertGroupMembers{UserIDs: in.UserIDs, ChannelIDs: in.ChannelIDs}
}

func alertGroup(g usecase.AlertGroupView) AlertGroup {
	return AlertGroup{ID: g.ID, Name: g.Name, Type: g.Type, Description: g.Description, UserIDs: someIDs(g.UserIDs), ChannelIDs: someIDs(g.ChannelIDs),
		Created: moment(g.CreateTime), Updated: moment(g.UpdateTime)}
}

// someIDs is a list that is never null.
func someIDs(list []int64) []int64 {
	if list == nil {
		return []int64{}
	}
	return list
}

func (a *API) declareAlertGroups() {
	crud[AlertGroup, AlertGroupInput]{
		One: "AlertGroup", Many: "AlertGroups", Path: "/alert-groups", Tag: "Alert groups", Read: SignedIn, Write: AdminOnly,
		List: func(ctx context.Context, in *Paging) (*listed[AlertGroup], error) {
			return paged(in, func(search string, p store.Page) ([]usecase.AlertGroupView, int, error) {
				return a.uc.FindAlertGroups(ctx, search, p)
			}, alertGroup)
		},
		Get: func(ctx context.Context, id int64) (AlertGroup, error) {
			g, err := a.uc.AlertGroup(ctx, id)
			return alertGroup(g), err
		},
		Create: func(ctx context.Context, in AlertGroupInput) (int64, error) {
			return a.uc.MakeAlertGroup(ctx, callerOf(ctx), in.input(), in.members())
		},
		Update: func(ctx context.Context, id int64, in AlertGroupInput) error {
			return a.uc.ChangeAlertGroup(ctx, callerOf(ctx), id, in.input(), in.members())
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteAlertGroup(ctx, callerOf(ctx), id) },
		Fields: []string{"groupName", "name"},
	}.declare(a)
}
