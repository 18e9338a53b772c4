package dolphin

import "github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"

// analysisRoutes declares the endpoints of figures about instances and commands.
func (d *Dialect) analysisRoutes() []Route { return nil }

// analysisErrors turns their reasons into constants.
func analysisErrors() map[string]status.Constant { return nil }
