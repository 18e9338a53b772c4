package codec139

import (
	"encoding/json"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Ref is a place where a definition JSON names something by its id. Exported
// files say beside it what that is called, so that another installation, with
// other ids, finds its own. A visitor of MapRefs may change all but Task.
type Ref struct {
	Task string // the node
	// Kind is KindSQL or KindProcedure for a data source, KindDependent for a
	// workflow that is waited for and KindSubWorkflow for one that is run.
	Kind      workflow.Kind
	ID        int64
	ProjectID int64 // of what a DEPENDENT node waits for
	// Name and Project are what stands beside the id; empty: nothing.
	Name, Project string
}

// refKeys says where the parts of a reference stand.
type refKeys struct{ id, projectID, name, project string }

func keysOf(kind workflow.Kind) refKeys {
	switch kind {
	case workflow.KindSQL, workflow.KindProcedure:
		return refKeys{id: "datasource", name: "datasourceName"}
	case workflow.KindDependent:
		return refKeys{id: "definitionId", projectID: "projectId", name: "definitionName", project: "projectName"}
	case workflow.KindSubWorkflow:
		return refKeys{id: "processDefinitionId", name: "processDefinitionName", project: "projectName"}
	}
	return refKeys{}
}

// MapRefs visits the references of a definition JSON and gives it with what the
// visitor changed; the rest stays as it was written. Nodes that cannot be read
// are passed over: DecodeProcess finds them.
func MapRefs(processJSON string, visit func(*Ref) error) (string, error) {
	process, err := object(json.RawMessage(processJSON))
	if err != nil {
		return processJSON, nil
	}
	nodes, err := list(process["tasks"])
	if err != nil || nodes == nil {
		return processJSON, nil
	}
	changed := false
	for i, raw := range nodes {
		node, err := object(raw)
		if err != nil {
			continue
		}
		some, err := mapNode(node, visit)
		if err != nil {
			return "", err
		}
		if some {
			nodes[i], changed = encode(node), true
		}
	}
	if !changed {
		return processJSON, nil
	}
	process["tasks"] = encode(nodes)
	return string(encode(process)), nil
}

// mapNode visits the references of one node.
func mapNode(node fields, visit func(*Ref) error) (changed bool, err error) {
	ref := Ref{Task: text(node["name"]), Kind: kindOf(text(node["type"]))}
	where := "params"
	switch ref.Kind {
	case workflow.KindSQL, workflow.KindProcedure, workflow.KindSubWorkflow:
	case workflow.KindDependent:
		where = "dependence"
	default:
		return false, nil
	}
	f, err := object(node[where])
	if err != nil {
		return false, nil
	}
	if ref.Kind == workflow.KindDependent {
		changed, err = mapItems(f, ref, visit)
	} else {
		changed, err = mapRef(f, ref, visit)
	}
	if changed {
		node[where] = encode(f)
	}
	return changed, err
}

// mapItems visits what a DEPENDENT node waits for.
func mapItems(dependence fields, ref Ref, visit func(*Ref) error) (bool, error) {
	return mapList(dependence, "dependTaskList", func(group fields) (bool, error) {
		return mapList(group, "dependItemList", func(item fields) (bool, error) { return mapRef(item, ref, visit) })
	})
}

// mapList changes the objects of a list.
func mapList(f fields, key string, change func(fields) (bool, error)) (changed bool, err error) {
	items, err := list(f[key])
	if err != nil {
		return false, nil
	}
	for i, raw := range items {
		item, err := object(raw)
		if err != nil {
			continue
		}
		some, err := change(item)
		if err != nil {
			return false, err
		}
		if some {
			items[i], changed = encode(item), true
		}
	}
	if changed {
		f[key] = encode(items)
	}
	return changed, nil
}

// mapRef visits one reference.
func mapRef(f fields, ref Ref, visit func(*Ref) error) (bool, error) {
	keys := keysOf(ref.Kind)
	id, err := whole(f[keys.id])
	if err != nil {
		return false, nil
	}
	project, _ := whole(f[keys.projectID]) // 0 for what is no number
	ref.ID, ref.ProjectID = int64(id), int64(project)
	ref.Name, ref.Project = text(f[keys.name]), text(f[keys.project])
	was := ref
	if err := visit(&ref); err != nil {
		return false, fmt.Errorf("task %q: %w", ref.Task, err)
	}
	if ref == was {
		return false, nil
	}
	setID(f, keys.id, was.ID, ref.ID)
	setID(f, keys.projectID, was.ProjectID, ref.ProjectID)
	setName(f, keys.name, ref.Name)
	setName(f, keys.project, ref.Project)
	return true, nil
}

// setID writes a changed id; one that stays keeps the form it was sent in.
func setID(f fields, key string, was, is int64) {
	if key != "" && was != is {
		f[key] = encode(is)
	}
}

func setName(f fields, key, name string) {
	switch {
	case key == "":
	case name == "":
		delete(f, key)
	default:
		f[key] = encode(name)
	}
}
