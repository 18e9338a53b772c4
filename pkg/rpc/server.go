package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
)

// minPing is how often a client may ask whether we are alive.
const minPing = pingEvery / 2

// Listen binds host:port or unix:path. Port 0 picks a free one.
func (s *Security) Listen(addr string) (net.Listener, error) {
	if err := s.permit(addr); err != nil {
		return nil, err
	}
	network := "tcp"
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", path
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return l, nil
}

// Server is a gRPC server with the health service. Register services on it,
// then Serve.
type Server struct {
	*grpc.Server
	health *health.Server
}

// NewServer makes a server.
func (s *Security) NewServer(log *slog.Logger, options ...grpc.ServerOption) *Server {
	server := &Server{
		Server: grpc.NewServer(append(s.serverOptions(log), options...)...),
		health: health.NewServer(),
	}
	healthpb.RegisterHealthServer(server, server.health)
	return server
}

func (s *Security) serverOptions(log *slog.Logger) []grpc.ServerOption {
	i := interceptor{log}
	return []grpc.ServerOption{
		grpc.Creds(s.credentials()),
		grpc.MaxRecvMsgSize(MaxMessage),
		grpc.MaxSendMsgSize(MaxMessage),
		grpc.StaticStreamWindowSize(streamWindow), grpc.StaticConnWindowSize(connWindow),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingEvery, Timeout: pingTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
		grpc.ChainUnaryInterceptor(i.unary),
		grpc.ChainStreamInterceptor(i.stream),
	}
}

// Serve answers calls on l until ctx ends, then stops: new calls are refused
// at once, present ones have until grace has passed. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving gRPC on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.stop(grace)
	<-failed
	return nil
}

func (s *Server) stop(grace time.Duration) {
	s.health.Shutdown()
	force := time.AfterFunc(grace, s.Server.Stop)
	defer force.Stop()
	s.Server.GracefulStop()
}
