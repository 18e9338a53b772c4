package services

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// EtcdServer is a running member of an etcd cluster, by itself if not said
// otherwise.
type EtcdServer struct {
	*Process
	Endpoint string // http://host:port
}

// StartEtcd starts etcd with its data in dir.
func StartEtcd(dir string, settings ...string) (*EtcdServer, error) {
	peer, err := peerURL()
	if err != nil {
		return nil, err
	}
	s, err := newEtcd(dir, "test", peer, "test="+peer, settings...)
	if err != nil {
		return nil, err
	}
	return s, s.Start()
}

// StartEtcdCluster starts the named members of one cluster, each with its data
// in a folder of its name below dir. After an error none runs.
func StartEtcdCluster(dir string, names ...string) ([]*EtcdServer, error) {
	peers, cluster := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		var err error
		if peers[i], err = peerURL(); err != nil {
			return nil, err
		}
		cluster[i] = name + "=" + peers[i]
	}
	servers := make([]*EtcdServer, len(names))
	for i, name := range names {
		home := filepath.Join(dir, name)
		if err := os.MkdirAll(home, 0o700); err != nil {
			return nil, err
		}
		var err error
		if servers[i], err = newEtcd(home, name, peers[i], strings.Join(cluster, ",")); err != nil {
			return nil, err
		}
	}
	return servers, startAll(servers)
}

// startAll starts members together: none is ready before most of them are.
func startAll(servers []*EtcdServer) error {
	errs := make([]error, len(servers))
	var started sync.WaitGroup
	for i, s := range servers {
		started.Go(func() { errs[i] = s.Start() })
	}
	started.Wait()
	err := errors.Join(errs...)
	if err != nil {
		for _, s := range servers {
			err = errors.Join(err, s.Kill())
		}
	}
	return err
}

func peerURL() (string, error) {
	port, err := FreePort()
	return fmt.Sprintf("http://127.0.0.1:%d", port), err
}

// newEtcd describes a member of a cluster.
func newEtcd(dir, name, peer, cluster string, settings ...string) (*EtcdServer, error) {
	path, err := find("etcd")
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	s := &EtcdServer{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", port)}
	s.Process = &Process{command: command{
		path: path,
		args: append([]string{
			"--name=" + name, "--data-dir=" + filepath.Join(dir, "etcd"),
			"--listen-client-urls=" + s.Endpoint, "--advertise-client-urls=" + s.Endpoint,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=" + cluster, "--logger=zap",
		}, settings...),
		log:   filepath.Join(dir, "etcd.log"),
		ready: s.health,
	}}
	return s, nil
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
