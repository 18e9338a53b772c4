package program

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Python is the program type without a main class.
const Python = "PYTHON"

// Job are the parameters that SPARK, FLINK and MR share.
type Job struct {
	*params.Object
	Type      string // JAVA, SCALA or PYTHON
	Class     string
	Jar       workflow.ResourceRef
	Resources []workflow.ResourceRef
	Name      string
	Queue     string
	Others    string
	Args      string
}

// ReadJob reads and checks them.
func ReadJob(raw json.RawMessage) (*Job, error) {
	o := params.Read(raw)
	j := &Job{
		Object: o, Type: strings.ToUpper(o.Text("programType")), Class: o.Text("mainClass"),
		Name: o.Text("appName"), Queue: o.Text("queue"), Others: o.Text("others"), Args: o.Text("mainArgs"),
	}
	jar := o.Object("mainJar")
	j.Resources = o.Resources("resourceList")
	switch {
	case o.Err() != nil:
		return nil, o.Err()
	case jar.Empty():
		return nil, o.Invalid("mainJar", "is required")
	}
	j.Jar, _ = jar.Resource()
	if o.Err() != nil {
		return nil, o.Err()
	}
	switch j.Type {
	case "JAVA", "SCALA", Python:
	case "":
		return nil, o.Invalid("programType", "is required")
	default:
		return nil, o.Invalid("programType", "must be JAVA, SCALA or PYTHON")
	}
	return j, j.checkWords()
}

func (j *Job) checkWords() error {
	for field, text := range map[string]string{"others": j.Others, "mainArgs": j.Args} {
		if _, err := Words(text); err != nil {
			return j.Invalid(field, "%v", err)
		}
	}
	return nil
}

// NeedsOf reads what a job needs.
func NeedsOf(raw json.RawMessage) (task.Needs, error) {
	j, err := ReadJob(raw)
	if err != nil {
		return task.Needs{}, err
	}
	return task.Needs{Resources: append([]workflow.ResourceRef{j.Jar}, j.Resources...)}, nil
}

// MainJar gives the path of the main jar, relative to the work directory.
func (j *Job) MainJar(a task.Attempt) (string, error) {
	path, ok := Path(a, j.Jar)
	if !ok {
		return "", fmt.Errorf("mainJar: resource %s did not come with the attempt", nameOf(j.Jar))
	}
	return path, nil
}

func nameOf(r workflow.ResourceRef) string {
	if r.ID != 0 {
		return fmt.Sprint(r.ID)
	}
	return r.Name
}

// Path finds a resource of the attempt. What would look like an option does
// not any more.
func Path(a task.Attempt, ref workflow.ResourceRef) (string, bool) {
	path, ok := a.Resource(ref.ID)
	if ref.ID == 0 {
		path = strings.TrimPrefix(ref.Name, "/")
		ok = false
		for _, r := range a.Resources {
			ok = ok || r.Name == path
		}
	}
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	return path, ok
}

// QueueOf gives the queue of the task, or else that of the attempt.
func (j *Job) QueueOf(a task.Attempt) string {
	if j.Queue != "" {
		return a.Expand(j.Queue)
	}
	return a.Queue
}

// Split expands the placeholders of others or mainArgs, then splits it.
func (j *Job) Split(a task.Attempt, field, text string) ([]string, error) {
	words, err := Words(a.Expand(text))
	if err != nil {
		return nil, fmt.Errorf("%s, with its parameters put in, %w", field, err)
	}
	return words, nil
}

// Whole reads a number that is at least 0; 0 is as good as missing.
func (j *Job) Whole(field string) (int64, error) {
	n := j.Int(field, 0)
	if j.Err() == nil && n < 0 {
		return 0, j.Invalid(field, "must not be negative")
	}
	return n, j.Err()
}

// Memory reads a size such as 512M; text with placeholders is left alone.
func (j *Job) Memory(field string) (string, error) {
	text := strings.TrimSpace(j.Text(field))
	size := regexp.MustCompile(`^[0-9]+ *[kKmMgGtT]?[bB]?$`)
	if j.Err() == nil && text != "" && !strings.Contains(text, "$") && !size.MatchString(text) {
		return "", j.Invalid(field, "must be a size such as 512M or 2G")
	}
	return text, j.Err()
}

// Vector collects arguments.
type Vector struct{ Args []string }

// Add adds words as they are.
func (v *Vector) Add(words ...string) { v.Args = append(v.Args, words...) }

// Option adds an option unless its value is empty.
func (v *Vector) Option(name, value string) {
	if value != "" {
		v.Add(name, value)
	}
}

// Number adds an option unless its value is 0.
func (v *Vector) Number(name string, value int64) {
	if value != 0 {
		v.Add(name, fmt.Sprint(value))
	}
}
