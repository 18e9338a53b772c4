package dolphin

import (
	"errors"
	"maps"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// accountErrors turns reasons of the account side into constants. Reasons that
// are missing get the endpoint's own constant: token.invalid, token.exists.
func accountErrors() map[string]status.Constant {
	return map[string]status.Constant{
		"user.forbidden":        status.UserNoOperationPerm,
		"project.not_found":     status.ProjectNotFount,
		"project.forbidden":     status.UserNoOperationProjectPerm,
		"project.exists":        status.ProjectAlreadyExists,
		"project.not_empty":     status.DeleteProjectErrorDefinesNotNull,
		"param.invalid":         status.RequestParamsNotValidError,
		"login.name_empty":      status.UserNameNull,
		"login.wrong":           status.UserNamePasswdError,
		"login.throttled":       status.UserNamePasswdError,
		"user.exists":           status.UserNameExist,
		"user.not_found":        status.UserNotExist,
		"user.last_admin":       status.DeleteUserByIDError,
		"tenant.exists":         status.TenantNameExist,
		"tenant.code_taken":     status.TenantCodeHasAlreadyExists,
		"tenant.code_invalid":   status.VerifyTenantCodeError,
		"tenant.not_found":      status.TenantNotExist,
		"tenant.running":        status.DeleteTenantByIDFail,
		"tenant.defined":        status.DeleteTenantByIDFailDefines,
		"tenant.users":          status.DeleteTenantByIDFailUsers,
		"token.not_found":       status.AccessTokenNotExist,
		"queue.not_found":       status.QueueNotExist,
		"queue.value_exists":    status.QueueValueExist,
		"queue.name_exists":     status.QueueNameExist,
		"queue.unchanged":       status.NeedNotUpdateQueue,
		"group.name_empty":      status.NameNull,
		"group.exists":          status.NameExist,
		"group.address_invalid": status.WorkerAddressInvalid,
		"group.not_found":       status.DeleteWorkerGroupNotExist,
		"group.running":         status.DeleteWorkerGroupByIDFail,
	}
}

// reasons is the whole table. A reason that is told twice is a mistake of ours
// and panics at construction.
func reasons() map[string]status.Constant {
	all := accountErrors()
	for _, table := range []map[string]status.Constant{
		workflowErrors(), resourceErrors(), dataSourceErrors(), alertErrors(), analysisErrors(), grantErrors(),
	} {
		for reason, c := range table {
			if other, taken := all[reason]; taken && other != c {
				panic("reason " + reason + " has two constants")
			}
			all[reason] = c
		}
	}
	return maps.Clone(all)
}

// refusal finds the constant for a business error. ok is false when the error
// is none: then the endpoint's own constant answers.
func (d *Dialect) refusal(err error) (f Failure, ok bool) {
	var failure *Failure
	if errors.As(err, &failure) {
		return *failure, true
	}
	var e *workflow.Error
	if !errors.As(err, &e) {
		return f, false
	}
	c, ok := d.reasons[e.Reason]
	return Failure{Constant: c, Args: legacyArgs(e.Args)}, ok
}
