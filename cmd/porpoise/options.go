package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
)

// The groups of flags below are shared by roles; each adds itself to a
// command's flags.

// logOptions say how to log.
type logOptions struct{ level, format string }

func (o *logOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.level, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&o.format, "log-format", "text", "text or json")
}

func (o *logOptions) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.level)); err != nil {
		return nil, fmt.Errorf("setting log-level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	switch o.format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("setting log-format: %q is neither text nor json", o.format)
}

// dataOptions say where a process keeps what it must find again.
type dataOptions struct{ dir, secretFile string }

func (o *dataOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.dir, "data-dir", "data", "folder for everything this process keeps")
	f.StringVar(&o.secretFile, "secret-file", "", "key that stored secrets are sealed with; the same on all servers of a cluster (default DATA-DIR/secret.key)")
}

// locate makes the folder's path and those below it absolute.
func (o *dataOptions) locate() error {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	o.dir = dir
	if o.secretFile == "" {
		o.secretFile = filepath.Join(dir, "secret.key")
	}
	return nil
}

// prepare locates the folder and makes it.
func (o *dataOptions) prepare() error {
	if err := o.locate(); err != nil {
		return err
	}
	// Others may enter: tenants reach their work folders below.
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	return nil
}

// clusterOptions say where the outside services are.
type clusterOptions struct {
	database string
	etcd     []string
	etcdUser string
	leaseTTL time.Duration
}

func (o *clusterOptions) add(f *pflag.FlagSet) {
	addDatabase(f, &o.database, "")
	o.addEtcd(f)
}

func (o *clusterOptions) addEtcd(f *pflag.FlagSet) {
	f.StringSliceVar(&o.etcd, "etcd", nil, "etcd endpoints, such as http://host:2379")
	f.StringVar(&o.etcdUser, "etcd-user", "", "user:password for etcd")
	o.addTTL(f)
}

func (o *clusterOptions) addTTL(f *pflag.FlagSet) {
	f.DurationVar(&o.leaseTTL, "lease-ttl", 10*time.Second, "how long a silent process counts as alive; at least 2s")
}

func addDatabase(f *pflag.FlagSet, database *string, byDefault string) {
	f.StringVar(database, "database", byDefault, "mysql://user:password@host:port/name or sqlite:///path")
}

func (o *clusterOptions) check() error {
	if o.database == "" {
		return errors.New("no database is given: use --database or PORPOISE_DATABASE")
	}
	return o.checkEtcd()
}

func (o *clusterOptions) checkEtcd() error {
	if err := o.checkTTL(); err != nil {
		return err
	}
	if len(o.etcd) == 0 {
		return errors.New("no etcd is given: use --etcd or PORPOISE_ETCD (porpoise standalone needs none)")
	}
	return nil
}

func (o *clusterOptions) checkTTL() error {
	if o.leaseTTL < 2*time.Second {
		return errors.New("setting lease-ttl: shorter than 2s would take an ordinary pause for death")
	}
	return nil
}

// addUnused accepts a setting that other roles need.
func addUnused(f *pflag.FlagSet, name, usage string) {
	f.String(name, "", usage)
}

// rpcOptions say how roles reach each other.
type rpcOptions struct {
	files    rpc.TLSFiles
	insecure bool
}

func (o *rpcOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.files.Cert, "tls-cert", "", "certificate shown to other roles, PEM")
	f.StringVar(&o.files.Key, "tls-key", "", "its key")
	f.StringVar(&o.files.CA, "tls-ca", "", "CA that signs the certificates of all roles")
	f.BoolVar(&o.insecure, "insecure-rpc", false, "let roles talk without TLS beyond this machine; only on a network you trust")
}

func (o *rpcOptions) security() (*rpc.Security, error) { return rpc.NewSecurity(o.files, o.insecure) }

const nodeIDUsage = "name of this process, the same after a restart (default the address others reach it at)"

// nodeOptions say who this process is.
type nodeOptions struct{ id, listen, advertise string }

func (o *nodeOptions) add(f *pflag.FlagSet, listen string) {
	f.StringVar(&o.id, "node-id", "", nodeIDUsage)
	f.StringVar(&o.listen, "grpc-listen", listen, "address for other roles")
	f.StringVar(&o.advertise, "grpc-advertise", "", "address that other roles reach it at (default the bound one)")
}

// address gives what others dial, once the port is known: a wildcard is
// replaced by the host's name.
func (o *nodeOptions) address(bound net.Addr) (string, error) {
	if o.advertise != "" {
		return o.advertise, nil
	}
	tcp, ok := bound.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return bound.String(), nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("finding this host's name: %w", err)
	}
	return net.JoinHostPort(host, strconv.Itoa(tcp.Port)), nil
}

// workerOptions say what a worker runs, and as whom.
type workerOptions struct {
	groups           []string
	slots            int
	allowTenants     []string
	defaultTenant    string
	tenantAutoCreate bool
	minUID           int
	httpAllowPrivate bool
	httpLoopback     bool
	killAfter        time.Duration
	killGrace        time.Duration
	drain            time.Duration
	logLimit         int64
	logRetention     time.Duration
	workDir          string
	keepWorkDirs     bool
	containment      string
	logStore         string
	resourceStore    string

	resourceCacheSize int64
	resourceCacheAge  time.Duration
	envFile           string
	yarn              []string
	python            string
}

func (o *workerOptions) add(f *pflag.FlagSet, allowLoopback bool) {
	f.StringSliceVar(&o.groups, "worker-groups", []string{"default"}, "groups this worker belongs to")
	f.IntVar(&o.slots, "slots", defaultSlots, "attempts it runs at once")
	f.StringSliceVar(&o.allowTenants, "allow-tenants", nil, "tenants allowed although their uid is below --min-uid, root among them")
	f.StringVar(&o.defaultTenant, "default-tenant", "nobody", "OS user behind the tenant named default, on a worker that is root; empty for none")
	f.BoolVar(&o.tenantAutoCreate, "tenant-auto-create", false, "make the OS user of a tenant that has none (as root)")
	f.IntVar(&o.minUID, "min-uid", 1000, "lowest uid that attempts run as")
	f.BoolVar(&o.httpAllowPrivate, "http-allow-private", false, "let HTTP tasks call addresses of private networks")
	f.BoolVar(&o.httpLoopback, "http-allow-loopback", allowLoopback, "let HTTP tasks call this machine")
	f.DurationVar(&o.killAfter, "kill-after", 0, "end re-runnable attempts when no master and no etcd was reached for so long (default 80% of --lost-after)")
	f.DurationVar(&o.killGrace, "kill-grace", 5*time.Second, "from the polite signal to the last one")
	f.DurationVar(&o.drain, "drain", 0, "wait so long for attempts when told to stop (default: leave them to the supervisor)")
	f.Int64Var(&o.logLimit, "log-limit", 0, "bytes kept of a log, its middle is dropped; 0 keeps all")
	f.DurationVar(&o.logRetention, "log-retention", 0, "how long logs stay on this worker after their attempts' ends, and in any case until they are shipped to the log store if there is one; 0 keeps them as long as masters do")
	f.StringVar(&o.workDir, "work-dir", "", "where attempts work; every tenant must be able to pass through (default DATA-DIR/work, or a folder below "+sharedWork+" when that is shut off)")
	f.BoolVar(&o.keepWorkDirs, "keep-work-dirs", false, "keep work folders, to look for a mistake")
	f.StringVar(&o.containment, "containment", "", "cgroup, namespace or group (default the best this host allows)")
	f.Int64Var(&o.resourceCacheSize, "resource-cache-size", 10<<30, "bytes of resources kept in the data folder, the least recently used go first")
	f.DurationVar(&o.resourceCacheAge, "resource-cache-age", 30*24*time.Hour, "how long a resource that nobody uses is kept there, unless masters remove it earlier")
	f.StringVar(&o.envFile, "env-file", "", "shell script that every process of a task reads first, as its tenant, such as exports of PATH, JAVA_HOME, SPARK_HOME or PYTHON_HOME (default none)")
	f.StringVar(&o.python, "python", "python3", "interpreter of PYTHON tasks, a path or a name, where the environment sets neither PYTHON_LAUNCHER nor PYTHON_HOME")
	f.StringSliceVar(&o.yarn, "yarn-resource-managers", nil, "addresses of YARN's ResourceManagers, such as http://rm1:8088,http://rm2:8088: applications that tasks start there are followed, and killed with them (default none: their ids are shown, and that is all)")
	addLogStore(f, &o.logStore)
}

func addResourceStore(f *pflag.FlagSet, store *string, byDefault string) {
	f.StringVar(store, "resource-store", "", "where the contents of resources are, the same for API servers and workers: a folder, or s3://bucket/prefix?endpoint=host:port with PORPOISE_S3_ACCESS_KEY and PORPOISE_S3_SECRET_KEY (default "+byDefault+")")
}

func addLogStore(f *pflag.FlagSet, store *string) {
	f.StringVar(store, "log-store", "", "where finished logs are shipped to: a folder, or s3://bucket/prefix?endpoint=host:port with PORPOISE_S3_ACCESS_KEY and PORPOISE_S3_SECRET_KEY (default nowhere)")
}

// defaultSlots suits light tasks on a small machine.
const defaultSlots = 64

const (
	defaultLostAfter = 5 * time.Minute
	lostAfterUsage   = "when attempts of a worker that is gone are given up; the same on masters and workers"
)

// masterOptions say how a master decides.
type masterOptions struct {
	lostAfter  time.Duration
	maxCatchup int
}

// settle gives killAfter its default and checks it: a worker gives up before
// masters do, otherwise an attempt could run twice at once.
func (o *workerOptions) settle(lostAfter time.Duration) error {
	if o.killAfter == 0 {
		o.killAfter = lostAfter * 4 / 5
	}
	if o.killAfter >= lostAfter {
		return fmt.Errorf("setting kill-after: %v must be shorter than lost-after, %v", o.killAfter, lostAfter)
	}
	return nil
}

func (o *masterOptions) add(f *pflag.FlagSet) {
	f.DurationVar(&o.lostAfter, "lost-after", defaultLostAfter, lostAfterUsage)
	f.IntVar(&o.maxCatchup, "max-catchup", 100, "missed fire times of a schedule fired at most")
}

// apiOptions say how the API answers.
type apiOptions struct {
	listen            string
	adminPassword     string
	compatCredentials bool
	dolphinVersion    string
	zone              string
	nodeID            string
	maxUpload         int
	textResources     []string
	signIn            signInOptions
}

func (o *apiOptions) add(f *pflag.FlagSet, listen string) {
	f.StringVar(&o.listen, "listen", listen, "address of the HTTP API, of /healthz, /readyz and /metrics")
	f.StringVar(&o.adminPassword, "admin-password", "", "password of the first user, admin (default a random one, kept in DATA-DIR/admin-password); better given by PORPOISE_ADMIN_PASSWORD")
	f.BoolVar(&o.compatCredentials, "compat-credentials", false, "give admin the password dolphinscheduler123; refused unless --listen is on loopback")
	f.StringVar(&o.dolphinVersion, "dolphin-version", dolphinVersions[0], "version of the DolphinScheduler API served below /dolphinscheduler")
	f.StringVar(&o.zone, "time-zone", "Asia/Shanghai", "zone of dates in requests that name none")
	f.IntVar(&o.maxUpload, "max-upload", 1<<30, "bytes of the largest file that may be uploaded")
	f.StringSliceVar(&o.textResources, "text-resources", apiserver.DefaultViewSuffixes(), "ends of names of resources that may be shown and edited as text")
	o.signIn.add(f)
}

// dolphinVersions are the versions --dolphin-version may name.
var dolphinVersions = [...]string{"1.3.9"}

func (o *apiOptions) check() error {
	if _, err := time.LoadLocation(o.zone); err != nil {
		return fmt.Errorf("setting time-zone: %w", err)
	}
	if !slices.Contains(dolphinVersions[:], o.dolphinVersion) {
		return fmt.Errorf("setting dolphin-version: %q is not one of %v", o.dolphinVersion, dolphinVersions)
	}
	if o.maxUpload < 1 {
		return fmt.Errorf("setting max-upload: %d bytes", o.maxUpload)
	}
	if o.compatCredentials && !onLoopback(o.listen) {
		return fmt.Errorf("--compat-credentials gives admin a password everybody knows: refused unless --listen is on loopback, and %s is not", o.listen)
	}
	if o.compatCredentials && o.adminPassword != "" {
		return errors.New("--compat-credentials and --admin-password exclude each other")
	}
	return nil
}

func onLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
