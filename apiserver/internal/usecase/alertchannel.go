package usecase

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Channels knows the ways alerts leave by. Its errors hold no settings.
type Channels interface {
	Kinds() []workflow.ChannelKind
	// Check refuses settings that a kind does not take, without connecting.
	Check(kind workflow.ChannelKind, settings map[string]string) error
	// Try sends a message, within a time limit of its own.
	Try(ctx context.Context, kind workflow.ChannelKind, settings map[string]string) error
}

// ChannelKinds lists the kinds of channels that this server knows.
func (s *Service) ChannelKinds() []workflow.ChannelKind {
	if s.Channels == nil {
		return nil
	}
	return s.Channels.Kinds()
}

// AlertChannels gives admins the channels, secret settings hidden. Reason:
// "user.forbidden".
func (s *Service) AlertChannels(ctx context.Context, c Caller) ([]workflow.AlertChannel, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	list, err := s.Store.AlertChannels.All(ctx)
	for i := range list {
		hideSettings(&list[i])
	}
	return list, err
}

// AlertChannel gives admins one. Reasons: "user.forbidden",
// "channel.not_found".
func (s *Service) AlertChannel(ctx context.Context, c Caller, id int64) (workflow.AlertChannel, error) {
	v, err := s.channel(ctx, c, id)
	hideSettings(&v)
	return v, err
}

func (s *Service) channel(ctx context.Context, c Caller, id int64) (workflow.AlertChannel, error) {
	if err := RequireAdmin(c); err != nil {
		return workflow.AlertChannel{}, err
	}
	v, err := s.Store.AlertChannels.Get(ctx, id)
	return v, missingAs(err, channelNotFound())
}

func hideSettings(v *workflow.AlertChannel) {
	for name, value := range v.Settings {
		if value != "" && notify.FieldOf(v.Kind, name).Secret {
			v.Settings[name] = Hidden
		}
	}
}

// SaveAlertChannel makes a channel (ID 0) or changes one; it keeps its kind.
// Settings that are Hidden stay what they are. Reasons: "user.forbidden",
// "param.invalid", "channel.exists", "channel.not_found", "channel.kind",
// "channel.setting", "alert_group.not_found".
func (s *Service) SaveAlertChannel(ctx context.Context, c Caller, v workflow.AlertChannel) (int64, error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := s.completeChannel(ctx, c, &v); err != nil {
		return 0, err
	}
	for _, id := range v.GroupIDs {
		if _, err := s.Store.AlertGroups.Get(ctx, id); err != nil {
			return 0, err
		}
	}
	err := s.Store.AlertChannels.Save(ctx, &v)
	taken := workflow.Errorf(workflow.Exists, "channel.exists", "there is a channel %s already", v.Name).At("name")
	return v.ID, takenAs(missingAs(err, channelNotFound()), taken)
}

// completeChannel fills in what is Hidden and refuses what cannot be.
func (s *Service) completeChannel(ctx context.Context, c Caller, v *workflow.AlertChannel) error {
	if v.Name = strings.TrimSpace(v.Name); v.Name == "" {
		return invalid("name", "name")
	}
	if err := checkLength("name", v.Name, 100); err != nil {
		return err
	}
	if err := checkLength("description", v.Description, 255); err != nil {
		return err
	}
	var old workflow.AlertChannel
	if v.ID != 0 {
		var err error
		if old, err = s.channel(ctx, c, v.ID); err != nil {
			return err
		}
		if old.Kind != v.Kind {
			return workflow.Errorf(workflow.Conflict, "channel.kind", "a channel keeps its kind, %s", old.Kind).At("kind")
		}
	}
	v.GroupIDs = sorted(v.GroupIDs)
	v.Settings = keepSettings(v.Settings, old.Settings)
	return s.checkChannel(v)
}

// keepSettings puts stored values where they are Hidden.
func keepSettings(now, old map[string]string) map[string]string {
	now = maps.Clone(now)
	for name, value := range now {
		if value == Hidden {
			now[name] = old[name]
		}
	}
	return now
}

func (s *Service) checkChannel(v *workflow.AlertChannel) error {
	if s.Channels == nil {
		return workflow.Errorf(workflow.Unavailable, "channel.none", "this server knows no channels")
	}
	err := s.Channels.Check(v.Kind, v.Settings)
	return inField(err, "settings.", "kind")
}

// inField puts the field of an error below a prefix, unless it is one of those.
func inField(err error, prefix string, but ...string) error {
	e, ok := err.(*workflow.Error)
	if !ok || e.Field == "" || slices.Contains(but, e.Field) {
		return err
	}
	below := *e
	below.Field = prefix + e.Field
	return &below
}

// DeleteAlertChannel removes a channel; what waits to leave by it is given up.
// Reasons: "user.forbidden", "channel.not_found".
func (s *Service) DeleteAlertChannel(ctx context.Context, c Caller, id int64) error {
	if _, err := s.channel(ctx, c, id); err != nil {
		return err
	}
	return missingAs(s.Store.AlertChannels.Delete(ctx, id), channelNotFound())
}

// TryAlertChannel sends a message by a stored channel and tells how long that
// took. Reasons: "user.forbidden", "channel.not_found", "channel.failed".
func (s *Service) TryAlertChannel(ctx context.Context, c Caller, id int64) (time.Duration, error) {
	v, err := s.channel(ctx, c, id)
	if err != nil {
		return 0, err
	}
	if err := s.checkChannel(&v); err != nil {
		return 0, err
	}
	begin := s.Now()
	if err := s.Channels.Try(ctx, v.Kind, v.Settings); err != nil {
		e := workflow.Errorf(workflow.Conflict, "channel.failed", "the message did not leave")
		e.Err = err
		return 0, e
	}
	return s.Now().Sub(begin), nil
}

func channelNotFound() error {
	return workflow.Errorf(workflow.NotFound, "channel.not_found", "the channel does not exist")
}

// AlertGroup gives everybody a group, with its users and channels. Reason:
// "alert_group.not_found".
func (s *Service) AlertGroup(ctx context.Context, id int64) (AlertGroupView, error) {
	g, err := s.Store.AlertGroups.Get(ctx, id)
	if err != nil {
		return AlertGroupView{}, err
	}
	views, err := s.viewAlertGroups(ctx, []workflow.AlertGroup{g})
	if err != nil {
		return AlertGroupView{}, err
	}
	return views[0], nil
}

// AlertGroupView is a group with who and what belongs to it.
type AlertGroupView struct {
	workflow.AlertGroup
	UserIDs, ChannelIDs []int64
}

// FindAlertGroups gives everybody a page of the groups whose name contains
// search.
func (s *Service) FindAlertGroups(ctx context.Context, search string, p store.Page) ([]AlertGroupView, int, error) {
	rows, total, err := s.Store.AlertGroups.List(ctx, search, s.bound(p))
	if err != nil {
		return nil, 0, err
	}
	views, err := s.viewAlertGroups(ctx, rows)
	return views, total, err
}

func (s *Service) viewAlertGroups(ctx context.Context, rows []workflow.AlertGroup) ([]AlertGroupView, error) {
	channels, err := s.Store.AlertChannels.All(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]AlertGroupView, len(rows))
	for i, g := range rows {
		users, err := s.Store.AlertGroups.Users(ctx, g.ID)
		if err != nil {
			return nil, err
		}
		views[i].AlertGroup = g
		for _, u := range users {
			views[i].UserIDs = append(views[i].UserIDs, u.ID)
		}
		for _, c := range channels {
			if slices.Contains(c.GroupIDs, g.ID) {
				views[i].ChannelIDs = append(views[i].ChannelIDs, c.ID)
			}
		}
	}
	return views, nil
}

// AlertGroupMembers is who and what hears of a group's alerts.
type AlertGroupMembers struct {
	UserIDs, ChannelIDs []int64
}

// MakeAlertGroup is CreateAlertGroup with members. Reasons besides:
// "user.not_found", "channel.not_found".
func (s *Service) MakeAlertGroup(ctx context.Context, c Caller, in AlertGroupInput, m AlertGroupMembers) (id int64, err error) {
	channels, err := s.checkMembers(ctx, c, m)
	if err != nil {
		return 0, err
	}
	if id, err = s.CreateAlertGroup(ctx, c, in); err != nil {
		return 0, err
	}
	return id, s.setMembers(ctx, c, id, m, channels)
}

// ChangeAlertGroup is UpdateAlertGroup, and replaces the members. Reasons
// besides: "user.not_found", "channel.not_found".
func (s *Service) ChangeAlertGroup(ctx context.Context, c Caller, id int64, in AlertGroupInput, m AlertGroupMembers) error {
	channels, err := s.checkMembers(ctx, c, m)
	if err != nil {
		return err
	}
	if err := s.UpdateAlertGroup(ctx, c, id, in); err != nil {
		return err
	}
	return s.setMembers(ctx, c, id, m, channels)
}

// checkMembers refuses members that there are not, and gives all channels.
func (s *Service) checkMembers(ctx context.Context, c Caller, m AlertGroupMembers) ([]workflow.AlertChannel, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	if err := s.usersExist(ctx, m.UserIDs); err != nil {
		return nil, err
	}
	channels, err := s.Store.AlertChannels.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, want := range m.ChannelIDs {
		if !slices.ContainsFunc(channels, func(v workflow.AlertChannel) bool { return v.ID == want }) {
			return nil, workflow.Errorf(workflow.Invalid, "channel.not_found", "channel %d does not exist", want).At("channelIds")
		}
	}
	return channels, nil
}

// setMembers puts users and channels into a group and takes others out.
func (s *Service) setMembers(ctx context.Context, c Caller, id int64, m AlertGroupMembers, channels []workflow.AlertChannel) error {
	if err := s.GrantAlertGroup(ctx, c, id, sorted(m.UserIDs)); err != nil {
		return err
	}
	for _, v := range channels {
		in, want := slices.Contains(v.GroupIDs, id), slices.Contains(m.ChannelIDs, v.ID)
		if in == want {
			continue
		}
		v.GroupIDs = slices.DeleteFunc(v.GroupIDs, func(g int64) bool { return g == id })
		if want {
			v.GroupIDs = sorted(append(v.GroupIDs, id))
		}
		if err := s.Store.AlertChannels.Save(ctx, &v); err != nil {
			return err
		}
	}
	return nil
}

// AlertDeliveries gives a page of what became of alerts, newest first: to
// admins, and of a project to who may look at it. Reasons: "user.forbidden",
// "project.not_found", "project.forbidden".
func (s *Service) AlertDeliveries(ctx context.Context, c Caller, f store.DeliveryFilter, p store.Page) ([]store.DeliveryRow, int, error) {
	if !c.Admin() {
		if f.ProjectID == 0 {
			return nil, 0, forbidden()
		}
		project, err := s.ProjectByID(ctx, f.ProjectID)
		if err != nil {
			return nil, 0, err
		}
		if err := s.MayUse(ctx, c, project, ToRead); err != nil {
			return nil, 0, err
		}
	}
	return s.Store.Deliveries.List(ctx, f, s.bound(p))
}
