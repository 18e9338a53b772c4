package tasktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// needs compares what a kind says it needs. One that needs things has to say
// which cases are to be looked at.
func needs(t *testing.T, kind task.Kind, c Cases) {
	needer, ok := kind.(task.Needer)
	if !ok {
		if len(c.Needs) > 0 {
			t.Error("the kind says nothing about its needs")
		}
		return
	}
	for params, want := range c.Needs {
		got, err := needer.Needs(json.RawMessage(params))
		switch {
		case want == nil && err == nil:
			t.Errorf("%s: needs %+v, want an error", params, got)
		case want != nil && (err != nil || !same(got, *want)):
			t.Errorf("%s: needs %+v (%v), want %+v", params, got, err, *want)
		}
	}
	for params := range c.Invalid {
		_, _ = needer.Needs(json.RawMessage(params)) // must come back
		if f, ok := kind.(task.Follower); ok {
			f.Follows(json.RawMessage(params))
		}
	}
}

// same takes no list for an empty one.
func same(a, b task.Needs) bool {
	return slices.Equal(a.Resources, b.Resources) && slices.Equal(a.DataSources, b.DataSources) && slices.Equal(a.UDFs, b.UDFs)
}

// keepsSecret looks for the attempt's secret where others could read it.
func keepsSecret(t *testing.T, kind task.Kind, a Attempt, log string) {
	t.Helper()
	if a.Secret == "" {
		return
	}
	if strings.Contains(log, a.Secret) {
		t.Errorf("%.200s: the secret is in the log %q", a.Params, log)
	}
	commander, ok := kind.(task.Commander)
	if !ok {
		return
	}
	c, err := command(t.Context(), commander, attempt(t, a))
	if err != nil {
		if strings.Contains(err.Error(), a.Secret) {
			t.Errorf("%.200s: the secret is in the error %v", a.Params, err)
		}
		return
	}
	if strings.Contains(fmt.Sprint(c.Path, c.Args, c.Env), a.Secret) {
		t.Errorf("%.200s: the secret is in the command %v %v", a.Params, c.Args, c.Env)
	}
	found := false
	for _, f := range c.Files {
		has := strings.Contains(string(f.Data), a.Secret)
		found = found || has
		if has && f.Mode&0o077 != 0 {
			t.Errorf("%.200s: others can read the secret in %s", a.Params, f.Name)
		}
	}
	if !found {
		t.Errorf("%.200s: the program does not get the secret", a.Params)
	}
}
