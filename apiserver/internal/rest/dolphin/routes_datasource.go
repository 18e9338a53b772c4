package dolphin

import "github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"

// dataSourceRoutes declares the endpoints of data sources.
func (d *Dialect) dataSourceRoutes() []Route { return nil }

// dataSourceErrors turns their reasons into constants.
func dataSourceErrors() map[string]status.Constant { return nil }
