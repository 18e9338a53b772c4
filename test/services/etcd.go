package services

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
)

// EtcdServer is a running single-member etcd.
type EtcdServer struct {
	*Process
	Endpoint string // http://host:port
}

// StartEtcd starts etcd with its data in dir.
func StartEtcd(dir string, settings ...string) (*EtcdServer, error) {
	path, err := find("etcd")
	if err != nil {
		return nil, err
	}
	client, err := FreePort()
	if err != nil {
		return nil, err
	}
	peer, err := FreePort()
	if err != nil {
		return nil, err
	}
	s := &EtcdServer{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", client)}
	peerURL := fmt.Sprintf("http://127.0.0.1:%d", peer)
	s.Process = &Process{command: command{
		path: path,
		args: append([]string{
			"--name=test", "--data-dir=" + filepath.Join(dir, "etcd"),
			"--listen-client-urls=" + s.Endpoint, "--advertise-client-urls=" + s.Endpoint,
			"--listen-peer-urls=" + peerURL, "--initial-advertise-peer-urls=" + peerURL,
			"--initial-cluster=test=" + peerURL, "--logger=zap",
		}, settings...),
		log:   filepath.Join(dir, "etcd.log"),
		ready: s.health,
	}}
	return s, s.Start()
}

func (s *EtcdServer) health(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint+"/health", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd health: %s", response.Status)
	}
	return nil
}
