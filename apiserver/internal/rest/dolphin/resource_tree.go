package dolphin

import (
	"context"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// resourceNode is a ResourceComponent. The spelling of dirctory is the
// original's.
type resourceNode struct {
	ID          int64                 `json:"id"`
	PID         int64                 `json:"pid"`
	Name        string                `json:"name"`
	FullName    string                `json:"fullName"`
	Description string                `json:"description"`
	Directory   bool                  `json:"dirctory"`
	IDValue     string                `json:"idValue"`
	Type        workflow.ResourceKind `json:"type"`
	Children    []*resourceNode       `json:"children"`
}

// treeOf puts resources below their folders. Those whose folder is not in the
// list are at the root.
func treeOf(list []workflow.Resource) []*resourceNode {
	nodes := make(map[int64]*resourceNode, len(list))
	for _, r := range list {
		nodes[r.ID] = &resourceNode{
			ID: r.ID, PID: parentID(r), Name: r.Name, FullName: r.FullName, Description: r.Description, Directory: r.Directory,
			IDValue: fmt.Sprintf("%d_%t", r.ID, r.Directory), Type: r.Kind, Children: []*resourceNode{},
		}
	}
	roots := []*resourceNode{}
	for _, r := range list {
		if folder := nodes[r.ParentID]; folder != nil {
			folder.Children = append(folder.Children, nodes[r.ID])
		} else {
			roots = append(roots, nodes[r.ID])
		}
	}
	return roots
}

// tree encodes what a use case gave.
func tree(list []workflow.Resource, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return treeOf(list), nil
}

func (d *Dialect) resourceTree(ctx context.Context, r *Request) (any, error) {
	return tree(d.uc.AllResources(ctx, r.Caller, resourceKind(r)))
}

// programs gives the files that a program of the type may be.
func (d *Dialect) programs(ctx context.Context, r *Request) (any, error) {
	suffix := ".jar"
	if r.Enum("programType") == "PYTHON" {
		suffix = ".py"
	}
	return tree(d.uc.ResourcesEnding(ctx, r.Caller, resourceKind(r), suffix))
}

func (d *Dialect) grantedResources(ctx context.Context, r *Request) (any, error) {
	return tree(d.uc.GrantedResources(ctx, r.Caller, r.ID("userId")))
}

func (d *Dialect) grantableResources(ctx context.Context, r *Request) (any, error) {
	return tree(d.uc.GrantableResources(ctx, r.Caller, r.ID("userId")))
}
