package usecase

import (
	"context"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// names turns what documents of a project call things into ids and back, for
// one request: each thing is looked up once. Workflows that the caller may not
// see, and what is gone, are called by number, like #12. Such a number is read
// only where it stood already: nobody reaches others' workflows by guessing.
//
// It implements manifest.Names, which knows no errors: err has the first one.
type names struct {
	s       *Service
	ctx     context.Context
	caller  Caller
	project workflow.Project

	batch map[string]int64 // workflows that come with the documents
	kept  map[int64]int64  // projects of workflows that present versions name
	old   map[int64]bool   // tenants that present versions name

	projects  map[string]place
	workflows map[place]int64
	called    map[int64]called
	tenants   map[string]int64
	codes     map[int64]string
	err       error
}

// place is a name in a project; an id of 0 is none.
type place struct {
	projectID int64
	name      string
}

// called is what a workflow is called.
type called struct {
	project, name string
	ok            bool
}

func (s *Service) namesFor(ctx context.Context, c Caller, p workflow.Project) *names {
	return &names{s: s, ctx: ctx, caller: c, project: p, batch: map[string]int64{}, kept: map[int64]int64{}, old: map[int64]bool{},
		projects: map[string]place{}, workflows: map[place]int64{}, called: map[int64]called{}, tenants: map[string]int64{}, codes: map[int64]string{}}
}

// keep lets the numbers that a version names be read again.
func (n *names) keep(s *workflow.Spec) {
	n.old[s.TenantID] = true
	for i := range s.Tasks {
		if sub := s.Tasks[i].SubWorkflow; sub != nil {
			n.kept[sub.DefinitionID] = 0
		}
		if d := s.Tasks[i].Dependent; d != nil {
			for _, g := range d.Groups {
				for _, it := range g.Items {
					n.kept[it.DefinitionID] = it.ProjectID
				}
			}
		}
	}
}

func (n *names) note(err error) {
	if n.err == nil {
		n.err = err
	}
}

// numbered reads a name like #12.
func numbered(name string) (int64, bool) {
	text, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0
}

// Workflow implements manifest.Names.
func (n *names) Workflow(project, name string) (projectID, id int64, ok bool) {
	if project == "" || project == n.project.Name {
		if id, ok := n.batch[name]; ok {
			return n.project.ID, id, true
		}
	}
	projectID = n.projectID(project)
	if projectID != 0 {
		if id := n.workflowID(place{projectID, name}); id != 0 {
			return projectID, id, true
		}
	}
	id, isNumber := numbered(name)
	if projectID, ok = n.kept[id]; isNumber && project == "" && ok {
		return projectID, id, true
	}
	return 0, 0, false
}

// projectID finds a project that the caller may see; 0 when there is none.
func (n *names) projectID(name string) int64 {
	if name == "" || name == n.project.Name {
		return n.project.ID
	}
	known, ok := n.projects[name]
	if !ok {
		p, err := n.s.ProjectNamed(n.ctx, n.caller, name, ToRead)
		switch workflow.ErrorCode(err) {
		case "":
			known = place{p.ID, p.Name}
		case workflow.NotFound, workflow.Forbidden:
		default:
			n.note(err)
		}
		n.projects[name] = known
	}
	return known.projectID
}

func (n *names) workflowID(at place) int64 {
	id, ok := n.workflows[at]
	if !ok {
		d, err := n.s.Store.Definitions.ByName(n.ctx, at.projectID, at.name)
		if _, err = found(err); err != nil {
			n.note(err)
		}
		id = d.ID
		n.workflows[at] = id
	}
	return id
}

// WorkflowName implements manifest.Names.
func (n *names) WorkflowName(_, id int64) (project, name string, ok bool) {
	known, ok := n.called[id]
	if !ok && id >= standIn {
		for name, stand := range n.batch {
			if stand == id {
				known = called{"", name, true}
			}
		}
		n.called[id] = known
	} else if !ok {
		known = n.look(id)
		n.called[id] = known
	}
	return known.project, known.name, known.ok
}

func (n *names) look(id int64) called {
	row, err := n.s.Store.Definitions.Row(n.ctx, id)
	if there, err := found(err); !there {
		if err != nil {
			n.note(err)
		}
		return called{}
	}
	if row.ProjectID == n.project.ID {
		return called{"", row.Name, true}
	}
	project, name, err := n.s.DefinitionPlace(n.ctx, n.caller, id)
	if err != nil {
		n.note(err)
	}
	return called{project, name, name != ""}
}

// Tenant implements manifest.Names.
func (n *names) Tenant(code string) (int64, bool) {
	id, ok := n.tenants[code]
	if !ok {
		t, err := n.s.Store.Tenants.ByCode(n.ctx, code)
		if _, err = found(err); err != nil {
			n.note(err)
		}
		id = t.ID
		if number, is := numbered(code); id == 0 && is && n.old[number] {
			id = number
		}
		n.tenants[code] = id
	}
	return id, id != 0
}

// TenantCode implements manifest.Names.
func (n *names) TenantCode(id int64) (string, bool) {
	code, ok := n.codes[id]
	if !ok {
		t, err := n.s.tenant(n.ctx, id)
		if err != nil {
			n.note(err)
		}
		code = t.Code
		n.codes[id] = code
	}
	return code, code != ""
}
