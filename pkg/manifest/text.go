package manifest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// MaxBytes bounds a text: what is larger is no workflow.
const MaxBytes = 8 << 20

// Problem is what is wrong with a document, and where. Path is like
// tasks[2].params.rawScript; Line and Column count from 1, 0 when unknown.
type Problem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// Error makes a problem an error.
func (p Problem) Error() string {
	switch {
	case p.Line > 0 && p.Path != "":
		return fmt.Sprintf("line %d: %s: %s", p.Line, p.Path, p.Message)
	case p.Line > 0:
		return fmt.Sprintf("line %d: %s", p.Line, p.Message)
	case p.Path != "":
		return p.Path + ": " + p.Message
	}
	return p.Message
}

// Parse reads one document strictly: fields that it does not have are a
// problem, with where they are.
func Parse(text []byte) (Document, *Problem) {
	list, problem := ParseAll(text)
	switch {
	case problem != nil:
		return Document{}, problem
	case len(list) == 0:
		return Document{}, &Problem{Message: "the document is empty"}
	case len(list) > 1:
		return Document{}, &Problem{Message: fmt.Sprintf("there are %d documents where one is wanted", len(list))}
	}
	return list[0], nil
}

// ParseAll reads documents that are separated by lines of three dashes.
func ParseAll(text []byte) ([]Document, *Problem) {
	list, problem := Read(text)
	if problem != nil {
		return nil, problem
	}
	var documents []Document
	for _, r := range list {
		documents = append(documents, r.Document)
	}
	return documents, nil
}

// Found is a document with its text, and the places of what it says.
type Found struct {
	Document
	Text   string // empty where it cannot be told from that of others
	Places Places
}

// Read is ParseAll that also tells where things are.
func Read(text []byte) ([]Found, *Problem) {
	file, problem := parse(text)
	if problem != nil {
		return nil, problem
	}
	var list []Found
	pieces := piecesOf(string(text))
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		var v aliases
		if ast.Walk(&v, doc.Body); v.first != nil {
			return nil, v.first
		}
		r := Found{Places: Places{file: &ast.File{Docs: []*ast.DocumentNode{doc}}}}
		if err := yaml.NodeToValue(doc.Body, &r.Document, yaml.Strict()); err != nil {
			return nil, located(err)
		}
		list = append(list, r)
	}
	if len(pieces) == len(list) {
		for i := range list {
			list[i].Text = pieces[i]
		}
	}
	return list, nil
}

// piecesOf cuts a text at lines of three dashes, without pieces in which there
// are only remarks.
func piecesOf(text string) []string {
	var pieces []string
	var b strings.Builder
	said := false
	end := func() {
		if said {
			pieces = append(pieces, b.String())
		}
		b.Reset()
		said = false
	}
	for line := range strings.Lines(text) {
		if strings.TrimRight(line, " \t\r\n") == "---" {
			end()
			continue
		}
		if bare := strings.TrimSpace(line); bare != "" && bare[0] != '#' {
			said = true
		}
		b.WriteString(line)
	}
	end()
	return pieces
}

// parse reads a text's structure.
func parse(text []byte) (*ast.File, *Problem) {
	if len(text) > MaxBytes {
		return nil, &Problem{Message: fmt.Sprintf("the text is larger than %d bytes", MaxBytes)}
	}
	tokens := lexer.Tokenize(string(text))
	if problem := tooMuch(tokens); problem != nil {
		return nil, problem
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, located(err)
	}
	return file, nil
}

type aliases struct{ first *Problem }

func (v *aliases) Visit(n ast.Node) ast.Visitor {
	if _, ok := n.(*ast.AliasNode); ok && v.first == nil {
		at := n.GetToken().Position
		v.first = &Problem{Message: "aliases (*name) are not read; write the value itself", Line: at.Line, Column: at.Column}
	}
	return v
}

// located takes message and place out of a parser's error.
func located(err error) *Problem {
	var e yaml.Error
	if !errors.As(err, &e) {
		return &Problem{Message: err.Error()}
	}
	p := &Problem{Message: e.GetMessage()}
	if t := e.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

// Places finds where in a text things are.
type Places struct{ file *ast.File }

// Find reads a text again for its places; of one that cannot be read it knows
// none.
func Find(text []byte) Places {
	file, problem := parse(text)
	if problem != nil {
		return Places{}
	}
	return Places{file: file}
}

// Locate fills line and column of a problem: those of its path, or of what is
// nearest above it.
func (l Places) Locate(p Problem) Problem {
	for path := p.Path; l.file != nil && p.Line == 0; path = above(path) {
		at := "$"
		if path != "" {
			at = "$." + path
		}
		if found, err := yaml.PathString(at); err == nil {
			if node, err := found.FilterFile(l.file); err == nil && node.GetToken() != nil && node.GetToken().Position != nil {
				p.Line, p.Column = node.GetToken().Position.Line, node.GetToken().Position.Column
			}
		}
		if path == "" {
			break
		}
	}
	return p
}

// above drops a path's last step.
func above(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}
