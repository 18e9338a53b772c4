package native

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Kind is a kind of task.
type Kind struct {
	ID      workflow.Kind   `json:"id"`
	Group   task.Group      `json:"group" enum:"SCRIPT,DATA,BIGDATA,NETWORK,LOGIC"`
	Title   task.Text       `json:"title"`
	Help    task.Text       `json:"help"`
	Icon    string          `json:"icon"`
	Logic   bool            `json:"logic" doc:"the engine resolves it; nothing runs on a worker"`
	Section string          `json:"section" doc:"the field of a document's task that the schema describes"`
	Schema  json.RawMessage `json:"schema" doc:"JSON Schema, with x-order, x-widget, x-language, x-when and x-zh"`
}

func (a *API) declareKinds() {
	add(a, op{ID: "listKinds", Method: http.MethodGet, Path: "/kinds", Tag: "Workflows", Access: SignedIn,
		Summary: "Kinds of tasks, with forms for their parameters"}, a.listKinds)
}

func (a *API) listKinds(_ context.Context, _ *struct{}) (*listed[Kind], error) {
	kinds := a.uc.TaskKinds()
	out := &listed[Kind]{Body: List[Kind]{Items: make([]Kind, len(kinds)), Total: len(kinds)}}
	for i, k := range kinds {
		out.Body.Items[i] = kindView(k)
	}
	return out, nil
}

func kindView(k usecase.KindView) Kind {
	return Kind{ID: k.ID, Group: k.Group, Title: k.Title, Help: k.Help, Icon: k.Icon, Logic: k.Logic, Section: k.Section, Schema: k.Schema()}
}
