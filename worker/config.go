package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// Config sets a worker up. Zero values have defaults; DataDir and Addr have
// none.
type Config struct {
	ID      string   // stable over restarts; the host's name
	DataDir string   // of this worker alone
	WorkDir string   // of this worker alone; tenants must be able to pass through to it; DataDir/work
	Addr    string   // host:port where Register's server is reached
	Groups  []string // worker groups; "default"
	Slots   int      // attempts at a time; 100
	Version string   // of the program

	LeaseTTL  time.Duration // in the registry; 10 s
	Grace     time.Duration // from TERM to KILL; 5 s
	KillAfter time.Duration // out of reach for so long, re-runnable attempts end; 240 s

	MinFreeBytes uint64 // no new work below it; 256 MiB
	LogLimit     int64  // bytes kept of a log, roughly; 0: all
	// LogRetention is how long logs stay here after their attempts' ends, and
	// until they are shipped if they are; 0: as long as masters keep them.
	LogRetention time.Duration
	KeepWorkDirs bool // for people who look for a mistake

	ResourceCacheSize int64         // bytes of resources kept in DataDir; 10 GiB
	ResourceCacheAge  time.Duration // since their last use, if masters do not remove them earlier; 30 days
	// EnvFile is a shell script that every process of a command kind reads
	// first, as its tenant: what it sets is the process' environment.
	EnvFile string

	MinUID           int      // of tenants; 1000
	AllowTenants     []string // users below MinUID, and root, that may be tenants all the same
	DefaultTenant    string   // user behind the tenant "default" on a worker that is root
	TenantAutoCreate bool     // make users that do not exist

	// Drain waits at the end for all attempts, at most DrainTimeout (0: as long
	// as it takes). Without it processes go on with the supervisor.
	Drain        bool
	DrainTimeout time.Duration
	StopTimeout  time.Duration // for the rest of the end; 10 s

	// Applications that attempts start are asked about so often at first, later
	// less and less; 1 s. A cluster that does not answer for FollowPatience, 10
	// minutes, fails the attempt.
	FollowEvery    time.Duration
	FollowPatience time.Duration

	// SupervisorCommand is what runs supervisor.Main with the arguments after
	// it; this program's "supervisor" subcommand.
	SupervisorCommand []string
	Containment       string // cgroup, namespace or group; the best the host allows
}

func (c Config) withDefaults() (Config, error) {
	if c.DataDir == "" || c.Addr == "" {
		return c, errors.New("worker: data directory and address are required")
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return c, err
	}
	c.DataDir = dir
	c.WorkDir = cmp.Or(c.WorkDir, filepath.Join(dir, "work"))
	if c.ID == "" {
		if c.ID, err = os.Hostname(); err != nil {
			return c, fmt.Errorf("worker: no id and no host name: %w", err)
		}
	}
	if len(c.Groups) == 0 {
		c.Groups = []string{"default"}
	}
	if len(c.SupervisorCommand) == 0 {
		self, err := os.Executable()
		if err != nil {
			return c, fmt.Errorf("worker: finding this program: %w", err)
		}
		c.SupervisorCommand = []string{self, "supervisor"}
	}
	c.Slots = cmp.Or(c.Slots, 100)
	c.LeaseTTL = cmp.Or(c.LeaseTTL, 10*time.Second)
	c.Grace = cmp.Or(c.Grace, 5*time.Second)
	c.KillAfter = cmp.Or(c.KillAfter, 240*time.Second)
	c.MinFreeBytes = cmp.Or(c.MinFreeBytes, 256<<20)
	c.StopTimeout = cmp.Or(c.StopTimeout, 10*time.Second)
	c.FollowEvery = cmp.Or(c.FollowEvery, time.Second)
	c.FollowPatience = cmp.Or(c.FollowPatience, 10*time.Minute)
	if c.EnvFile, err = checkEnvFile(c.EnvFile); err != nil {
		return c, err
	}
	switch contain.Mode(c.Containment) {
	case "", contain.Cgroup, contain.Namespace, contain.Group:
	default:
		return c, fmt.Errorf("worker: unknown containment %q", c.Containment)
	}
	if c.Slots < 0 {
		return c, fmt.Errorf("worker: %d slots", c.Slots)
	}
	return c, nil
}

// checkEnvFile makes the path absolute and makes sure that there is a file.
func checkEnvFile(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("worker: the environment file: %w", err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("worker: the environment file %s is not a file", path)
	}
	return path, nil
}

// LogStore keeps finished logs, under logs.Key of the attempt. A blob.Store
// is one.
type LogStore interface {
	Put(ctx context.Context, key string, r io.Reader, size int64) error
}

// Resources reads the files that tasks name. A blob.Store is one.
type Resources interface {
	Get(ctx context.Context, key string, offset, limit int64) (io.ReadCloser, error)
}

// Deps are what a worker works with.
type Deps struct {
	Coord coord.Coordinator
	Kinds *task.Registry
	// Dial connects to a master. The connection should notice by itself when
	// the other side is silent: the worker counts an open stream as contact.
	Dial      func(ctx context.Context, addr string) (*grpc.ClientConn, error)
	LogStore  LogStore  // nil: logs stay on this host
	Resources Resources // nil: attempts with resources fail
	// Applications asks the YARN cluster that attempts use; nil: ids found in
	// logs are reported, and that is all.
	Applications task.Applications
	Log          *slog.Logger
}

func (d Deps) check() error {
	if d.Coord == nil || d.Kinds == nil || d.Dial == nil {
		return errors.New("worker: Coord, Kinds and Dial are required")
	}
	return nil
}
