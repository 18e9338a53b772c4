package dolphin

import "github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"

// workflowRoutes declares the groups about definitions, their runs, schedules
// and logs.
func (d *Dialect) workflowRoutes() []Route { return nil }

// workflowErrors turns their reasons into constants.
func workflowErrors() map[string]status.Constant { return map[string]status.Constant{} }
