package dolphin

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

func (d *Dialect) monitorRoutes() []Route {
	const group = "Monitor"
	return []Route{
		{Group: group, Operation: "listMaster", Method: http.MethodGet, Path: "/monitor/master/list",
			ErrorConstant: status.ListMastersError, Access: SignedIn, Handler: d.listMasters},
		{Group: group, Operation: "listWorker", Method: http.MethodGet, Path: "/monitor/worker/list",
			ErrorConstant: status.ListWorkersError, Access: SignedIn, Handler: d.listWorkers},
		{Group: group, Operation: "queryDatabaseState", Method: http.MethodGet, Path: "/monitor/database",
			ErrorConstant: status.QueryDatabaseStateError, Access: SignedIn, Handler: d.databaseState},
		{Group: group, Operation: "queryZookeeperState", Method: http.MethodGet, Path: "/monitor/zookeeper/list",
			ErrorConstant: status.QueryZookeeperStateError, Access: SignedIn, Handler: d.registryState},
	}
}

// serverJSON is a Server.
type serverJSON struct {
	ID                int    `json:"id"`
	Host              string `json:"host"`
	Port              int    `json:"port"`
	ZkDirectory       string `json:"zkDirectory"`
	ResInfo           string `json:"resInfo"`
	CreateTime        Date   `json:"createTime"`
	LastHeartbeatTime Date   `json:"lastHeartbeatTime"`
}

// workerJSON is a WorkerServerModel.
type workerJSON struct {
	ID                int       `json:"id"`
	Host              string    `json:"host"`
	Port              int       `json:"port"`
	ZkDirectories     []string  `json:"zkDirectories"`
	ResInfo           string    `json:"resInfo"`
	CreateTime        PlainDate `json:"createTime"`
	LastHeartbeatTime PlainDate `json:"lastHeartbeatTime"`
}

// databaseJSON is a MonitorRecord.
type databaseJSON struct {
	DBType                    string `json:"dbType"`
	State                     string `json:"state"`
	MaxConnections            int64  `json:"maxConnections"`
	MaxUsedConnections        int64  `json:"maxUsedConnections"`
	ThreadsConnections        int64  `json:"threadsConnections"`
	ThreadsRunningConnections int64  `json:"threadsRunningConnections"`
	Date                      Date   `json:"date"`
}

// registryJSON is a ZookeeperRecord.
type registryJSON struct {
	Hostname    string  `json:"hostname"`
	Connections int     `json:"connections"`
	Watches     int     `json:"watches"`
	Sent        int64   `json:"sent"`
	Received    int64   `json:"received"`
	Mode        string  `json:"mode"`
	MinLatency  float64 `json:"minLatency"`
	AvgLatency  float64 `json:"avgLatency"`
	MaxLatency  float64 `json:"maxLatency"`
	NodeCount   int     `json:"nodeCount"`
	State       int     `json:"state"`
	Date        Date    `json:"date"`
}

// Directories of the original's registry, which clients take apart.
const (
	masterDir = "/dolphinscheduler/nodes/master/"
	workerDir = "/dolphinscheduler/nodes/worker/"
)

func (d *Dialect) listMasters(ctx context.Context, _ *Request) (any, error) {
	members, err := d.uc.Members(ctx, coord.Master)
	if err != nil {
		return nil, err
	}
	list := make([]serverJSON, 0, len(members))
	for i, m := range members {
		host, port := splitAddr(m.Addr)
		list = append(list, serverJSON{
			ID: i + 1, Host: host, Port: port, ZkDirectory: masterDir + m.Addr, ResInfo: resInfo(m.Load),
			CreateTime: Date(m.StartTime), LastHeartbeatTime: Date(m.Load.Time),
		})
	}
	return list, nil
}

func (d *Dialect) listWorkers(ctx context.Context, _ *Request) (any, error) {
	members, err := d.uc.Members(ctx, coord.Worker)
	if err != nil {
		return nil, err
	}
	list := make([]workerJSON, 0, len(members))
	for i, m := range members {
		host, port := splitAddr(m.Addr)
		list = append(list, workerJSON{
			ID: i + 1, Host: host, Port: port, ZkDirectories: workerDirs(m), ResInfo: resInfo(m.Load),
			CreateTime: PlainDate(m.StartTime), LastHeartbeatTime: PlainDate(m.Load.Time),
		})
	}
	return list, nil
}

// workerDirs gives a worker's entry in each of its groups.
func workerDirs(m coord.Member) []string {
	dirs := make([]string, 0, len(m.Groups))
	for _, g := range m.Groups {
		dirs = append(dirs, workerDir+g+"/"+m.Addr)
	}
	return dirs
}

// resInfo is a JSON text inside the JSON, as the original writes it.
func resInfo(l coord.Load) string {
	number := func(f float64) string {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	return fmt.Sprintf(`{"cpuUsage":%s,"memoryUsage":%s,"loadAverage":%s}`, number(l.CPU), number(l.Memory), number(l.LoadAvg))
}

func splitAddr(addr string) (host string, port int) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return addr, 0
	}
	port, _ = strconv.Atoi(text) // 0 for a name instead of a number
	return host, port
}

func (d *Dialect) databaseState(ctx context.Context, _ *Request) (any, error) {
	v := d.uc.LookAtDatabase(ctx)
	r := databaseJSON{
		DBType: "MYSQL", State: "NO", Date: Date(d.uc.Now()),
		MaxConnections: v.Stats.MaxConnections, MaxUsedConnections: v.Stats.MaxUsed,
		ThreadsConnections: v.Stats.Connected, ThreadsRunningConnections: v.Stats.RunningThreads,
	}
	if v.Stats.Kind == "sqlite" {
		r.DBType = "H2" // the original's word for a database inside the process
	}
	if v.Up {
		r.State = "YES"
	}
	return []databaseJSON{r}, nil
}

// untold is what the original answers for what a server does not tell.
const untold = -1

// registryState lists the servers of the registry; one that does not answer
// has state 0.
func (d *Dialect) registryState(ctx context.Context, _ *Request) (any, error) {
	v := d.uc.LookAtRegistry(ctx)
	list := make([]registryJSON, 0, len(v.Servers))
	for _, s := range v.Servers {
		r := registryJSON{
			Hostname: cmp.Or(s.Addr, s.Name), Connections: untold, Watches: untold, Sent: untold, Received: untold,
			MinLatency: untold, AvgLatency: untold, MaxLatency: untold, NodeCount: untold, Date: Date(d.uc.Now()),
		}
		if s.Up {
			ms := float64(s.RoundTrip.Microseconds()) / 1000
			r.State, r.Mode, r.NodeCount = 1, zooMode(s.Mode, len(v.Servers)), v.Members
			r.MinLatency, r.AvgLatency, r.MaxLatency = ms, ms, ms
		}
		list = append(list, r)
	}
	return list, nil
}

// zooMode says in the original's words what one of so many servers is.
func zooMode(m coord.ServerMode, servers int) string {
	switch {
	case m == coord.Leader && servers == 1:
		return "standalone"
	case m == coord.Learner:
		return "observer"
	default:
		return string(m)
	}
}
