package ctl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
)

// piece is one document of a file, and where in the file it begins.
type piece struct {
	file  string
	line  int // before its first one
	text  string
	name  string
	label map[string]string
}

// pieces are documents that are sent together.
type pieces []piece

// separator stands between documents.
const separator = "---\n"

// readDocuments reads files and the YAML files of folders, in order.
func (c *call) readDocuments(paths []string) (pieces, error) {
	var all pieces
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := c.input(file)
			if err != nil {
				return nil, err
			}
			all = append(all, cut(file, string(data))...)
		}
	}
	if len(all) == 0 {
		return nil, wrong("there are no documents in %s", strings.Join(paths, ", "))
	}
	return all, nil
}

func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err != nil {
		return nil, wrong("%w", err)
	}
	var files []string
	err = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && at != path
		switch {
		case entry.IsDir() && hidden:
			return fs.SkipDir
		case entry.IsDir() || hidden:
		case slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(at)):
			files = append(files, at)
		}
		return nil
	})
	if err != nil {
		return nil, wrong("reading %s: %w", path, err)
	}
	return files, nil
}

// cut takes a file apart at lines that are only "---".
func cut(file, text string) pieces {
	var found pieces
	var b strings.Builder
	begin, number := 0, 0
	end := func() {
		if strings.TrimSpace(withoutComments(b.String())) != "" {
			found = append(found, piece{file: file, line: begin, text: b.String()})
		}
		b.Reset()
	}
	for line := range strings.Lines(text) {
		number++
		if strings.TrimRight(line, " \t\r\n") == "---" {
			end()
			begin = number
			continue
		}
		b.WriteString(line)
	}
	end()
	return found
}

func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// parse checks every document's form before anything is sent, and learns
// names and labels.
func (p pieces) parse() error {
	var errs []error
	seen := map[string]string{}
	for i := range p {
		doc, wrong := manifest.Parse([]byte(p[i].text))
		if wrong != nil {
			errs = append(errs, fmt.Errorf("%s", p[i].at(wrong.Line, wrong.Column, wrong.Path, wrong.Message)))
			continue
		}
		p[i].name, p[i].label = doc.Name, doc.Labels
		if before, twice := seen[doc.Name]; twice {
			errs = append(errs, fmt.Errorf("%s: workflow %s is in %s already", p[i].file, quote(doc.Name), before))
		}
		seen[doc.Name] = p[i].file
	}
	return errors.Join(errs...)
}

// labelled keeps the documents that have all the labels.
func (p pieces) labelled(labels map[string]string) pieces {
	return slices.DeleteFunc(slices.Clone(p), func(one piece) bool {
		for key, value := range labels {
			if one.label[key] != value {
				return true
			}
		}
		return false
	})
}

// joined is all documents as one text.
func (p pieces) joined() string {
	var b strings.Builder
	for i, one := range p {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(one.text)
		if !strings.HasSuffix(one.text, "\n") {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// find says which document a line of the joined text is in, and which line of
// that it is.
func (p pieces) find(line int) (piece, int) {
	for i, one := range p {
		lines := strings.Count(strings.TrimSuffix(one.text, "\n"), "\n") + 1
		if line <= lines || i == len(p)-1 {
			return one, line
		}
		line -= lines + 1
	}
	return piece{}, line
}

// at writes a place as compilers do.
func (p piece) at(line, column int, path, message string) string {
	text := p.file
	if line > 0 {
		text += fmt.Sprintf(":%d", p.line+line)
		if column > 0 {
			text += fmt.Sprintf(":%d", column)
		}
	}
	if path != "" && path != "document" && !strings.HasPrefix(message, path) {
		message = path + ": " + message
	}
	return text + ": " + message
}

// place is where a problem is, as the server says it.
type place struct{ Line, Column int }

func placeOf(value any) (at place) {
	fields, ok := value.(map[string]any)
	if !ok {
		return at
	}
	line, _ := fields["line"].(float64)
	column, _ := fields["column"].(float64)
	return place{int(line), int(column)}
}

// located says a refusal of documents by file and line where it has any.
func located(err error, p pieces) error {
	var refusal *client.Problem
	if !errors.As(err, &refusal) || len(refusal.Fields) == 0 {
		return err
	}
	var lines []string
	for _, f := range refusal.Fields {
		at := placeOf(f.Value)
		if at.Line == 0 {
			return err
		}
		one, line := p.find(at.Line)
		lines = append(lines, one.at(line, at.Column, f.Field(), f.Message))
	}
	return errors.New(strings.Join(lines, "\n"))
}
