// Package embedded runs a single etcd inside this process, for the one-binary
// set-up. It listens nowhere: the coordinator calls it directly, and there are
// no peers.
package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"go.uber.org/zap"

	"github.com/porpoise-scheduler/porpoise/pkg/coord/etcd"
)

// peerURL names the only member. It is never dialled, and being a constant it
// lets the data directory be moved.
const peerURL = "http://localhost:2380"

// Server is a running etcd.
type Server struct {
	etcd *embed.Etcd
	log  *slog.Logger
}

// Start runs etcd with its data in dir and waits until it answers.
func Start(ctx context.Context, dir string, log *slog.Logger) (*Server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	config, err := configure(dir)
	if err != nil {
		return nil, err
	}
	e, err := embed.StartEtcd(config)
	if err != nil {
		return nil, fmt.Errorf("embedded etcd in %s: %w", dir, err)
	}
	s := &Server{etcd: e, log: log}
	select {
	case <-e.Server.ReadyNotify():
		return s, nil
	case err := <-e.Err():
		s.Close()
		return nil, fmt.Errorf("embedded etcd in %s: %w", dir, err)
	case <-ctx.Done():
		s.Close()
		return nil, fmt.Errorf("embedded etcd in %s: %w", dir, ctx.Err())
	}
}

// Coordinator gives a coordinator that calls the server without a socket.
func (s *Server) Coordinator() *etcd.Coordinator {
	return etcd.New(v3client.New(s.etcd.Server), "", s.log)
}

// Err tells when the server fails on its own.
func (s *Server) Err() <-chan error { return s.etcd.Err() }

// Close stops the server. Coordinators must be closed first.
func (s *Server) Close() { s.etcd.Close() }

func configure(dir string) (*embed.Config, error) {
	peer, err := url.Parse(peerURL)
	if err != nil {
		return nil, err
	}
	c := embed.NewConfig()
	c.Name = "porpoise"
	c.Dir = dir
	c.ListenPeerUrls, c.AdvertisePeerUrls = nil, []url.URL{*peer}
	c.ListenClientUrls, c.AdvertiseClientUrls = nil, nil
	c.InitialCluster = c.InitialClusterFromName(c.Name)
	c.AutoCompactionMode, c.AutoCompactionRetention = "revision", "1000"
	c.SnapshotCount, c.MaxWalFiles = 10_000, 2
	c.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	return c, nil
}
