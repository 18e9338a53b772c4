package usecase

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ProjectMembers gives who may do what in a project, its owner first.
func (s *Service) ProjectMembers(ctx context.Context, p workflow.Project) ([]workflow.Membership, error) {
	list, err := s.Store.Members.Of(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	owner, err := s.Store.Users.Get(ctx, p.UserID)
	if there, err := found(err); err != nil || !there {
		return list, err
	}
	list = slices.DeleteFunc(list, func(m workflow.Membership) bool { return m.UserID == owner.ID })
	own := workflow.Membership{UserID: owner.ID, UserName: owner.Name, ProjectID: p.ID, Role: workflow.RoleProjectAdmin}
	return slices.Insert(list, 0, own), nil
}

// SetMember gives a user a role in a project; the empty one takes it away.
// Reasons: "param.invalid" (the role), "user.not_found", "member.owner".
func (s *Service) SetMember(ctx context.Context, p workflow.Project, userID int64, role workflow.ProjectRole) error {
	if role != "" && !slices.Contains(workflow.ProjectRoles(), role) {
		return invalid("role", string(role))
	}
	if userID == p.UserID {
		return workflow.Errorf(workflow.Conflict, "member.owner", "the owner of a project administers it")
	}
	if _, err := s.Store.Users.Get(ctx, userID); err != nil {
		return missingAs(err, userNotFound(userID))
	}
	return s.Store.Members.Set(ctx, p.ID, userID, role)
}

// RolesOf gives the caller's roles in projects.
func (s *Service) RolesOf(ctx context.Context, c Caller, list []store.ProjectRow) (map[int64]workflow.ProjectRole, error) {
	roles := make(map[int64]workflow.ProjectRole, len(list))
	given, err := s.Store.Members.Roles(ctx, c.User.ID)
	for _, p := range list {
		roles[p.ID] = given[p.ID]
		if c.Admin() || c.Is(p.UserID) {
			roles[p.ID] = workflow.RoleProjectAdmin
		}
	}
	return roles, err
}
