package dolphin

import (
	"slices"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
)

// analysisRoutes declares the endpoints of figures about instances and
// commands, and those of task records.
func (d *Dialect) analysisRoutes() []Route {
	return slices.Concat(d.dataAnalysisRoutes(), d.taskRecordRoutes())
}

// analysisErrors turns their reasons into constants: they have none of their
// own.
func analysisErrors() map[string]status.Constant { return nil }
