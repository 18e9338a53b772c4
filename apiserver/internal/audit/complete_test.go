package audit

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reading begins the names of methods that change nothing.
var reading = regexp.MustCompile(`^(Get|By|List|All$|Of|Role$|Find|Folders|Row|Version|Versions|Uses|UsedBy|Granted|Grantee|Identities|Running|Holders|Waiting|Fires|Recent|ChildOf|Count|Pending|Failed|Below|Keys|Users$|Expired|ProjectsOf|Summaries|Notes?$|Last|Dates|Page|Search|State|Since|Of[A-Z]|Stats|Slots|Latest|History|Children|Duration|Current|Named|Names|Roles|Beside)`)

// unheard are writes that nobody asked for, with the reason why they leave no
// entry, and stores that API servers do not write to.
var unheard = map[string]string{
	"Reseal":        "a key is rotated; what is sealed stays what it is",
	"Purge":         "old things go by themselves",
	"Idempotency":   "bookkeeping of requests",
	"Database":      "about the database itself",
	"Scheduling":    "masters write what became of commands",
	"Deliveries":    "masters write what became of alerts",
	"Audit":         "the entries themselves",
	"Instances":     "only reads",
	"TaskInstances": "only reads",
	"Analysis":      "only reads",
	"Runs":          "only reads",
	"Backfills":     "only reads",
}

// TestEveryWriteIsRecorded reads the stores' interfaces: each method that
// changes something has one here that records it.
func TestEveryWriteIsRecorded(t *testing.T) {
	recorded := methodsHere(t)
	seen := 0
	nouns := interfaces(t, "../../../pkg/store")
	nouns["Definitions"] = append(nouns["Definitions"], nouns["DefinitionChanges"]...)
	delete(nouns, "DefinitionChanges")
	for noun, methods := range nouns {
		if _, ok := unheard[noun]; ok {
			continue
		}
		for _, m := range methods {
			if _, ok := unheard[m]; ok || reading.MatchString(m) {
				continue
			}
			seen++
			if here := strings.ToLower(noun[:1]) + noun[1:]; !slices.Contains(recorded[strings.Replace(here, "uDFs", "udfs", 1)], m) {
				t.Errorf("%s.%s changes something and leaves no entry", noun, m)
			}
		}
	}
	if seen < 50 {
		t.Errorf("found only %d writes", seen)
	}
}

func parse(t *testing.T, dir string) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// interfaces gives the methods of a package's interfaces.
func interfaces(t *testing.T, dir string) map[string][]string {
	out := map[string][]string{}
	for _, f := range parse(t, dir) {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if i, ok := spec.Type.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					for _, name := range m.Names {
						out[spec.Name.Name] = append(out[spec.Name.Name], name.Name)
					}
				}
			}
			return false
		})
	}
	return out
}

// methodsHere gives this package's methods, by receiver, with those of the ways
// of recording that a store embeds.
func methodsHere(t *testing.T) map[string][]string {
	out, ways := map[string][]string{}, map[string][]string{}
	for _, f := range parse(t, ".") {
		ast.Inspect(f, func(n ast.Node) bool {
			switch d := n.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil {
					of := nameOf(d.Recv.List[0].Type)
					out[of] = append(out[of], d.Name.Name)
				}
			case *ast.TypeSpec:
				if s, ok := d.Type.(*ast.StructType); ok {
					for _, field := range s.Fields.List {
						if _, generic := field.Type.(*ast.IndexExpr); generic && len(field.Names) == 0 {
							ways[d.Name.Name] = append(ways[d.Name.Name], nameOf(field.Type))
						}
					}
				}
			}
			return true
		})
	}
	for store, embedded := range ways {
		for _, way := range embedded {
			out[store] = append(out[store], out[way]...)
		}
	}
	return out
}

// nameOf gives the name of a type, generic or not.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return nameOf(e.X)
	case *ast.StarExpr:
		return "" // nothing that is recorded has one
	}
	return ""
}
