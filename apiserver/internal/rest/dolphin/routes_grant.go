package dolphin

import "github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"

// grantRoutes declares the endpoints of grants of things to users.
func (d *Dialect) grantRoutes() []Route { return nil }

// grantErrors turns their reasons into constants.
func grantErrors() map[string]status.Constant { return nil }
