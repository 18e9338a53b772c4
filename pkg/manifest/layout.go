package manifest

import (
	"encoding/json"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Drawn reports whether a version was drawn by us, be it with no task at all.
func Drawn(layout map[string]json.RawMessage) bool {
	_, ok := layout[layoutKey]
	return ok
}

// Draw makes points the drawing of a version.
func Draw(s *workflow.Spec, points map[string]Point) {
	if points == nil {
		points = map[string]Point{}
	}
	raw, _ := json.Marshal(points) // numbers always encode
	layout := make(map[string]json.RawMessage, len(s.Layout)+1)
	for key, value := range s.Layout {
		layout[key] = value
	}
	layout[layoutKey] = raw
	s.Layout = layout
}

// Erase forgets our drawing of a version: another dialect has drawn it since.
func Erase(s *workflow.Spec) { delete(s.Layout, layoutKey) }
