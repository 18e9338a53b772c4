// Package rpcserver is what a master serves over gRPC.
package rpcserver

import (
	"context"
	"encoding/json"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/master/internal/dispatch"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Shards is the part of the claim manager that callers reach.
type Shards interface {
	Nudge(shards []int) (notMine []int)
	Carry(shard int, epoch int64, list []workflow.Command) (mine bool)
	Owned() []int
	Runs() int
	Ready() bool
}

// Server answers API servers and workers.
type Server struct {
	masterpb.UnimplementedMasterServer
	workerpb.UnimplementedDispatchServer

	id, incarnation string
	shards          Shards
	hub             *dispatch.Hub
	stop            <-chan struct{}
}

// New makes a server; worker streams end when stop closes.
func New(id, incarnation string, shards Shards, hub *dispatch.Hub, stop <-chan struct{}) *Server {
	return &Server{id: id, incarnation: incarnation, shards: shards, hub: hub, stop: stop}
}

// Register adds the services to a gRPC server.
func (s *Server) Register(r grpc.ServiceRegistrar) {
	masterpb.RegisterMasterServer(r, s)
	workerpb.RegisterDispatchServer(r, s)
}

// Nudge wakes shards.
func (s *Server) Nudge(_ context.Context, req *masterpb.NudgeRequest) (*masterpb.NudgeResponse, error) {
	shards := make([]int, len(req.Shards))
	for i, shard := range req.Shards {
		shards[i] = int(shard)
	}
	resp := &masterpb.NudgeResponse{}
	for _, shard := range s.shards.Nudge(shards) {
		resp.NotMine = append(resp.NotMine, int32(shard))
	}
	for list := req.Carried; len(list) > 0; {
		n := 1
		for n < len(list) && list[n].Shard == list[0].Shard && list[n].Epoch == list[0].Epoch {
			n++
		}
		mine, err := s.carry(list[:n])
		if err != nil {
			return nil, err
		}
		if !mine {
			resp.NotMine = append(resp.NotMine, list[0].Shard)
		}
		list = list[n:]
	}
	return resp, nil
}

// carry hands commands of one shard to its loop; false when it is not ours.
func (s *Server) carry(list []*masterpb.Carried) (mine bool, err error) {
	commands := make([]workflow.Command, len(list))
	for i, c := range list {
		if err := json.Unmarshal(c.Command, &commands[i]); err != nil {
			return false, workflow.Errorf(workflow.Invalid, "command.encoding", "a carried command of shard %d: %v", c.Shard, err)
		}
	}
	return s.shards.Carry(int(list[0].Shard), list[0].Epoch, commands), nil
}

// Status describes this master.
func (s *Server) Status(context.Context, *masterpb.StatusRequest) (*masterpb.StatusResponse, error) {
	workers, waiting := s.hub.Workers()
	resp := &masterpb.StatusResponse{
		Id: s.id, Runs: int64(s.shards.Runs()), WaitingAttempts: int64(waiting), Ready: s.shards.Ready(),
	}
	for _, shard := range s.shards.Owned() {
		resp.Shards = append(resp.Shards, int32(shard))
	}
	for _, w := range workers {
		resp.Workers = append(resp.Workers, &masterpb.WorkerView{
			Id: w.ID, Addr: w.Addr, Groups: w.Groups, Slots: int32(w.Slots), Credit: int32(w.Credit), Running: int32(w.Running),
		})
	}
	return resp, nil
}

// Connect serves one worker's stream.
func (s *Server) Connect(stream grpc.BidiStreamingServer[workerpb.FromWorker, workerpb.ToWorker]) error {
	welcome := &workerpb.Welcome{MasterId: s.id, Incarnation: s.incarnation}
	return s.hub.Serve(stream, welcome, s.stop)
}
