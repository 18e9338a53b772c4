package dolphin

import (
	"context"
	"net/http"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
)

func (d *Dialect) workerGroupRoutes() []Route {
	const group = "WorkerGroup"
	return []Route{
		{Group: group, Operation: "saveWorkerGroup", Method: http.MethodPost, Path: "/worker-group/save",
			Params:        []Param{Int("id").Or("0"), Text("name").Must(), Text("addrList").Must()},
			ErrorConstant: status.SaveError, Access: AdminOnly, Handler: d.saveWorkerGroup},
		{Group: group, Operation: "queryAllWorkerGroupsPaging", Method: http.MethodGet, Path: "/worker-group/list-paging",
			Params: pageParams(), ErrorConstant: status.QueryWorkerGroupFail,
			Access: AdminOnly, Handler: d.pageWorkerGroups},
		{Group: group, Operation: "queryAllWorkerGroups", Method: http.MethodGet, Path: "/worker-group/all-groups",
			ErrorConstant: status.QueryWorkerGroupFail, Access: SignedIn, Handler: d.listWorkerGroups},
		{Group: group, Operation: "deleteById", Method: http.MethodPost, Path: "/worker-group/delete-by-id",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DeleteWorkerGroupFail,
			Access: AdminOnly, Handler: d.deleteWorkerGroup},
		{Group: group, Operation: "queryWorkerAddressList", Method: http.MethodGet, Path: "/worker-group/worker-address-list",
			ErrorConstant: status.QueryWorkerAddressListFail, Access: AdminOnly, Handler: d.listWorkerAddresses},
	}
}

// workerGroupJSON is a WorkerGroup.
type workerGroupJSON struct {
	ID            int64     `json:"id"`
	Name          string    `json:"name"`
	AddrList      string    `json:"addrList"`
	CreateTime    PlainDate `json:"createTime"`
	UpdateTime    PlainDate `json:"updateTime"`
	SystemDefault bool      `json:"systemDefault"`
}

func encodeWorkerGroup(g usecase.WorkerGroupView) workerGroupJSON {
	return workerGroupJSON{
		ID: g.ID, Name: g.Name, AddrList: strings.Join(g.Addresses, ","), SystemDefault: g.FromWorkers,
		CreateTime: PlainDate(g.CreateTime), UpdateTime: PlainDate(g.UpdateTime),
	}
}

func (d *Dialect) saveWorkerGroup(ctx context.Context, r *Request) (any, error) {
	var addresses []string
	for part := range strings.SplitSeq(r.String("addrList"), ",") {
		if part = strings.TrimSpace(part); part != "" {
			addresses = append(addresses, part)
		}
	}
	_, err := d.uc.SaveWorkerGroup(ctx, r.Caller, r.ID("id"), r.String("name"), addresses)
	return nil, err
}

// pageWorkerGroups tells as total the rows of this page: 1.3.9 does.
func (d *Dialect) pageWorkerGroups(ctx context.Context, r *Request) (any, error) {
	rows, _, err := d.uc.ListWorkerGroups(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, len(rows), encodeWorkerGroup), nil
}

func (d *Dialect) listWorkerGroups(ctx context.Context, _ *Request) (any, error) {
	return d.uc.WorkerGroupNames(ctx)
}

func (d *Dialect) deleteWorkerGroup(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteWorkerGroup(ctx, r.Caller, r.ID("id"))
}

func (d *Dialect) listWorkerAddresses(ctx context.Context, r *Request) (any, error) {
	return d.uc.WorkerAddresses(ctx, r.Caller)
}
