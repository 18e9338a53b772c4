package wording

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// spoken are the folders whose refusals people get to read.
var spoken = []string{
	"apiserver/internal/usecase", "apiserver/internal/auth", "apiserver/internal/rest/native", "apiserver/internal/rest/dolphin",
	"pkg/workflow", "pkg/manifest", "pkg/schedule", "pkg/engine", "pkg/task", "pkg/notify", "pkg/datasource", "pkg/blob", "pkg/signin",
	"pkg/store", "pkg/rpc/remotelog", "pkg/rpc/sweeps", "master/retention", "worker",
}

// silent are functions with a format that writes no refusal for people, and
// packages of tests.
var silent = []string{"apiserver/internal/rest/dolphin.wrong", "pkg/task/sql.line", "pkg/engine.reject", "pkg/blob/blobtest", "pkg/store/memstore", "pkg/store/storetest", "pkg/task/tasktest", "pkg/notify/notifytest"}

// sentence is a message in the source.
type sentence struct {
	at, reason, english string
}

// source is what is read of the packages.
type source struct {
	t         *testing.T
	files     *token.FileSet
	packages  map[string][]*ast.File
	constants map[string]string // by folder and name, and by name alone for others
	helpers   map[string]int    // by folder and name: which argument is the format
	found     []sentence
}

// readSource finds all messages of the spoken packages.
func readSource(t *testing.T) []sentence {
	s := &source{t: t, files: token.NewFileSet(), packages: map[string][]*ast.File{}, constants: map[string]string{}, helpers: map[string]int{}}
	for _, dir := range spoken {
		s.parse(dir)
	}
	for dir, files := range s.packages {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool { s.declared(dir, n); return true })
		}
	}
	for dir, files := range s.packages {
		for _, f := range files {
			for _, d := range f.Decls {
				helper := s.helper(dir, d)
				s.returned(dir, d)
				ast.Inspect(d, func(n ast.Node) bool { s.said(dir, n, helper); return true })
			}
		}
	}
	return s.found
}

func (s *source) parse(dir string) {
	const root = "../../../../../"
	err := filepath.WalkDir(root+dir, func(path string, e fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, filepath.Clean(root)+"/"))
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "testdata" || slices.Contains(silent, name)):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(s.files, path, nil, parser.SkipObjectResolution)
		s.packages[filepath.Dir(name)] = append(s.packages[filepath.Dir(name)], f)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// declared notes constants and functions that are given a format.
func (s *source) declared(dir string, n ast.Node) {
	switch d := n.(type) {
	case *ast.ValueSpec:
		for i, name := range d.Names {
			if i < len(d.Values) {
				if text, ok := s.text(dir, d.Values[i]); ok {
					s.constants[dir+"."+name.Name], s.constants[name.Name] = text, text
				}
			}
		}
	case *ast.FuncDecl:
		if i := formatOf(d); i >= 0 && d.Name.Name != "Errorf" && !slices.Contains(silent, dir+"."+d.Name.Name) {
			s.helpers[dir+"."+d.Name.Name] = i
			if d.Name.IsExported() {
				s.helpers[d.Name.Name] = i
			}
		}
	}
}

// formatOf gives the place of a parameter called format, -1 without one.
func formatOf(d *ast.FuncDecl) int {
	at := 0
	for _, f := range d.Type.Params.List {
		for _, name := range f.Names {
			if name.Name == "format" {
				return at
			}
			at++
		}
	}
	return -1
}

func (s *source) helper(dir string, d ast.Decl) bool {
	fn, ok := d.(*ast.FuncDecl)
	return ok && formatOf(fn) >= 0
}

// asTexts begins the names of functions that give what is wrong as a text, by
// folder.
var asTexts = map[string]string{"pkg/workflow": "validate", "pkg/datasource": "describe"}

// returned notes what such functions give.
func (s *source) returned(dir string, d ast.Decl) {
	fn, ok := d.(*ast.FuncDecl)
	if !ok || asTexts[dir] == "" || !strings.HasPrefix(fn.Name.Name, asTexts[dir]) || fn.Type.Results == nil ||
		nameOf(fn.Type.Results.List[0].Type) != "string" {
		return
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			if text, ok := s.message(dir, r.Results[0]); ok && text != "" {
				s.found = append(s.found, sentence{s.place(r), phrases, text})
			}
		}
		return true
	})
}

// said notes a message.
func (s *source) said(dir string, n ast.Node, helper bool) {
	switch c := n.(type) {
	case *ast.CallExpr:
		s.called(dir, c, helper)
	case *ast.CompositeLit:
		switch nameOf(c.Type) {
		case "Problem":
			if m := field(c, "Message"); m != nil {
				s.optional(dir, m)
			}
		case "Error":
			if m, r := field(c, "Message"), field(c, "Reason"); m != nil && r != nil {
				s.note(dir, r, m, helper)
			}
		}
	}
}

func (s *source) called(dir string, c *ast.CallExpr, helper bool) {
	name := nameOf(c.Fun)
	if name == "Errorf" && len(c.Args) >= 3 {
		if sel, ok := c.Fun.(*ast.SelectorExpr); ok && nameOf(sel.X) != "workflow" {
			return
		}
		s.note(dir, c.Args[1], c.Args[2], helper)
		return
	}
	i, ok := s.helpers[dir+"."+name]
	if _, method := c.Fun.(*ast.SelectorExpr); !ok && method {
		i, ok = s.helpers[name]
	}
	if ok && len(c.Args) > i {
		if text, ok := s.text(dir, c.Args[i]); ok {
			s.found = append(s.found, sentence{s.place(c), phrases, text})
		} else if !helper {
			s.t.Errorf("%s: the format cannot be read", s.place(c))
		}
	}
}

// note notes an error; a reason that is made up at run time has its messages
// among the phrases.
func (s *source) note(dir string, reason, format ast.Expr, helper bool) {
	english, ok := s.message(dir, format)
	if !ok {
		if !helper {
			s.t.Errorf("%s: the message cannot be read", s.place(format))
		}
		return
	}
	word, known := s.text(dir, reason)
	if !known {
		word = phrases
	}
	s.found = append(s.found, sentence{s.place(format), word, english})
}

// optional notes the text of a problem, unless it is an error's.
func (s *source) optional(dir string, m ast.Expr) {
	if text, ok := s.message(dir, m); ok {
		s.found = append(s.found, sentence{s.place(m), phrases, text})
	}
}

// message gives the template of a message that is put together here.
func (s *source) message(dir string, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.CallExpr:
		if nameOf(e.Fun) == "Sprintf" {
			return s.text(dir, e.Args[0])
		}
	case *ast.BinaryExpr:
		left, ok := s.message(dir, e.X)
		right, also := s.message(dir, e.Y)
		return gap(left, ok) + gap(right, also), ok || also
	}
	return s.text(dir, e)
}

// gap stands for a part that is known at run time only.
func gap(text string, known bool) string {
	if known {
		return text
	}
	return "%s"
}

func (s *source) place(n ast.Node) string { return s.files.Position(n.Pos()).String() }

// text gives the constant text of an expression.
func (s *source) text(dir string, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := s.text(dir, e.X)
		right, also := s.text(dir, e.Y)
		return left + right, ok && also
	case *ast.Ident:
		text, ok := s.constants[dir+"."+e.Name]
		return text, ok
	case *ast.SelectorExpr:
		text, ok := s.constants[e.Sel.Name]
		return text, ok
	}
	return "", false
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func field(c *ast.CompositeLit, name string) ast.Expr {
	for _, e := range c.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && nameOf(kv.Key) == name {
			return kv.Value
		}
	}
	return nil
}
