package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// Config is what to run. Args are further flags per role.
type Config struct {
	Binary                 string
	APIs, Masters, Workers int // all 0: standalone
	APIArgs                []string
	MasterArgs             []string
	WorkerArgs             []string
	StandaloneArgs         []string
	DatabaseArgs           []string // of mariadbd
	Env                    []string // of all nodes, name=value

	Keep string // folder in which the cluster's files stay after Close, under another name; else they are temporary
}

// Cluster is a set of running nodes. A standalone node is in all three lists.
type Cluster struct {
	Dir      string // everything below it; removed by Close, unless it is to be kept
	Database *services.MariaDBServer
	Etcd     *services.EtcdServer
	APIs     []*Node
	Masters  []*Node
	Workers  []*Node

	reaper io.Closer
	keep   bool
}

// Start runs what the configuration asks for and waits until all of it is
// ready. Close it, also after an error that came with a cluster.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	dir, err := os.MkdirTemp(cfg.Keep, "porpoise-cluster-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // tenants work below
		return nil, err
	}
	c := &Cluster{Dir: dir, keep: cfg.Keep != ""}
	if c.reaper, err = reap(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	start := c.startCluster
	if cfg.APIs+cfg.Masters+cfg.Workers == 0 {
		start = c.startStandalone
	}
	if err := start(ctx, cfg); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) startStandalone(_ context.Context, cfg Config) error {
	n, err := plan{
		role: "standalone", name: "standalone", binary: cfg.Binary, dir: c.Dir,
		args: cfg.StandaloneArgs, env: cfg.Env, listens: []string{"--listen"},
	}.start()
	if err != nil {
		return err
	}
	c.APIs, c.Masters, c.Workers = []*Node{n}, []*Node{n}, []*Node{n}
	return nil
}

func (c *Cluster) startCluster(ctx context.Context, cfg Config) error {
	var group errgroup.Group
	group.Go(func() (err error) {
		c.Etcd, err = services.StartEtcd(c.Dir)
		return err
	})
	group.Go(func() (err error) {
		c.Database, err = services.StartMariaDB(filepath.Join(c.Dir), cfg.DatabaseArgs...)
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	url, err := c.Database.CreateDatabase(ctx, "porpoise")
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, cfg.Binary, "migrate", "up", "--database", url).CombinedOutput()
	if err != nil {
		return fmt.Errorf("migrate up: %w\n%s", err, out)
	}
	return c.startNodes(cfg, url)
}

func (c *Cluster) startNodes(cfg Config, database string) error {
	shared := []string{"--database", database, "--etcd", c.Etcd.Endpoint, "--secret-file", filepath.Join(c.Dir, "secret.key")}
	roles := []struct {
		role    string
		count   int
		nodes   *[]*Node
		listens []string
		args    []string
	}{
		{"apiserver", cfg.APIs, &c.APIs, []string{"--listen"}, cfg.APIArgs},
		{"master", cfg.Masters, &c.Masters, []string{"--health-listen", "--grpc-listen"}, cfg.MasterArgs},
		{"worker", cfg.Workers, &c.Workers, []string{"--health-listen", "--grpc-listen"}, cfg.WorkerArgs},
	}
	for _, r := range roles {
		for i := range r.count {
			name := fmt.Sprintf("%s-%d", r.role, i+1)
			args := append([]string{"--node-id", name}, shared...)
			n, err := plan{
				role: r.role, name: name, binary: cfg.Binary, dir: c.Dir,
				args: append(args, r.args...), env: cfg.Env, listens: r.listens,
			}.start()
			if err != nil {
				return err
			}
			*r.nodes = append(*r.nodes, n)
		}
	}
	return nil
}

// Nodes lists every process of the binary once.
func (c *Cluster) Nodes() []*Node {
	var all []*Node
	seen := map[*Node]bool{}
	for _, list := range [][]*Node{c.APIs, c.Masters, c.Workers} {
		for _, n := range list {
			if !seen[n] {
				seen[n] = true
				all = append(all, n)
			}
		}
	}
	return all
}

// Client gives a caller of all apiservers.
func (c *Cluster) Client() *client.Client {
	var servers []string
	for _, n := range c.APIs {
		servers = append(servers, n.URL)
	}
	return client.New(servers...)
}

// Close ends everything, first in good order, then by force, and removes the
// folder. An error says what did not end as it should.
func (c *Cluster) Close() error {
	var group errgroup.Group
	for _, n := range c.Nodes() {
		group.Go(func() error {
			_ = n.Resume() // a frozen process does not listen
			return n.Stop()
		})
	}
	errs := []error{group.Wait()}
	for _, p := range Within(c.Dir) {
		if isNode(p) { // supervisors and their attempts outlive workers
			errs = append(errs, KillAll([]Proc{p}))
		}
	}
	if c.Database != nil && c.Database.Process != nil {
		errs = append(errs, c.Database.Stop())
	}
	if c.Etcd != nil && c.Etcd.Process != nil {
		errs = append(errs, c.Etcd.Stop())
	}
	errs = append(errs, KillAll(withoutReaper(Within(c.Dir))))
	removeCgroups(c.Dir)
	if c.keep { // out of the reaper's reach
		errs = append(errs, os.Rename(c.Dir, c.Dir+"-closed"))
	}
	errs = append(errs, c.reaper.Close(), os.RemoveAll(c.Dir))
	return errors.Join(errs...)
}

func isNode(p Proc) bool { return len(p.Args) > 1 && p.Args[1] == "supervisor" }

func withoutReaper(procs []Proc) []Proc {
	var rest []Proc
	for _, p := range procs {
		if len(p.Args) < 4 || p.Args[3] != reaperName {
			rest = append(rest, p)
		}
	}
	return rest
}

// reaperName is how the reaper knows itself.
const reaperName = "porpoise-cluster-reaper"

// reap starts a process that ends what still runs below dir and removes it,
// once the returned pipe is closed: the kernel does that when this program
// dies. Servers die with this program by themselves; supervisors are made to
// outlive their workers and do not.
func reap(dir string) (io.Closer, error) {
	const script = `cat >/dev/null
for i in 1 2 3; do
  for p in /proc/[0-9]*; do
    pid=${p#/proc/}
    [ "$pid" = $$ ] && continue
    case "$(tr '\0' ' ' <"$p/cmdline" 2>/dev/null)$(readlink "$p/cwd" 2>/dev/null)" in *"$1"*) kill -9 "$pid" 2>/dev/null ;; esac
  done
  rm -rf "$1" && exit
  sleep 1
done`
	cmd := exec.Command("/bin/sh", "-c", script, reaperName, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return reaped{pipe, cmd}, nil
}

type reaped struct {
	io.Closer
	cmd *exec.Cmd
}

// Close lets the reaper do its work and waits for it.
func (r reaped) Close() error { return errors.Join(r.Closer.Close(), r.cmd.Wait()) }
