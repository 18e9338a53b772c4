package dolphin

import "github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"

// resourceRoutes declares the endpoints of the resource centre.
func (d *Dialect) resourceRoutes() []Route { return nil }

// resourceErrors turns their reasons into constants.
func resourceErrors() map[string]status.Constant { return nil }
