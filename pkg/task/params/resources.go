package params

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Resources reads a list of resources, each as Resource reads one.
func (o *Object) Resources(field string) []workflow.ResourceRef {
	list := o.List(field)
	refs := make([]workflow.ResourceRef, 0, len(list))
	for _, item := range list {
		if ref, ok := item.Resource(); ok {
			refs = append(refs, ref)
		}
	}
	return refs
}

// Resource reads an object that names a resource: by id, as {"id":7}, or by
// full name, as {"resourceName":"file:/dir/run.sh"}, {"res":"dir/run.sh"} or
// {"name":"/dir/run.sh"}. The id wins. An object that names none is an error.
func (o *Object) Resource() (ref workflow.ResourceRef, ok bool) {
	id := o.Int("id", 0)
	name := ""
	for _, field := range []string{"resourceName", "res", "name"} {
		if name == "" {
			name = strings.TrimSpace(o.Text(field))
		}
	}
	if o.Err() != nil {
		return workflow.ResourceRef{}, false
	}
	if id > 0 {
		return workflow.ResourceRef{ID: id}, true
	}
	if name = fullName(name); name == "/" {
		*o.err = workflow.Errorf(workflow.Invalid, "task.params.invalid", "%s names no resource", o.at()).At(o.at())
		return workflow.ResourceRef{}, false
	}
	return workflow.ResourceRef{Name: name}, true
}

// at is the object's own path.
func (o *Object) at() string {
	if o.path == "" {
		return "params"
	}
	return strings.TrimSuffix(o.path, ".")
}

// fullName makes a name absolute and drops the storage it may begin with.
func fullName(name string) string {
	scheme, rest, found := strings.Cut(name, ":")
	if found && strings.HasPrefix(rest, "/") && !strings.ContainsRune(scheme, '/') {
		name = rest
	}
	return path.Clean("/" + name)
}

// ScriptNeeds reads what a kind that runs a script needs: its resourceList.
func ScriptNeeds(raw json.RawMessage) (task.Needs, error) {
	o := Read(raw)
	needs := task.Needs{Resources: o.Resources("resourceList")}
	return needs, o.Err()
}
