package manifest

import "encoding/json"

// Points reads where a definition's tasks are drawn, by their names: our own
// layout, or else what another dialect left.
func Points(layout map[string]json.RawMessage) map[string]Point { return points(layout) }
