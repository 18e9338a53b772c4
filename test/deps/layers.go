package deps

import (
	"fmt"
	"slices"
	"strings"
)

const module = "github.com/porpoise-scheduler/porpoise"

// layer is how far from the centre a package stands. A package imports its own
// layer's neighbours only where may says so.
type layer int

const (
	values   layer = iota // what things are
	logic                 // what to do about it, without doing it
	ports                 // what we need from outside
	wire                  // generated messages
	adapters              // how one technology gives it
	services              // the roles
	mains                 // wiring
	tests                 // run whole programs
)

func (l layer) String() string {
	return [...]string{"value", "pure logic", "port", "wire", "adapter", "service", "main", "test"}[l]
}

// portTrees are packages of which the root is a port, and of which folders are
// adapters unless they are named in portFolders.
var portTrees = []string{
	"pkg/store", "pkg/coord", "pkg/task", "pkg/dataflow", "pkg/blob", "pkg/notify",
	"pkg/lifecycle", "pkg/secret", "pkg/datasource",
}

// portFolders are fakes and suites: they know no technology.
var portFolders = []string{
	"pkg/store/storetest", "pkg/store/memstore", "pkg/coord/coordtest", "pkg/coord/memcoord",
	"pkg/task/tasktest", "pkg/task/params", "pkg/task/program", "pkg/task/jdbc", "pkg/blob/blobtest", "pkg/netguard",
}

// layerOf places a package of ours, given by its path below the module.
func layerOf(path string) (layer, error) {
	first, _, _ := strings.Cut(path, "/")
	switch {
	case below(path, "pkg/workflow"), below(path, "pkg/dag"):
		return values, nil
	case below(path, "pkg/engine"), below(path, "pkg/schedule"), below(path, "pkg/param"), below(path, "pkg/manifest"):
		return logic, nil
	case slices.Contains(portTrees, path), slices.Contains(portFolders, path):
		return ports, nil
	case first == "proto":
		return wire, nil
	case first == "pkg", first == "sql":
		return adapters, nil
	case first == "master", first == "worker", first == "apiserver":
		return services, nil
	case first == "cmd":
		return mains, nil
	case first == "test", first == "bench":
		return tests, nil
	}
	return 0, fmt.Errorf("%s has no layer: say in test/deps where it belongs", path)
}

// check says why a package must not import another; empty when it may.
func check(from, to string) string {
	own, ok := strings.CutPrefix(to, module+"/")
	if !ok {
		return checkForeign(from, to)
	}
	source, err := layerOf(from)
	if err != nil {
		return err.Error()
	}
	target, err := layerOf(own)
	if err != nil {
		return err.Error()
	}
	if sameTree(from, own) {
		return ""
	}
	return checkLayers(from, own, source, target)
}

func checkLayers(from, to string, source, target layer) string {
	switch {
	case target == tests && source != tests:
		return "what tests use stays out of the program"
	case source == tests, source == mains:
		return ""
	case to == "sql" && from != "pkg/store/sqlstore":
		return "migrations belong to pkg/store/sqlstore"
	case source == values && !(below(from, "pkg/workflow") && to == "pkg/dag"):
		return "the centre imports nothing of ours; take what you need as a parameter"
	case source == services && target == services:
		return "services do not know each other; they talk through proto and the store"
	case source == services && target == adapters && to != "pkg/rpc" && to != "pkg/rpc/nudge":
		return "a service takes the port as a parameter; cmd/porpoise makes the adapter"
	case from == "pkg/blob/open" && below(to, "pkg/blob"):
		return "" // opens whichever a location names
	case from == "pkg/task/kinds" && below(to, "pkg/task"):
		return "" // has them all
	case from == "pkg/datasource" && below(to, from):
		return "" // opens whichever a data source names
	case source == adapters && target == adapters && to != "sql":
		return "an adapter knows its own technology only; cmd/porpoise joins two"
	case target > source:
		return fmt.Sprintf("a %s package stays clear of a %s package", source, target)
	case source < adapters && target == wire:
		return "messages are for the edge; use the words of pkg/workflow"
	}
	return ""
}

// foreign lists what comes from outside and who may import it. Packages not
// listed are free from the ports outwards.
var foreign = []struct {
	prefix string
	may    []string
	why    string
}{
	{"gorm.io/", []string{"pkg/store/sqlstore"}, "SQL of our tables is pkg/store/sqlstore's; use a store"},
	{"github.com/glebarez/", []string{"pkg/store/sqlstore", "pkg/datasource"}, "SQL of our tables is pkg/store/sqlstore's; use a store"},
	{"modernc.org/sqlite", []string{"pkg/datasource"}, "it would register the driver sqlite twice; use github.com/glebarez/sqlite"},
	{"github.com/pressly/goose", []string{"pkg/store/sqlstore"}, "migrations are pkg/store/sqlstore's"},
	{"go.etcd.io/", []string{"pkg/coord/etcd"}, "etcd is pkg/coord/etcd's; use a coord.Coordinator"},
	{"github.com/minio/", []string{"pkg/blob"}, "object storage is pkg/blob's; use a blob store"},
	{"google.golang.org/grpc", []string{"pkg/rpc", "proto", "master", "worker", "apiserver", "cmd"}, "gRPC stays at the edge; use pkg/rpc there"},
	{"github.com/spf13/", []string{"cmd", "scripts"}, "the command line is cmd/porpoise's; take a Config"},
	{"github.com/knadh/koanf", []string{"cmd"}, "configuration is read in cmd/porpoise; take a Config"},
	{"github.com/go-chi/", []string{"apiserver"}, "HTTP routes are the apiserver's"},
}

// pure lists what pure logic and values stay clear of, in the standard library.
var pure = []string{"context", "net", "os", "database/sql", "log", "io/fs", "sync", "syscall", "math/rand"}

// logicLibraries are those the pure packages may use.
var logicLibraries = map[string][]string{
	"pkg/schedule": {"github.com/netresearch/go-cron", "github.com/robfig/cron/v3"},
	"pkg/engine":   {"github.com/expr-lang/expr"},
	"pkg/manifest": {"github.com/goccy/go-yaml"},
}

func checkForeign(from, to string) string {
	where, err := layerOf(from)
	if err != nil {
		return err.Error()
	}
	if where <= logic {
		return checkPure(from, to, where)
	}
	if where == tests {
		return ""
	}
	for _, f := range foreign {
		if strings.HasPrefix(to, f.prefix) && !slices.ContainsFunc(f.may, func(tree string) bool { return below(from, tree) }) {
			return f.why
		}
	}
	return ""
}

func checkPure(from, to string, where layer) string {
	if !strings.Contains(strings.Split(to, "/")[0], ".") {
		for _, refused := range pure {
			if below(to, refused) {
				return fmt.Sprintf("a %s package does nothing by itself; hand back what is to be done", where)
			}
		}
		return ""
	}
	for tree, libraries := range logicLibraries {
		if below(from, tree) && slices.ContainsFunc(libraries, func(l string) bool { return below(to, l) }) {
			return ""
		}
	}
	return fmt.Sprintf("a %s package uses the standard library; adapters are at the edge", where)
}

// sameTree says that one of the packages lies below the other's first named
// folder: pkg/x and pkg/x/y, or two packages of one service.
func sameTree(a, b string) bool { return tree(a) == tree(b) }

func tree(path string) string {
	parts := strings.Split(path, "/")
	if parts[0] == "pkg" {
		switch {
		case len(parts) > 2 && slices.Contains(portTrees, strings.Join(parts[:2], "/")):
			return strings.Join(parts[:3], "/")
		case len(parts) > 1:
			return strings.Join(parts[:2], "/")
		}
	}
	return parts[0]
}

func below(path, tree string) bool { return path == tree || strings.HasPrefix(path, tree+"/") }
