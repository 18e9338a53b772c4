package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/test/services"
)

// AdminPassword is what every cluster gives its first user.
const AdminPassword = "an admin of tests"

// Node is a process of the binary.
type Node struct {
	*services.Process
	Role string
	Name string
	URL  string // of /readyz, and of the API when the role serves it
	Dir  string // its data
	Log  string // its output
}

// plan is a node that is not started yet.
type plan struct {
	role, name string
	binary     string
	dir        string // of the cluster
	args       []string
	env        []string
	// listens are the flags that want a port; the first serves /readyz.
	listens []string
}

// start runs the node on free ports. A port that was taken meanwhile costs
// another try.
func (p plan) start() (*Node, error) {
	var err error
	for range 3 {
		var n *Node
		if n, err = p.try(); err == nil {
			return n, nil
		}
		if !strings.Contains(err.Error(), "address already in use") {
			break
		}
	}
	return nil, fmt.Errorf("starting %s: %w", p.name, err)
}

func (p plan) try() (*Node, error) {
	n := &Node{Role: p.role, Name: p.name, Dir: filepath.Join(p.dir, p.name), Log: filepath.Join(p.dir, p.name+".log")}
	if err := os.MkdirAll(n.Dir, 0o755); err != nil {
		return nil, err
	}
	args := append([]string{p.role, "--data-dir", n.Dir}, p.args...)
	for _, flag := range p.listens {
		port, err := services.FreePort()
		if err != nil {
			return nil, err
		}
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		args = append(args, flag, addr)
		if n.URL == "" {
			n.URL = "http://" + addr
		}
	}
	n.Process = services.NewProcess(p.binary, args, append(environment(), p.env...), n.Log, n.ready)
	return n, n.Start()
}

// environment keeps what the tests' own environment says away from tasks.
func environment() []string {
	return []string{
		"PORPOISE_ADMIN_PASSWORD=" + AdminPassword,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}
}

func (n *Node) ready(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return fmt.Errorf("readyz: %s: %s", res.Status, why)
	}
	return nil
}

// Metric reads a value of /metrics by its exact name (and labels), summed when
// it is there several times; 0 when it is not.
func (n *Node) Metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	return sumMetric(string(body), name), nil
}

func sumMetric(exposition, name string) float64 {
	sum := 0.0
	for line := range strings.Lines(exposition) {
		sample, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		family, _, _ := strings.Cut(sample, "{")
		if !ok || sample != name && family != name {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(value, &v); err == nil {
			sum += v
		}
	}
	return sum
}

// Output is what the node has written so far.
func (n *Node) Output() string {
	data, err := os.ReadFile(n.Log)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// Supervisor gives the pid of the worker's supervisor, 0 when there is none.
func (n *Node) Supervisor() int {
	for _, p := range Marked(n.Dir) {
		if len(p.Args) > 1 && p.Args[1] == "supervisor" {
			return p.Pid
		}
	}
	return 0
}
