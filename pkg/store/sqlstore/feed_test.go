package sqlstore

import (
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestFeedPlans sees that each look of a feed reads the rows it is bounded to
// from an index and in its order, without sorting all there are.
func TestFeedPlans(t *testing.T) {
	db, err := openMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.migrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	failed := []workflow.State{workflow.Failed}
	for name, c := range map[string]struct {
		feed *feed
		plan string
		sort bool // of few rows
	}{
		"all":         {runs{db}.instanceFeed(store.RunQuery{States: failed}), "SEARCH i USING INTEGER PRIMARY KEY (rowid<?)", false},
		"project":     {runs{db}.instanceFeed(store.RunQuery{Projects: []int64{1}, States: failed}), "instance_project (project_id=? AND rowid<?)", false},
		"definition":  {runs{db}.instanceFeed(store.RunQuery{DefinitionID: 1}), "instance_definition (definition_id=? AND rowid<?)", false},
		"period":      {runs{db}.instanceFeed(store.RunQuery{Projects: []int64{1}, From: day, States: failed}), "COVERING INDEX instance_started (project_id=? AND start_time>? AND start_time<?)", false},
		"open":        {runs{db}.instanceFeed(store.RunQuery{Projects: []int64{1}, States: []workflow.State{workflow.Running}}), "instance_open (state=? AND rowid<?)", true},
		"tasks":       {runs{db}.taskFeed(store.AttemptQuery{ProjectID: 1, Task: "a"}), "task_instance_project (project_id=? AND rowid<?)", false},
		"task period": {runs{db}.taskFeed(store.AttemptQuery{ProjectID: 1, From: day}), "task_instance_started (project_id=? AND start_time>? AND start_time<?)", false},
	} {
		sql, args := c.feed.statement(store.Place{ID: 9, At: day.Add(time.Hour)}, 10)
		plan := planOf(t, db, literal(sql, args))
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") != c.sort || !strings.Contains(plan, c.plan) && !c.sort {
			t.Errorf("%s:\n%s\nis answered by\n%swant %s", name, sql, plan, c.plan)
		}
	}
}

// literal fills in arguments that are numbers and words.
func literal(sql string, args []any) string {
	for _, a := range args {
		word := "1"
		if _, ok := a.(string); ok {
			word = "'x'"
		}
		sql = strings.Replace(sql, "?", word, 1)
	}
	return sql
}
