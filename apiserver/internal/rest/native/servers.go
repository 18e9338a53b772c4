package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Servers is what runs.
type Servers struct {
	Masters    []MasterServer `json:"masters" nullable:"false"`
	Workers    []WorkerServer `json:"workers" nullable:"false"`
	APIServers []Server       `json:"apiservers" nullable:"false"`
	Database   DatabaseServer `json:"database"`
	Etcd       EtcdServer     `json:"etcd"`
}

// Server is a living process.
type Server struct {
	ID      string     `json:"id"`
	Addr    string     `json:"addr"`
	Version string     `json:"version" doc:"of the program; empty: it does not say"`
	Started *time.Time `json:"started"`
	Seen    *time.Time `json:"seen" doc:"when it last told its load"`
	CPU     float64    `json:"cpu" doc:"used share, 0 to 1"`
	Memory  float64    `json:"memory" doc:"used share, 0 to 1"`
	Load    float64    `json:"load" doc:"average of a minute"`
}

// MasterServer is a master with what it owns.
type MasterServer struct {
	Server
	Shards []int `json:"shards" nullable:"false"`
}

// WorkerServer is a worker with its room.
type WorkerServer struct {
	Server
	Groups    []string `json:"groups" nullable:"false"`
	Slots     int      `json:"slots"`
	Running   int      `json:"running"`
	FreeBytes uint64   `json:"freeBytes" doc:"of its disk"`
}

// DatabaseServer is the database.
type DatabaseServer struct {
	Up          bool    `json:"up"`
	Kind        string  `json:"kind"`
	Schema      int64   `json:"schema" doc:"version of the tables"`
	Connections int64   `json:"connections"`
	Most        int64   `json:"maxConnections"`
	RoundTripMS float64 `json:"roundTripMs"`
	SizeBytes   int64   `json:"sizeBytes"`
}

// EtcdServer is the registry.
type EtcdServer struct {
	Healthy     bool    `json:"healthy"`
	Members     int     `json:"members" doc:"servers registered there"`
	RoundTripMS float64 `json:"roundTripMs"`
	// Servers are its own.
	Servers []RegistryServer `json:"servers" nullable:"false" doc:"the servers of the registry itself"`
}

// RegistryServer is one server of the registry.
type RegistryServer struct {
	Name        string           `json:"name"`
	Addr        string           `json:"addr" doc:"empty: inside an API server"`
	Up          bool             `json:"up" doc:"whether it answers"`
	Mode        coord.ServerMode `json:"mode" enum:"leader,follower,learner," doc:"empty: it does not answer, or has no leader"`
	Version     string           `json:"version"`
	SizeBytes   int64            `json:"sizeBytes"`
	RoundTripMS float64          `json:"roundTripMs"`
	Problem     string           `json:"problem,omitempty" doc:"why it does not answer, or what it complains of"`
}

func (a *API) declareServers() {
	const tag = "Servers"
	add(a, op{ID: "servers", Method: http.MethodGet, Path: "/servers", Tag: tag, Access: SignedIn, Summary: "What runs"}, a.servers)
	add(a, op{ID: "watchServers", Method: http.MethodGet, Path: "/servers/events", Tag: tag, Access: SignedIn, Streaming: true, Produces: eventStream,
		Summary: "Events of what runs: first what it is now, then every change"}, a.watchServers)
	add(a, op{ID: "shards", Method: http.MethodGet, Path: "/servers/shards", Tag: tag, Access: AdminOnly, Summary: "Who owns which shard"}, a.shards)
	add(a, op{ID: "openCommands", Method: http.MethodGet, Path: "/servers/commands", Tag: tag, Access: AdminOnly,
		Summary: "Commands that no master obeyed yet, or could not"}, a.openCommands)
}

func (a *API) servers(ctx context.Context, _ *struct{}) (*body[Servers], error) {
	return answer(servers(a.uc.Servers(ctx))), nil
}

// watchServers tells `servers`, whole, now and whenever something changes.
func (a *API) watchServers(_ context.Context, in *struct{ Resumable }) (*streamed, error) {
	return a.stream(func(ctx context.Context, e *events) error {
		w := a.uc.WatchServers()
		defer w.Close()
		for seen := in.LastEventID; ; {
			now, err := w.Next(ctx, seen)
			if err != nil {
				return nil // the client has left, or the server stops
			}
			if e.send("servers", now.Revision(), servers(now)) != nil {
				return nil
			}
			seen = now.Revision()
		}
	}), nil
}

// ShardOwner is a share of all work with its owner.
type ShardOwner struct {
	ID    int    `json:"id"`
	Owner string `json:"owner" doc:"id of the master; empty: nobody"`
	Epoch int64  `json:"epoch" doc:"how often the owner changed"`
}

func (a *API) shards(ctx context.Context, _ *struct{}) (*body[Feed[ShardOwner]], error) {
	rows, err := a.uc.ShardOwners(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	out := Feed[ShardOwner]{Items: make([]ShardOwner, len(rows))}
	for i, s := range rows {
		out.Items[i] = ShardOwner{ID: s.ID, Owner: s.Owner, Epoch: s.Epoch}
	}
	return answer(out), nil
}

// OpenCommands are requests that are not obeyed.
type OpenCommands struct {
	Waiting []OpenCommand `json:"waiting" nullable:"false" doc:"oldest first"`
	Failed  []OpenCommand `json:"failed" nullable:"false" doc:"given up, newest first"`
}

// OpenCommand is a request that is not obeyed.
type OpenCommand struct {
	ID         int64                `json:"id"`
	Type       workflow.CommandType `json:"type"`
	Shard      int                  `json:"shard"`
	Project    *int64               `json:"project"`
	WorkflowID *int64               `json:"workflowId"`
	InstanceID *int64               `json:"instanceId"`
	BackfillID *int64               `json:"backfillId"`
	ScheduleID *int64               `json:"scheduleId"`
	UserID     *int64               `json:"userId"`
	Created    *time.Time           `json:"created"`
	Attempts   int                  `json:"attempts" doc:"how often obeying it failed"`
	Error      string               `json:"error,omitempty" doc:"of the last failure"`
}

func (a *API) openCommands(ctx context.Context, in *struct {
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"of each kind"`
}) (*body[OpenCommands], error) {
	waiting, failed, err := a.uc.OpenCommands(ctx, callerOf(ctx), in.Limit)
	if err != nil {
		return nil, err
	}
	return answer(OpenCommands{Waiting: openCommands(waiting), Failed: openCommands(failed)}), nil
}

func openCommands(list []workflow.Command) []OpenCommand {
	out := make([]OpenCommand, len(list))
	for i := range list {
		c := &list[i]
		out[i] = OpenCommand{ID: c.ID, Type: c.Type, Shard: c.Shard, Project: known(c.ProjectID), WorkflowID: known(c.DefinitionID),
			InstanceID: known(c.InstanceID), BackfillID: known(c.BackfillID), ScheduleID: known(c.ScheduleID), UserID: known(c.UserID),
			Created: moment(c.CreateTime), Attempts: c.Attempts, Error: c.LastError}
	}
	return out
}

func servers(v usecase.Servers) Servers {
	out := Servers{
		Masters: []MasterServer{}, Workers: []WorkerServer{}, APIServers: []Server{},
		Database: DatabaseServer{Up: v.Database.Up, Kind: v.Database.Stats.Kind, Schema: v.Database.Stats.SchemaVersion,
			Connections: v.Database.Stats.Connected, Most: v.Database.Stats.MaxConnections,
			RoundTripMS: v.Database.Stats.RoundTripSeconds * 1000, SizeBytes: v.Database.Stats.SizeBytes},
		Etcd: etcdServer(v.Registry),
	}
	for _, m := range v.Masters {
		out.Masters = append(out.Masters, MasterServer{Server: server(m.Member), Shards: listOf(m.Shards)})
	}
	for _, m := range v.Workers {
		out.Workers = append(out.Workers, WorkerServer{Server: server(m), Groups: listOf(m.Groups), Slots: m.Slots,
			Running: m.Load.Running, FreeBytes: m.Load.FreeBytes})
	}
	for _, m := range v.APIServers {
		out.APIServers = append(out.APIServers, server(m))
	}
	return out
}

func etcdServer(v usecase.RegistryView) EtcdServer {
	out := EtcdServer{Healthy: v.Healthy, Members: v.Members, RoundTripMS: milliseconds(v.RoundTrip), Servers: make([]RegistryServer, len(v.Servers))}
	for i, s := range v.Servers {
		out.Servers[i] = RegistryServer{Name: s.Name, Addr: s.Addr, Up: s.Up, Mode: s.Mode, Version: s.Version,
			SizeBytes: s.SizeBytes, RoundTripMS: milliseconds(s.RoundTrip), Problem: s.Problem}
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func server(m coord.Member) Server {
	return Server{ID: m.ID, Addr: m.Addr, Version: m.Version, Started: moment(m.StartTime), Seen: moment(m.Load.Time), CPU: m.Load.CPU, Memory: m.Load.Memory, Load: m.Load.LoadAvg}
}
