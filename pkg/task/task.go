// Package task says what a kind of task is: how its parameters are checked
// when a workflow is saved, and how an attempt of it runs on a worker. The
// kinds live in folders below; the registry is a value built in main.
package task

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Kind is a plug-in.
type Kind interface {
	ID() workflow.Kind
	// Validate checks a task's own parameters; the error is an Invalid
	// *workflow.Error that names the field.
	Validate(params json.RawMessage) error
}

// Commander is a kind whose attempts are processes, run by the supervisor.
type Commander interface {
	Kind
	// Command says what to start. It may write files below a.WorkDir only
	// through the returned Files.
	Command(a Attempt) (Command, error)
}

// Planner is a Commander that may have to ask others before it knows what to
// start.
type Planner interface {
	Commander
	// Plan is asked instead of Command; ctx ends when the attempt is killed.
	Plan(ctx context.Context, a Attempt) (Command, error)
}

// Runner is a kind whose attempts run inside the worker.
type Runner interface {
	Kind
	// Run works until done or until ctx ends, which kills the attempt. What it
	// writes to log is the attempt's log. Panics count as failures.
	Run(ctx context.Context, a Attempt, log io.Writer) Result
}

// Needer is a kind whose attempts need things that the scheduler keeps. They
// are looked up when an attempt is sent to its worker; one that is gone fails
// the attempt.
type Needer interface {
	Kind
	// Needs reads what a task's own parameters name.
	Needs(params json.RawMessage) (Needs, error)
}

// Needs names things that the scheduler keeps.
type Needs struct {
	Resources   []workflow.ResourceRef // folders stand for all that is below
	DataSources []int64
	UDFs        []int64 // with their archives
	// Receivers asks whom results are mailed to when the task does not say: the
	// instance's receivers, else the users of AlertGroup, or of the instance's
	// alert group when that is 0.
	Receivers  bool
	AlertGroup int64
}

// Empty reports whether nothing is needed.
func (n Needs) Empty() bool {
	return len(n.Resources) == 0 && len(n.DataSources) == 0 && len(n.UDFs) == 0 && !n.Receivers
}

// Resource is a file that was put into the work directory.
type Resource struct {
	ID   int64
	Name string // relative path
}

// Attempt is what a kind gets to know of an attempt.
type Attempt struct {
	ID          int64
	InstanceID  int64
	Number      int   // 1, 2, ...
	Token       int64 // strictly increasing over the attempts of a task
	Task        string
	Params      json.RawMessage
	LocalParams []workflow.Property
	Values      map[string]string // resolved parameters and built-ins
	WorkDir     string
	Tenant      string
	Queue       string
	Timeout     time.Duration

	// What the task needs, see Needer.
	Resources   []Resource
	DataSources []workflow.DataSource // with passwords
	UDFs        []workflow.UDF        // ID, Name, ClassName, Kind, ResourceID
	Receivers   []string              // mail addresses
	ReceiversCc []string
}

// Resource gives the path, relative to the work directory, of a resource that
// the task names by id; false when it is none.
func (a Attempt) Resource(id int64) (path string, ok bool) {
	for _, r := range a.Resources {
		if r.ID == id {
			return r.Name, true
		}
	}
	return "", false
}

// DataSource gives a data source that the task names.
func (a Attempt) DataSource(id int64) (workflow.DataSource, bool) {
	for _, d := range a.DataSources {
		if d.ID == id {
			return d, true
		}
	}
	return workflow.DataSource{}, false
}

// Command is a process to start: no shell is involved unless Path is one.
type Command struct {
	Path  string
	Args  []string // without argv[0]
	Env   map[string]string
	Files []File // written into the work directory first, 0600
	// ScanOutput asks for ${setValue(k=v)} and #{setValue(k=v)} lines in the log.
	ScanOutput bool
}

// File is a file of a work directory.
type File struct {
	Name string // no separators
	Data []byte
	Mode uint32 // permission bits; 0: 0600
}

// Result is how an attempt of a Runner ended.
type Result struct {
	OK       bool
	ExitCode int
	Reason   string // for people, when not OK
	Vars     map[string]string
	AppLink  string
}

// Registry holds the kinds a process knows.
type Registry struct {
	kinds map[workflow.Kind]Kind
}

// NewRegistry makes a registry. Two kinds of one name are a programmer's error
// and panic.
func NewRegistry(kinds ...Kind) *Registry {
	r := &Registry{kinds: map[workflow.Kind]Kind{}}
	for _, k := range kinds {
		if _, taken := r.kinds[k.ID()]; taken {
			panic(fmt.Sprintf("task kind %s registered twice", k.ID()))
		}
		r.kinds[k.ID()] = k
	}
	return r
}

// Get gives the kind, and false when it is unknown.
func (r *Registry) Get(id workflow.Kind) (Kind, bool) {
	k, ok := r.kinds[id]
	return k, ok
}

// IDs lists the kinds in order.
func (r *Registry) IDs() []workflow.Kind {
	ids := make([]workflow.Kind, 0, len(r.kinds))
	for id := range r.kinds {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
