package sqlstore

import (
	"fmt"
	"strings"
	"testing"
)

// TestPlans sees that what is asked often, or of a large history, is answered
// from an index. SQLite's planner is the one to watch: it works without
// statistics.
func TestPlans(t *testing.T) {
	db, err := openMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.migrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	open := "i.state IN (" + openStates + ")"
	counted := "SELECT state, COUNT(*) FROM task_instance WHERE project_id IN (SELECT id FROM project) AND start_time >= 1 AND start_time <= 9"
	for query, index := range map[string]string{
		"SELECT * FROM instance i WHERE " + open + " AND i.shard = 1":                                                                           "instance_open (state=? AND shard=?)",
		"SELECT t.* FROM instance i CROSS JOIN task_instance t ON t.instance_id = i.id WHERE " + open + " AND i.shard = 1 AND t.is_current = 1": "task_instance_instance (instance_id=?)",
		"SELECT COUNT(*) FROM instance i WHERE " + open + " AND i.project_id + 0 = 1":                                                           "instance_open (state=?)",
		"SELECT c.id FROM command c WHERE c.shard IN (1, 2) ORDER BY c.id LIMIT 9":                                                              "command_shard (shard=?)",
		"SELECT i.id FROM instance i WHERE i.project_id = 1 ORDER BY i.id DESC LIMIT 9":                                                         "instance_project (project_id=?)",
		"SELECT i.id FROM instance i WHERE i.definition_id = 1 ORDER BY i.id DESC LIMIT 9":                                                      "instance_definition (definition_id=?)",
		"SELECT COUNT(*) FROM instance i WHERE i.project_id = 1 AND i.definition_id = 1 AND i.state IN ('SUCCESS')":                             "COVERING INDEX instance_state (definition_id=? AND state=? AND project_id=?)",
		"SELECT COUNT(*) FROM instance i WHERE i.project_id = 1 AND i.state IN ('SUCCESS', 'FAILED')":                                           "COVERING INDEX instance_started (project_id=?)",
		"SELECT t.id FROM task_instance t WHERE t.project_id = 1 ORDER BY t.id DESC LIMIT 9":                                                    "task_instance_project (project_id=?)",
		"SELECT t.id FROM task_instance t WHERE t.instance_id = 1 AND t.project_id + 0 = 1 ORDER BY t.id DESC LIMIT 9":                          "task_instance_instance (instance_id=?)",
		"SELECT id FROM instance WHERE definition_id = 1 AND schedule_time BETWEEN 1 AND 2":                                                     "instance_date (definition_id=? AND schedule_time>?",
		"SELECT id FROM instance WHERE definition_id = 1 AND schedule_time IS NULL AND start_time BETWEEN 1 AND 2":                              "instance_date (definition_id=? AND schedule_time=? AND start_time>?",
		"SELECT state, COUNT(*) FROM instance WHERE project_id IN (1, 2) AND start_time >= 1 AND start_time < 9 GROUP BY state":                 "COVERING INDEX instance_started (project_id=? AND start_time>?",
		counted + " GROUP BY state": "task_instance_started (project_id=? AND start_time>? AND start_time<?)",
		"SELECT id FROM schedule WHERE shard = 1 AND release_state = 'ONLINE'":                                                                                "schedule_shard (shard=? AND release_state=?)",
		"SELECT i.id FROM instance i WHERE i.end_time < 9 AND i.project_id + 0 = 1 AND COALESCE(i.state, '') IN ('FAILED') ORDER BY i.end_time, i.id LIMIT 9": "instance_ended (end_time<?)",
		"SELECT a.id FROM alert a WHERE a.planned = 0 ORDER BY a.create_time, a.id LIMIT 9":                                                                   "alert_planned (planned=?)",
		"SELECT a.id FROM alert a WHERE a.planned = 1 AND a.create_time < 9 ORDER BY a.create_time, a.id LIMIT 9":                                             "alert_planned (planned=? AND create_time<?)",
		"SELECT id FROM delivery WHERE state = 'PENDING' AND next_try <= 9 AND (owner = '' OR lease_until <= 9) ORDER BY next_try, id LIMIT 9":                "delivery_due (state=? AND next_try<?)",
		"SELECT r.id FROM resource r WHERE kind = 'FILE' AND full_name > '/a/' AND full_name < '/a0'":                                                         "resource_full_name (kind=? AND full_name>? AND full_name<?)",
		"SELECT attempt_id FROM task_group_wait WHERE group_id = 1 AND seen >= 9 ORDER BY priority DESC, since, attempt_id LIMIT 1":                           "task_group_wait_group (group_id=?)",
	} {
		if plan := planOf(t, db, query); !strings.Contains(plan, index) || strings.Contains(plan, "SCAN") {
			t.Errorf("%s\nis answered by\n%swant %s", query, plan, index)
		}
	}
}

func planOf(t *testing.T, db *database, query string) string {
	rows, err := db.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, detail)
	}
	return plan.String()
}
