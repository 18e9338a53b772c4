package usecase

import (
	"context"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// AlertGroupInput is what a caller wants an alert group to be.
type AlertGroupInput struct {
	Name        string
	Type        string
	Description string
}

// CreateAlertGroup makes a group without users. Reasons: "user.forbidden",
// "param.invalid" (the parameter), "alert_group.exists".
func (s *Service) CreateAlertGroup(ctx context.Context, c Caller, in AlertGroupInput) (id int64, err error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := checkAlertGroup(in); err != nil {
		return 0, err
	}
	g := workflow.AlertGroup{Name: in.Name, Type: in.Type, Description: in.Description, UserID: c.User.ID}
	err = s.Store.AlertGroups.Create(ctx, &g)
	return g.ID, err
}

// UpdateAlertGroup changes a group. Reasons as of CreateAlertGroup, and
// "alert_group.not_found".
func (s *Service) UpdateAlertGroup(ctx context.Context, c Caller, id int64, in AlertGroupInput) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	g, err := s.Store.AlertGroups.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := checkAlertGroup(in); err != nil {
		return err
	}
	g.Name, g.Type, g.Description = in.Name, in.Type, in.Description
	return s.Store.AlertGroups.Update(ctx, &g)
}

// DeleteAlertGroup removes a group. Alerts that name it reach nobody by it any
// more. Reasons: "user.forbidden", "alert_group.not_found".
func (s *Service) DeleteAlertGroup(ctx context.Context, c Caller, id int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	return s.Store.AlertGroups.Delete(ctx, id)
}

// ListAlertGroups gives a page of the groups whose name contains search.
func (s *Service) ListAlertGroups(ctx context.Context, c Caller, search string, p store.Page) ([]workflow.AlertGroup, int, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, 0, err
	}
	return s.Store.AlertGroups.List(ctx, search, s.bound(p))
}

// AllAlertGroups gives every group: who starts workflows must be able to choose.
func (s *Service) AllAlertGroups(ctx context.Context) ([]workflow.AlertGroup, error) {
	return s.Store.AlertGroups.All(ctx)
}

// AlertGroupNameFree refuses a name that is taken: "alert_group.exists".
func (s *Service) AlertGroupNameFree(ctx context.Context, name string) error {
	_, err := s.Store.AlertGroups.ByName(ctx, name)
	taken, err := found(err)
	if err == nil && taken {
		return workflow.Errorf(workflow.Exists, "alert_group.exists", "alert group %s already exists", name).At("groupName")
	}
	return err
}

// GrantAlertGroup replaces the users of a group. Reasons: "user.forbidden",
// "alert_group.not_found", "user.not_found" (the id).
func (s *Service) GrantAlertGroup(ctx context.Context, c Caller, id int64, userIDs []int64) error {
	if err := RequireAdmin(c); err != nil {
		return err
	}
	if _, err := s.Store.AlertGroups.Get(ctx, id); err != nil {
		return err
	}
	known, err := s.Store.Users.All(ctx)
	if err != nil {
		return err
	}
	for _, userID := range userIDs {
		if !slices.ContainsFunc(known, func(u workflow.User) bool { return u.ID == userID }) {
			return workflow.Errorf(workflow.NotFound, "user.not_found", "user %d does not exist", userID).At("userIds").With(userID)
		}
	}
	return s.Store.AlertGroups.SetUsers(ctx, id, userIDs)
}

// AlertGroupUsers gives the users of a group, or all others. Of a group that
// does not exist nobody is a user.
func (s *Service) AlertGroupUsers(ctx context.Context, c Caller, id int64, members bool) ([]UserView, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	users, err := s.Store.AlertGroups.Users(ctx, id)
	if err != nil {
		return nil, err
	}
	if !members {
		in := users
		if users, err = s.Store.Users.All(ctx); err != nil {
			return nil, err
		}
		users = slices.DeleteFunc(users, func(u workflow.User) bool {
			return slices.ContainsFunc(in, func(member workflow.User) bool { return member.ID == u.ID })
		})
	}
	return s.viewUsers(ctx, users)
}

func checkAlertGroup(in AlertGroupInput) error {
	if strings.TrimSpace(in.Name) == "" {
		return invalid("groupName", "groupName")
	}
	if err := checkLength("groupName", in.Name, 255); err != nil {
		return err
	}
	return checkLength("description", in.Description, 255)
}
