package workflow

import "slices"

// ProjectRole is what a user may do in a project. Each role includes those
// before it; the owner and global admins have the last one.
type ProjectRole string

// Project roles: look; run, stop and answer for what is there; change
// workflows, schedules and files; decide about the project and its members.
const (
	RoleViewer       ProjectRole = "VIEWER"
	RoleOperator     ProjectRole = "OPERATOR"
	RoleDeveloper    ProjectRole = "DEVELOPER"
	RoleProjectAdmin ProjectRole = "ADMIN"
)

// ProjectRoles lists the roles from least to most.
func ProjectRoles() []ProjectRole {
	return []ProjectRole{RoleViewer, RoleOperator, RoleDeveloper, RoleProjectAdmin}
}

// Includes reports whether the holder of r may do what other may.
func (r ProjectRole) Includes(other ProjectRole) bool {
	mine := slices.Index(ProjectRoles(), r)
	return mine >= 0 && mine >= slices.Index(ProjectRoles(), other)
}

// Membership is a user's role in a project.
type Membership struct {
	UserID    int64
	UserName  string
	ProjectID int64
	Role      ProjectRole
}
