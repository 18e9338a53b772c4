package dolphin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// workflowRoutes declares the groups about definitions, their runs, schedules
// and logs.
func (d *Dialect) workflowRoutes() []Route {
	return slices.Concat(d.definitionRoutes(), d.executorRoutes(), d.instanceRoutes(),
		d.taskInstanceRoutes(), d.scheduleRoutes(), d.logRoutes())
}

// workflowErrors turns their reasons into constants.
func workflowErrors() map[string]status.Constant {
	return map[string]status.Constant{
		"definition.not_valid":    status.DataIsNotValid,
		"definition.invalid":      status.DataIsNotValid,
		"definition.too_large":    status.DataIsNotValid,
		"definition.too_long":     status.RequestParamsNotValidError,
		"definition.null":         status.DataIsNull,
		"definition.empty":        status.DataIsNull,
		"definition.cycle":        status.ProcessNodeHasCycle,
		"definition.edge":         status.ProcessNodeHasCycle,
		"task.invalid":            status.ProcessNodeSParameterInvalid,
		"task.name":               status.ProcessNodeSParameterInvalid,
		"definition.exists":       status.VerifyProcessDefinitionNameUniqueError,
		"definition.not_found":    status.ProcessDefineNotExist,
		"definition.offline":      status.ProcessDefineNotRelease,
		"definition.online":       status.ProcessDefineNotAllowedEdit,
		"definition.still_online": status.ProcessDefineStateOnline,
		"definition.busy":         status.DeleteProcessDefineByIDError,
		"definition.changed":      status.UpdateProcessDefinitionError,
		"start.tasks":             status.RequestParamsNotValidError,
		"backfill.dates":          status.RequestParamsNotValidError,
		"backfill.too_many":       status.RequestParamsNotValidError,
		"tenant.unsuitable":       status.TenantNotSuitable,
		"master.none":             status.MasterNotExists,
		"instance.not_found":      status.ProcessInstanceNotExist,
		"instance.state":          status.ProcessInstanceStateOperationError,
		"instance.not_sub":        status.ProcessInstanceNotSubProcessInstance,
		"command.pending":         status.ProcessInstanceExecutingCommand,
		"child.not_found":         status.SubProcessInstanceNotExist,
		"task.not_found":          status.TaskInstanceNotExists,
		"task.not_sub":            status.TaskInstanceNotSubWorkflowInstance,
		"task.no_log":             status.TaskInstanceNotFound,
		"schedule.not_found":      status.ScheduleCronNotExists,
		"schedule.online":         status.ScheduleCronOnlineForbidUpdate,
		"schedule.still_online":   status.ScheduleCronStateOnline,
		"schedule.unchanged":      status.ScheduleCronRealeaseNeedNotChange,
		"schedule.same_ends":      status.ScheduleStartTimeEndTimeSame,
		"schedule.ends":           status.RequestParamsNotValidError,
		"schedule.zone":           status.RequestParamsNotValidError,
		"schedule.cron":           status.RequestParamsNotValidError,
	}
}

// legacyArgs gives the arguments of a message the words of 1.3.9.
func legacyArgs(args []any) []any {
	out := slices.Clone(args)
	for i, a := range out {
		if s, ok := a.(workflow.State); ok {
			out[i] = codec139.StateName(s)
		}
	}
	return out
}

// inProject declares the parameters of a route below /projects/{projectName}.
func inProject(params ...Param) []Param {
	return append([]Param{Text("projectName").Must()}, params...)
}

// as answers c for an error of a reason, where an endpoint differs from the
// others.
func as(err error, reason string, c status.Constant, args ...any) error {
	if workflow.ErrorReason(err) != reason {
		return err
	}
	return Fail(c, args...)
}

// withText makes text the argument of a refusal that has none.
func withText(err error, text string) error {
	var e *workflow.Error
	if errors.As(err, &e) && len(e.Args) == 0 {
		return e.With(text)
	}
	return err
}

// ids reads a list of numbers separated by commas.
func ids(text string) ([]int64, error) {
	var list []int64
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 32)
		if err != nil {
			return nil, &paramError{fmt.Errorf("%q is no list of ids", text)}
		}
		list = append(list, n)
	}
	return list, nil
}

// joinIDs writes a list of numbers separated by commas.
func joinIDs(list []int64) string {
	parts := make([]string, len(list))
	for i, id := range list {
		parts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(parts, ",")
}
