package materials

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// TestEnvironments puts the variables of an environment into assignments, where
// it may be used.
func TestEnvironments(t *testing.T) {
	db, _ := stock(t)
	for _, e := range []workflow.Environment{
		{Name: "any", Variables: map[string]string{"A": "1", "B": "two words"}},
		{Name: "gpu", Variables: map[string]string{"CUDA": "on"}, WorkerGroups: []string{"gpu"}},
	} {
		if err := db.Environments.Save(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	f := finder{retry: time.Millisecond, log: quiet, stores: Stores{Environments: db.Environments}}
	for _, c := range []struct {
		name, group, reason string
		env                 map[string]string
	}{
		{"", "default", "", map[string]string{"KEPT": "yes"}},
		{"any", "default", "", map[string]string{"A": "1", "B": "two words", "KEPT": "yes"}},
		{"gpu", "gpu", "", map[string]string{"CUDA": "on", "KEPT": "yes"}},
		{"gpu", "default", "environment gpu may not be used in worker group default", nil},
		{"gone", "default", "environment gone does not exist any more", nil},
	} {
		a := &workerpb.Assignment{Env: map[string]string{"KEPT": "yes"}}
		reason, err := f.fill(t.Context(), Order{Assignment: a, Environment: c.name, WorkerGroup: c.group})
		if err != nil || reason != c.reason {
			t.Errorf("%s in %s: %q, %v; want %q", c.name, c.group, reason, err, c.reason)
		}
		if c.reason == "" {
			if diff := cmp.Diff(c.env, a.Env); diff != "" {
				t.Error(diff)
			}
		}
	}
}
