package assist

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func (a *assistant) addWriting(s *mcp.Server) {
	tool(s, reads("check_workflow", "Check a document", "Say what is wrong with a workflow's document (YAML), by line and column, and change nothing."), a.check)
	tool(s, changes("apply_workflow", "Apply a document",
		"Make or change workflows so that they are like a document (YAML; several are separated by ---). Without dryRun: false it only says what would change.", true), a.apply)
}

type documentIn struct {
	inProject
	Document string `json:"document" jsonschema:"the workflow as YAML"`
}

type checked struct {
	Valid    bool    `json:"valid"`
	Problems []wrong `json:"problems"`
}

type wrong struct {
	Path    string `json:"path"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

func (a *assistant) check(ctx context.Context, in documentIn) (out checked, err error) {
	base, err := a.path(in.Project)
	if err != nil {
		return out, err
	}
	err = a.Post(ctx, base+"/workflows:check", map[string]string{"document": in.Document}, &out)
	if out.Problems == nil {
		out.Problems = []wrong{}
	}
	return out, err
}

type applyIn struct {
	documentIn
	DryRun *bool `json:"dryRun,omitempty" jsonschema:"true unless given: say what would change, and change nothing"`
}

type applied struct {
	DryRun bool     `json:"dryRun"`
	Items  []change `json:"items"`
}

type change struct {
	Name    string `json:"name"`
	Change  string `json:"change" jsonschema:"CREATED, UPDATED, UNCHANGED or REFUSED"`
	Message string `json:"message,omitempty"`
	Diff    any    `json:"diff,omitempty" jsonschema:"what would differ or differs: documents before and after, changed tasks and edges"`
}

func (a *assistant) apply(ctx context.Context, in applyIn) (out applied, err error) {
	base, err := a.path(in.Project)
	if err != nil {
		return out, err
	}
	dry := in.DryRun == nil || *in.DryRun
	err = a.Post(ctx, base+"/workflows:import", map[string]any{"document": in.Document, "format": "yaml", "dryRun": dry}, &out)
	out.DryRun = dry
	if out.Items == nil {
		out.Items = []change{}
	}
	return out, err
}
