package dolphin

import "slices"

// accountRoutes declares the groups about people and what they own.
func (d *Dialect) accountRoutes() []Route {
	return slices.Concat(d.loginRoutes())
}
