package sql

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// functions gives the statements that make the task's functions known to its
// session.
func (w *work) functions() ([]string, error) {
	var jars, creates []string
	added := map[int64]bool{}
	for _, id := range w.udfs {
		u, ok := w.udf(id)
		if !ok {
			return nil, fmt.Errorf("function %d did not come with the attempt", id)
		}
		if string(u.Kind) != string(w.kind) {
			return nil, fmt.Errorf("function %s is for %s, the task runs on %s", u.Name, u.Kind, w.kind)
		}
		if !functionName().MatchString(u.Name) || !className().MatchString(u.ClassName) {
			return nil, fmt.Errorf("function %q of class %q cannot be created: letters, digits, _ and dots only", u.Name, u.ClassName)
		}
		if !added[u.ResourceID] {
			jar, err := w.jar(u.ResourceID)
			if err != nil {
				return nil, fmt.Errorf("function %s: %w", u.Name, err)
			}
			jars = append(jars, jar)
		}
		added[u.ResourceID] = true
		creates = append(creates, fmt.Sprintf("create temporary function %s as '%s'", u.Name, u.ClassName))
	}
	return append(jars, creates...), nil
}

func (w *work) udf(id int64) (workflow.UDF, bool) {
	for _, u := range w.attempt.UDFs {
		if u.ID == id {
			return u, true
		}
	}
	return workflow.UDF{}, false
}

// jar gives the statement that loads an archive. It names a file of the work
// directory, which the SQL server has to see at the same place.
func (w *work) jar(resource int64) (string, error) {
	path, ok := w.attempt.Resource(resource)
	if !ok {
		return "", fmt.Errorf("its archive, resource %d, did not come with the attempt", resource)
	}
	path = filepath.Join(w.attempt.WorkDir, path)
	if strings.ContainsAny(path, " \t\r\n;'\"`\\") {
		return "", fmt.Errorf("its archive lies at %q, which add jar cannot name", path)
	}
	return "add jar " + path, nil
}

func functionName() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`) }

func className() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*$`)
}
