package datasource

import "github.com/porpoise-scheduler/porpoise/pkg/workflow"

// CheckOptions looks at options that are to be added to those of any data
// source of a type. The error is Invalid.
func CheckOptions(t workflow.DataSourceType, given map[string]string) error {
	f, ok := familyOf(t)
	if !ok {
		return invalid("type", "%q is no type of data source", t)
	}
	d := &target{DataSource: workflow.DataSource{Type: t, Connection: workflow.Connection{Options: given}}, family: f}
	return d.checkOptions()
}
