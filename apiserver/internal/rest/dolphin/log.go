package dolphin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) logRoutes() []Route {
	return []Route{
		{Group: "Logger", Operation: "queryLog", Method: http.MethodGet, Path: "/log/detail",
			Params:        []Param{Int("taskInstanceId").Must(), Int("skipLineNum").Must(), Int("limit").Must()},
			ErrorConstant: status.QueryTaskInstanceLogError, Access: ProjectRead, ProjectOf: d.projectOfLog(status.TaskInstanceNotFound),
			Handler: d.viewLog, Streaming: true},
		{Group: "Logger", Operation: "downloadTaskLog", Method: http.MethodGet, Path: "/log/download-log",
			Params:        []Param{Int("taskInstanceId").Must()},
			ErrorConstant: status.DownloadTaskInstanceLogFileError, Access: ProjectRead,
			ProjectOf: d.projectOfLog(status.DownloadTaskInstanceLogFileError), Handler: d.downloadLog, Streaming: true, AnswersFile: true},
	}
}

// projectOfLog finds the project of the task instance; an unknown one is
// answered by the constant.
func (d *Dialect) projectOfLog(unknown status.Constant) func(context.Context, *Request) (workflow.Project, error) {
	return func(ctx context.Context, r *Request) (workflow.Project, error) {
		p, err := d.uc.ProjectOfTask(ctx, r.ID("taskInstanceId"))
		return p, as(err, "task.not_found", unknown)
	}
}

func (d *Dialect) viewLog(ctx context.Context, r *Request) (any, error) {
	skip, limit := r.Int("skipLineNum"), r.Int("limit")
	if skip < 0 || limit < 0 {
		return nil, &paramError{errors.New("skipLineNum and limit are not negative")}
	}
	lines, err := d.uc.LogLines(ctx, r.Project, r.ID("taskInstanceId"), skip, limit)
	if err != nil {
		return nil, unreachable(err, status.QueryTaskInstanceLogError)
	}
	return strings.Join(lines, "\r\n"), nil
}

func (d *Dialect) downloadLog(ctx context.Context, r *Request) (any, error) {
	id := r.ID("taskInstanceId")
	return Attachment{
		Name: fmt.Sprintf("%d.log", id),
		Write: func(w io.Writer) error {
			const own = status.DownloadTaskInstanceLogFileError
			return unreachable(as(d.uc.CopyLog(ctx, r.Project, id, w), "task.no_log", own), own)
		},
	}, nil
}

// unreachable says in the answer which worker does not answer, besides the
// endpoint's constant.
func unreachable(err error, own status.Constant) error {
	var e *workflow.Error
	if !errors.As(err, &e) || e.Reason != "log.unreachable" && e.Reason != "log.gone" {
		return err
	}
	return &Failure{Constant: own, Detail: e.Message}
}
