package dolphin

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
)

// taskRecordRoutes declares the lists over a database that other programs
// write. 1.3.9 has them switched off unless it is configured, and then answers
// empty pages; here there is no such database, so that pages are always empty.
func (d *Dialect) taskRecordRoutes() []Route {
	const group, base = "TaskRecord", "/projects/task-record"
	params := []Param{Text("taskName"), Text("state"), Text("sourceTable"), Text("destTable"), Text("taskDate"),
		Text("startDate"), Text("endDate"), Int("pageNo").Must(), Int("pageSize").Must()}
	return []Route{
		{Group: group, Operation: "queryTaskRecordListPaging", Method: http.MethodGet, Path: base + "/list-paging",
			Params: params, ErrorConstant: status.QueryTaskRecordListPagingError, Access: SignedIn, Handler: noTaskRecords},
		{Group: group, Operation: "queryHistoryTaskRecordListPaging", Method: http.MethodGet, Path: base + "/history-list-paging",
			Params: params, ErrorConstant: status.QueryTaskRecordListPagingError, Access: SignedIn, Handler: noTaskRecords},
	}
}

func noTaskRecords(_ context.Context, r *Request) (any, error) {
	return PageOf(r.Page(), nil, 0, func(struct{}) struct{} { return struct{}{} }), nil
}
