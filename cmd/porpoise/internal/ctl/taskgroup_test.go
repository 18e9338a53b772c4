package ctl

import (
	"strings"
	"testing"
)

func TestTaskGroupQueue(t *testing.T) {
	url := api{
		"GET /task-groups": `{"items":[{"id":4,"name":"db"}],"total":1}`,
		"GET /task-groups/4": `{"id":4,"name":"db","size":1,"used":1,
			"holders":[{"taskId":20,"task":"extract","instanceId":1,"projectId":2,"submitted":null,"started":"2026-03-01T12:00:00Z"}],
			"waiting":[{"taskId":21,"task":"load","instanceId":1,"projectId":2,"submitted":"2026-03-01T12:00:00Z","started":null,"priority":-7}]}`,
		"POST /task-groups/4/start": ``,
	}.serve(t)
	b := newBench(t, url)
	b.env["PORPOISE_TOKEN"] = "t1"
	r := b.run("task-group", "queue", "db")
	if r.code != 0 || !strings.Contains(r.out, "HOLDS") || !strings.Contains(r.out, "extract") || !strings.Contains(r.out, "WAITS") || !strings.Contains(r.out, "21") || strings.Count(r.out, "-7") != 1 {
		t.Errorf("queue: %+v", r)
	}
	if r := b.run("task-group", "start", "db", "21"); r.code != 0 || !strings.Contains(r.said, "attempt 21") {
		t.Errorf("start: %+v", r)
	}
	if r := b.run("task-group", "start", "db", "load"); r.code != ExitUsage || !strings.Contains(r.said, "task-group queue db") {
		t.Errorf("start by name: %+v", r)
	}
}
