package native

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Member is a user with a role in a project.
type Member struct {
	UserID   int64                `json:"userId"`
	UserName string               `json:"userName"`
	Role     workflow.ProjectRole `json:"role" enum:"VIEWER,OPERATOR,DEVELOPER,ADMIN"`
	Owner    bool                 `json:"owner" doc:"administers the project whatever else"`
}

// OfMember is the path of a member.
type OfMember struct {
	InProject
	User int64 `path:"user" minimum:"1"`
}

func (a *API) declareMembers() {
	const tag, path = "Projects", "/projects/{project}/members"
	add(a, op{ID: "listMembers", Method: http.MethodGet, Path: path, Tag: tag, Access: Viewer,
		Summary: "Who may do what in a project"}, a.listMembers)
	add(a, op{ID: "setMember", Method: http.MethodPut, Path: path + "/{user}", Tag: tag, Access: ProjectAdmin,
		Summary: "Give a user a role"}, a.setMember)
	add(a, op{ID: "deleteMember", Method: http.MethodDelete, Path: path + "/{user}", Tag: tag, Access: ProjectAdmin,
		Summary: "Take a user's role away"}, a.deleteMember)
}

func (a *API) listMembers(ctx context.Context, _ *InProject) (*listed[Member], error) {
	p := projectOf(ctx)
	members, err := a.uc.ProjectMembers(ctx, p)
	if err != nil {
		return nil, err
	}
	return entire(members, member(p)), nil
}

func member(p workflow.Project) func(m workflow.Membership) Member {
	return func(m workflow.Membership) Member {
		return Member{UserID: m.UserID, UserName: m.UserName, Role: m.Role, Owner: m.UserID == p.UserID}
	}
}

func (a *API) setMember(ctx context.Context, in *struct {
	OfMember
	Body struct {
		Role workflow.ProjectRole `json:"role" enum:"VIEWER,OPERATOR,DEVELOPER,ADMIN"`
	}
}) (*body[Member], error) {
	p := projectOf(ctx)
	if err := a.uc.SetMember(ctx, p, in.User, in.Body.Role); err != nil {
		return nil, err
	}
	members, err := a.uc.ProjectMembers(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if m.UserID == in.User {
			return answer(member(p)(m)), nil
		}
	}
	return nil, workflow.Errorf(workflow.NotFound, "member.not_found", "the user has no role in the project any more")
}

func (a *API) deleteMember(ctx context.Context, in *OfMember) (*struct{}, error) {
	return nil, a.uc.SetMember(ctx, projectOf(ctx), in.User, "")
}
