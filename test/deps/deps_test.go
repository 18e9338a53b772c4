package deps

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// listed is what `go list` tells of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestImports(t *testing.T) {
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages were found", len(packages))
	}
	for _, p := range packages {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		if _, err := layerOf(from); err != nil {
			t.Error(err)
			continue
		}
		for _, to := range p.Imports {
			if why := check(from, to); why != "" {
				t.Errorf("%s imports %s: %s", from, strings.TrimPrefix(to, module+"/"), why)
			}
		}
	}
}

// TestPureCode looks for clocks and goroutines where imports cannot tell.
func TestPureCode(t *testing.T) {
	for _, p := range list(t) {
		where, err := layerOf(strings.TrimPrefix(p.ImportPath, module+"/"))
		if err != nil || where > logic {
			continue
		}
		for _, file := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Error(err)
				continue
			}
			for _, found := range impurities(parsed) {
				t.Errorf("%s/%s: %s", p.ImportPath, file, found)
			}
		}
	}
}

// impurities names what a pure file must not do.
func impurities(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, "a go statement; the caller owns goroutines")
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && x.Name == "time" && clocks[n.Sel.Name] {
				found = append(found, fmt.Sprintf("time.%s; time is an argument", n.Sel.Name))
			}
		}
		return true
	})
	return found
}

var clocks = map[string]bool{
	"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true,
	"AfterFunc": true, "NewTimer": true, "NewTicker": true, "Tick": true,
}

func TestTable(t *testing.T) {
	ours := func(path string) string { return module + "/" + path }
	for _, test := range []struct {
		from, to string
		allowed  bool
	}{
		{"pkg/workflow", ours("pkg/dag"), true},
		{"pkg/dag", ours("pkg/workflow"), false},
		{"pkg/workflow", "context", false},
		{"pkg/workflow", "github.com/google/uuid", false},
		{"pkg/engine", ours("pkg/workflow"), true},
		{"pkg/engine", ours("pkg/param"), true},
		{"pkg/engine", ours("pkg/store"), false},
		{"pkg/engine", "net/http", false},
		{"pkg/engine", "os", false},
		{"pkg/engine", "encoding/json", true},
		{"pkg/engine/cond", "github.com/expr-lang/expr/ast", true},
		{"pkg/param", "github.com/robfig/cron/v3", false},
		{"pkg/schedule", "github.com/robfig/cron/v3", true},
		{"pkg/store", ours("pkg/engine"), true},
		{"pkg/store", "gorm.io/gorm", false},
		{"pkg/store", ours("pkg/store/sqlstore"), false},
		{"pkg/store/storetest", ours("pkg/store"), true},
		{"pkg/coord", "go.etcd.io/etcd/client/v3", false},
		{"pkg/coord/etcd", "go.etcd.io/etcd/client/v3", true},
		{"pkg/coord/etcd/embedded", ours("pkg/coord/etcd"), true},
		{"pkg/coord/etcd", ours("pkg/rpc"), false},
		{"pkg/store/sqlstore", ours("sql"), true},
		{"pkg/store/sqlstore", ours("pkg/secret"), true},
		{"pkg/coord/etcd", ours("sql"), false},
		{"pkg/task/shell", ours("pkg/task"), true},
		{"pkg/task/shell", ours("pkg/task/http"), false},
		{"pkg/task/shell", ours("master"), false},
		{"pkg/rpc", ours("proto/masterpb"), true},
		{"pkg/store", ours("proto/masterpb"), false},
		{"master", ours("pkg/rpc"), true},
		{"master", ours("proto/masterpb"), true},
		{"master", ours("master/internal/runner"), true},
		{"master", ours("pkg/store/sqlstore"), false},
		{"master", ours("worker"), false},
		{"master/internal/runner", "gorm.io/gorm", false},
		{"worker/internal/slots", "go.etcd.io/etcd/client/v3", false},
		{"cmd/porpoise", ours("pkg/store/sqlstore"), true},
		{"cmd/porpoise", ours("test/services"), false},
		{"cmd/porpoise", "modernc.org/sqlite", false},
		{"apiserver", "github.com/spf13/cobra", false},
		{"test/e2e", ours("test/services"), true},
		{"elsewhere", ours("pkg/dag"), false},
	} {
		if why := check(test.from, test.to); (why == "") != test.allowed {
			t.Errorf("%s -> %s: allowed should be %v, the table says %q", test.from, test.to, test.allowed, why)
		}
	}
}

func TestImpurities(t *testing.T) {
	const source = `package p
import "time"
func f() { go f(); _ = time.Now(); _ = time.Second }`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	if found := impurities(file); len(found) != 2 {
		t.Fatalf("found %v", found)
	}
}
