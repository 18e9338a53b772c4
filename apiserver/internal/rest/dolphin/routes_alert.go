package dolphin

import "github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"

// alertRoutes declares the endpoints of alert groups.
func (d *Dialect) alertRoutes() []Route { return nil }

// alertErrors turns their reasons into constants.
func alertErrors() map[string]status.Constant { return nil }
