package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// AlertChannel is a configured way for alerts to leave.
type AlertChannel struct {
	ID          int64                `json:"id"`
	Name        string               `json:"name"`
	Kind        workflow.ChannelKind `json:"kind"`
	Description string               `json:"description"`
	Enabled     bool                 `json:"enabled"`
	Settings    map[string]string    `json:"settings" doc:"secrets are ***"`
	GroupIDs    []int64              `json:"groupIds" nullable:"false"`
	Created     *time.Time           `json:"created"`
	Updated     *time.Time           `json:"updated"`
}

// AlertChannelInput is what a caller says of a channel.
type AlertChannelInput struct {
	Name        string               `json:"name" minLength:"1" maxLength:"100"`
	Kind        workflow.ChannelKind `json:"kind" doc:"it stays the same"`
	Description string               `json:"description,omitempty" maxLength:"255"`
	Enabled     bool                 `json:"enabled"`
	Settings    map[string]string    `json:"settings" doc:"a value *** stays what it is"`
	GroupIDs    []int64              `json:"groupIds,omitempty" maxItems:"1000"`
}

// ChannelKind is a sort of channels with what its settings are.
type ChannelKind struct {
	Kind     workflow.ChannelKind `json:"kind"`
	Settings []ChannelSetting     `json:"settings" nullable:"false"`
}

// ChannelSetting describes a setting for a form.
type ChannelSetting struct {
	Name     string   `json:"name"`
	Title    Words    `json:"title"`
	Required bool     `json:"required"`
	Secret   bool     `json:"secret"`
	Prefix   bool     `json:"prefix" doc:"the name begins those of any number of settings"`
	Choices  []string `json:"choices,omitempty" doc:"the first is the default"`
}

// Words is a text in the languages of the console.
type Words struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// Tried tells that something worked.
type Tried struct {
	OK      bool   `json:"ok"`
	Message string `json:"message"`
	TookMs  int64  `json:"tookMs"`
}

// tried tells how a try went; errors that are about the request stay errors.
func tried(took time.Duration, err error) (*body[Tried], error) {
	switch code := workflow.ErrorCode(err); {
	case err == nil:
		return answer(Tried{OK: true, TookMs: took.Milliseconds()}), nil
	case code == workflow.Internal, code == workflow.NotFound, code == workflow.Forbidden:
		return nil, err
	}
	return answer(Tried{Message: err.Error(), TookMs: took.Milliseconds()}), nil
}

func (in AlertChannelInput) channel(id int64) workflow.AlertChannel {
	return workflow.AlertChannel{ID: id, Name: in.Name, Kind: in.Kind, Description: in.Description, Enabled: in.Enabled, Settings: in.Settings, GroupIDs: in.GroupIDs}
}

func alertChannel(c workflow.AlertChannel) AlertChannel {
	v := AlertChannel{ID: c.ID, Name: c.Name, Kind: c.Kind, Description: c.Description, Enabled: c.Enabled, Settings: c.Settings,
		GroupIDs: someIDs(c.GroupIDs), Created: moment(c.CreateTime), Updated: moment(c.UpdateTime)}
	if v.Settings == nil {
		v.Settings = map[string]string{}
	}
	return v
}

func (a *API) declareAlertChannels() {
	const tag, path = "Alert channels", "/alert-channels"
	crud[AlertChannel, AlertChannelInput]{
		One: "AlertChannel", Many: "AlertChannels", Path: path, Tag: tag, Read: AdminOnly, Write: AdminOnly,
		List: func(ctx context.Context, in *Paging) (*listed[AlertChannel], error) {
			rows, err := a.uc.AlertChannels(ctx, callerOf(ctx))
			if err != nil {
				return nil, err
			}
			return slice(rows, in, named(in.Search, func(c workflow.AlertChannel) string { return c.Name }), alertChannel)
		},
		Get: func(ctx context.Context, id int64) (AlertChannel, error) {
			c, err := a.uc.AlertChannel(ctx, callerOf(ctx), id)
			return alertChannel(c), err
		},
		Create: func(ctx context.Context, in AlertChannelInput) (int64, error) {
			return a.uc.SaveAlertChannel(ctx, callerOf(ctx), in.channel(0))
		},
		Update: func(ctx context.Context, id int64, in AlertChannelInput) error {
			_, err := a.uc.SaveAlertChannel(ctx, callerOf(ctx), in.channel(id))
			return err
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteAlertChannel(ctx, callerOf(ctx), id) },
	}.declare(a)
	add(a, op{ID: "listAlertChannelKinds", Method: http.MethodGet, Path: path + "/kinds", Tag: tag, Access: SignedIn,
		Summary: "The sorts of channels, with their settings"}, a.listChannelKinds)
	add(a, op{ID: "testAlertChannel", Method: http.MethodPost, Path: path + "/{id}/test", Tag: tag, Access: AdminOnly, Status: http.StatusOK,
		Summary: "Send a message by a channel"}, a.testChannel)
}

func (a *API) listChannelKinds(context.Context, *struct{}) (*listed[ChannelKind], error) {
	return entire(a.uc.ChannelKinds(), func(k workflow.ChannelKind) ChannelKind {
		v := ChannelKind{Kind: k, Settings: []ChannelSetting{}}
		for _, f := range notify.Fields(k) {
			v.Settings = append(v.Settings, ChannelSetting{Name: f.Name, Title: Words{f.En, f.Zh}, Required: f.Required, Secret: f.Secret,
				Prefix: f.Prefix, Choices: f.Choices})
		}
		return v
	}), nil
}

func (a *API) testChannel(ctx context.Context, in *ByID) (*body[Tried], error) {
	return tried(a.uc.TryAlertChannel(ctx, callerOf(ctx), in.ID))
}

// AlertDelivery is an alert on its way to one target.
type AlertDelivery struct {
	ID         int64                  `json:"id"`
	AlertID    int64                  `json:"alertId"`
	Event      workflow.AlertKind     `json:"event"`
	Title      string                 `json:"title"`
	ProjectID  int64                  `json:"projectId"`
	InstanceID int64                  `json:"instanceId"`
	ChannelID  int64                  `json:"channelId" doc:"0: mail"`
	Kind       workflow.ChannelKind   `json:"kind"`
	Address    string                 `json:"address"`
	State      workflow.DeliveryState `json:"state"`
	Attempts   int                    `json:"attempts"`
	Repeated   int                    `json:"repeated" doc:"attempts that may have been one too many"`
	LastError  string                 `json:"lastError"`
	NextTry    *time.Time             `json:"nextTry"`
	Created    *time.Time             `json:"created"`
	Ended      *time.Time             `json:"ended"`
}

func (a *API) declareDeliveries() {
	add(a, op{ID: "listAlertDeliveries", Method: http.MethodGet, Path: "/alert-deliveries", Tag: "Alert deliveries", Access: SignedIn,
		Summary: "What became of alerts, newest first; who is no admin names a project"}, a.listDeliveries)
}

func (a *API) listDeliveries(ctx context.Context, in *struct {
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Cursor   string `query:"cursor" maxLength:"200"`
	State    string `query:"state" enum:"PENDING,SENT,FAILED"`
	Project  int64  `query:"project"`
	Instance int64  `query:"instance"`
	Alert    int64  `query:"alert"`
}) (*listed[AlertDelivery], error) {
	return paged(&Paging{Limit: in.Limit, Cursor: in.Cursor}, func(_ string, p store.Page) ([]store.DeliveryRow, int, error) {
		return a.uc.AlertDeliveries(ctx, callerOf(ctx), store.DeliveryFilter{AlertID: in.Alert, InstanceID: in.Instance, ProjectID: in.Project,
			State: workflow.DeliveryState(in.State)}, p)
	}, delivery)
}

func delivery(d store.DeliveryRow) AlertDelivery {
	return AlertDelivery{ID: d.ID, AlertID: d.AlertID, Event: d.Alert.Kind, Title: d.Alert.Title, ProjectID: d.Alert.ProjectID,
		InstanceID: d.Alert.InstanceID, ChannelID: d.ChannelID, Kind: d.Kind, Address: d.Address, State: d.State, Attempts: d.Attempts,
		Repeated: d.Repeated, LastError: d.LastError, NextTry: moment(d.NextTry), Created: moment(d.CreateTime), Ended: moment(d.EndTime)}
}
