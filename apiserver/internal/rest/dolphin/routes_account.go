package dolphin

import "slices"

// accountRoutes declares the groups about people, what they own and where it
// runs.
func (d *Dialect) accountRoutes() []Route {
	return slices.Concat(
		d.loginRoutes(),
		d.tokenRoutes(),
		d.userRoutes(),
		d.tenantRoutes(),
		d.queueRoutes(),
		d.workerGroupRoutes(),
		d.projectRoutes(),
		d.monitorRoutes(),
	)
}

// pageParams are what every paged list takes.
func pageParams() []Param {
	return []Param{Int("pageNo").Must(), Text("searchVal"), Int("pageSize").Must()}
}
