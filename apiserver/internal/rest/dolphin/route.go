package dolphin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Access says who may call a route. The framework checks it before the
// handler runs; a route that declares none does not start.
type Access int

// Accesses. ProjectRead, ProjectRun and ProjectWrite concern the project that the path
// names, or the one that Route.ProjectOf finds.
const (
	undeclared Access = iota
	Public
	SignedIn
	AdminOnly
	ProjectRead
	ProjectRun // running what is there
	ProjectWrite
)

// String names the access for tests and the API page.
func (a Access) String() string {
	return [...]string{"undeclared", "public", "signed in", "admin only", "project read", "project run", "project write"}[a]
}

// Route declares one endpoint. The declaration is all the framework needs to
// decode, authorize and answer; handlers only do the work.
type Route struct {
	Group         string
	Operation     string
	Method        string
	Path          string // below the dialect's base, e.g. /projects/{projectName}/process/save
	Params        []Param
	SuccessStatus int             // of every answer the handler gives, refusals included; 0: 200
	ErrorConstant status.Constant // for bad parameters and unexpected failures
	Access        Access
	// ProjectOf finds the project of a route whose access concerns one by
	// what the request names. Without it the path must have {projectName}.
	ProjectOf func(ctx context.Context, r *Request) (workflow.Project, error)
	// Precheck runs before the project's authorization, for checks that the
	// original makes first. Most routes have none.
	Precheck func(r *Request) error
	// Handler does the work. A result of type Reply or Attachment is answered
	// as it says; any other becomes the envelope's data.
	Handler func(ctx context.Context, r *Request) (any, error)
	// Writes says that a GET changes something; a POST or PUT is taken to.
	Writes bool
	// AnswersID says that the data of a success is the id of what was made. Of
	// other routes that change something it is null.
	AnswersID bool
	// AnswersFile says that a success is a file to download.
	AnswersFile bool
	// Secret says that the answer is one, and so never kept for repeats.
	Secret bool
	// Mute says that refusals have no body, but are answered like a success.
	Mute bool
	// Streaming lifts the time limit of the request: it may take as long as
	// bytes move.
	Streaming bool
	// StoresFiles says that the content of files goes to the blob store while
	// it arrives. Without it files are small and kept in memory.
	StoresFiles bool
}

// takesFiles reports whether a file may be in the body.
func (rt *Route) takesFiles() bool {
	return slices.ContainsFunc(rt.Params, func(p Param) bool { return p.kind == fileParam })
}

// writes reports whether a request may be one that happens once.
func (rt *Route) writes() bool {
	return rt.Access != Public && !rt.Secret && (rt.Writes || rt.Method != http.MethodGet)
}

// ofProject reports whether access depends on a project.
func (rt *Route) ofProject() bool { return rt.Access >= ProjectRead }

// paged reports whether the route takes pageNo and pageSize.
func (rt *Route) paged() bool {
	return rt.param("pageNo") != nil && rt.param("pageSize") != nil
}

func (rt *Route) param(name string) *Param {
	for i := range rt.Params {
		if rt.Params[i].Name == name {
			return &rt.Params[i]
		}
	}
	return nil
}

// check finds mistakes in the declaration.
func (rt *Route) check() error {
	switch {
	case rt.Handler == nil:
		return rt.wrong("has no handler")
	case rt.Access == undeclared:
		return rt.wrong("declares no access")
	case rt.Method != http.MethodGet && rt.Method != http.MethodPost && rt.Method != http.MethodPut && rt.Method != http.MethodDelete:
		return rt.wrong("has the unknown method %q", rt.Method)
	case !strings.HasPrefix(rt.Path, "/"):
		return rt.wrong("has a path without a leading slash")
	case rt.ErrorConstant == status.Success:
		return rt.wrong("declares no error constant")
	case rt.ofProject() && rt.ProjectOf == nil && !strings.Contains(rt.Path, "{projectName}"):
		return rt.wrong("is about a project but names none")
	}
	seen := map[string]bool{}
	for _, p := range rt.Params {
		if seen[p.Name] {
			return rt.wrong("declares %s twice", p.Name)
		}
		seen[p.Name] = true
		if err := p.check(); err != nil {
			return rt.wrong("%v", err)
		}
	}
	return nil
}

func (rt *Route) wrong(format string, args ...any) error {
	return fmt.Errorf("route %s.%s (%s %s) %s", rt.Group, rt.Operation, rt.Method, rt.Path, fmt.Sprintf(format, args...))
}
