package e2e

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// TestRepair brings failed instances to an end, holds a backfill, overrules a
// task group and chooses an environment, by the native API.
func TestRepair(t *testing.T) {
	s := standalone(t)
	s.dirOpen()
	s.tell("rerun from", rerunFrom)
	s.tell("force success", forceSuccess)
	s.tell("backfill held", backfillHeld)
	s.tell("force start", forceStart)
	s.tell("slots by priority", slotsByPriority)
	s.tell("environment of a run", environmentOfRun)
}

// act does something with an instance.
func (s *story) act(instance int, action, task string) {
	s.Helper()
	body := map[string]string{"action": action}
	if task != "" {
		body["task"] = task
	}
	s.ok(s.p.Native(s.Context(), 0, http.MethodPost, fmt.Sprintf("/projects/e2e/instances/%d/actions", instance), body, nil))
}

// is waits until an instance or a backfill is in a state.
func (s *story) is(what string, id int, state string) {
	s.Helper()
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		var v struct{ State string }
		err := s.p.Native(ctx, 0, http.MethodGet, fmt.Sprintf("/projects/e2e/%s/%d", what, id), nil, &v)
		return fmt.Sprintf("%s %d is %s", what, id, v.State), v.State == state, err
	}))
}

func rerunFrom(s *story) {
	failing := client.Shell("b", s.append("log", "b")+"\n[ -e "+s.path("mended")+" ]", "a")
	run := s.runNative(s.publish("rerun-from", client.Shell("a", s.append("log", "a")), failing, client.Shell("c", s.append("log", "c"), "b"), client.Shell("d", s.append("log", "d"))))
	s.is("instances", run, "FAILED")
	s.touch("mended")
	s.act(run, "RERUN_FROM", "b")
	s.is("instances", run, "SUCCEEDED")
	s.equal("what ran", sorted(s.lines("log")), "[a b b c d]")
	s.act(run, "RERUN_FROM", "c")
	s.wrote("log", 6)
	s.is("instances", run, "SUCCEEDED")
	s.equal("what ran", sorted(s.lines("log")), "[a b b c c d]")
}

func forceSuccess(s *story) {
	run := s.runNative(s.publish("force", client.Shell("a", "exit 1"), client.Shell("b", s.append("log", "b"), "a")))
	s.is("instances", run, "FAILED")
	s.act(run, "FORCE_SUCCESS", "a")
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		var d struct{ TaskInstances []struct{ State string } }
		err := s.p.Native(ctx, 0, http.MethodGet, fmt.Sprintf("/projects/e2e/instances/%d", run), nil, &d)
		return fmt.Sprint(d), len(d.TaskInstances) == 1 && d.TaskInstances[0].State == "FORCED_SUCCESS", err
	}))
	s.act(run, "RERUN_FAILED", "")
	s.is("instances", run, "SUCCEEDED")
	s.equal("what ran", s.lines("log"), "[b]")
}

func backfillHeld(s *story) {
	flow := s.publish("held", client.Shell("a", "echo $(date +%s) >>"+s.path("starts")+"\n"+s.until("go")))
	var b struct{ BackfillID int }
	s.ok(s.p.Native(s.Context(), 0, http.MethodPost, fmt.Sprintf("/projects/e2e/workflows/%d/backfills?wait=10s", flow),
		map[string]any{"dates": []string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"}}, &b))
	s.wrote("starts", 1)
	if b.BackfillID == 0 { // the API waits only so long
		var list struct{ Items []struct{ ID int } }
		s.ok(s.p.Native(s.Context(), 0, http.MethodGet, "/projects/e2e/backfills", nil, &list))
		b.BackfillID = list.Items[0].ID
	}
	act := func(action string) {
		s.ok(s.p.Native(s.Context(), 0, http.MethodPost, fmt.Sprintf("/projects/e2e/backfills/%d/actions", b.BackfillID), map[string]string{"action": action}, nil))
	}
	act("PAUSE")
	s.is("backfills", b.BackfillID, "PAUSED")
	s.touch("go")
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		var v struct{ Done int }
		err := s.p.Native(ctx, 0, http.MethodGet, fmt.Sprintf("/projects/e2e/backfills/%d", b.BackfillID), nil, &v)
		return fmt.Sprintf("%d dates done", v.Done), v.Done == 1, err
	}))
	s.equal("dates begun while it is held", len(s.lines("starts")), "1")
	act("RESUME")
	s.is("backfills", b.BackfillID, "SUCCEEDED")
	s.equal("dates begun", len(s.lines("starts")), "3")
}

// publishDocument puts a workflow of a YAML document online.
func (s *story) publishDocument(document string) int {
	s.Helper()
	var w struct{ ID int }
	s.ok(s.p.Native(s.Context(), 0, http.MethodPost, "/projects/e2e/workflows", map[string]string{"document": document}, &w))
	s.ok(s.p.Native(s.Context(), 0, http.MethodPut, fmt.Sprintf("/projects/e2e/workflows/%d/online", w.ID), map[string]bool{"online": true}, nil))
	return w.ID
}

// forceStart has two runs want the one slot of a task group; the one that waits
// goes ahead when it is told to.
func forceStart(s *story) {
	admin, err := s.c.Admin(s.Context())
	s.ok(err)
	var group struct{ ID int }
	s.ok(admin.Native(s.Context(), 0, http.MethodPost, "/task-groups", map[string]any{"name": "narrow", "size": 1}, &group))
	flow := s.publishDocument(fmt.Sprintf("name: grouped\ntasks: [{name: a, kind: SHELL, taskGroup: {id: %d}, params: {rawScript: %q}}]",
		group.ID, s.append("log", "a")+"\n"+s.until("go")))
	runs := []int{s.runNative(flow), s.runNative(flow)}
	s.wrote("log", 1)
	path := fmt.Sprintf("/task-groups/%d", group.ID)
	var queue struct{ Holders, Waiting []struct{ TaskID int } }
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		err := s.p.Native(ctx, 0, http.MethodGet, path, nil, &queue)
		return fmt.Sprintf("%+v", queue), len(queue.Holders) == 1 && len(queue.Waiting) == 1, err
	}))
	if err := admin.Native(s.Context(), 0, http.MethodDelete, path, nil, nil); err == nil {
		s.Error("a task group with a holder and one that waits was deleted")
	}
	s.ok(s.p.Native(s.Context(), 0, http.MethodPost, path+"/start", map[string]int{"taskId": queue.Waiting[0].TaskID}, nil))
	s.wrote("log", 2)
	s.touch("go")
	for _, run := range runs {
		s.is("instances", run, "SUCCEEDED")
	}
	s.ok(admin.Native(s.Context(), 0, http.MethodDelete, path, nil, nil))
}

// slotsByPriority has runs of three workflows wait for a closed task group: once
// it is open they go by their priorities in it, as its page said.
func slotsByPriority(s *story) {
	admin, err := s.c.Admin(s.Context())
	s.ok(err)
	var group struct{ ID int }
	s.ok(admin.Native(s.Context(), 0, http.MethodPost, "/task-groups", map[string]any{"name": "urgent", "size": 1, "closed": true}, &group))
	var runs []int
	for _, priority := range []int{1, 3, 2} {
		runs = append(runs, s.runNative(s.publishDocument(fmt.Sprintf("name: urgent-%d\ntasks: [{name: a, kind: SHELL, taskGroup: {id: %d, priority: %d}, params: {rawScript: %q}}]",
			priority, group.ID, priority, s.append("log", fmt.Sprint(priority))))))
	}
	path := fmt.Sprintf("/task-groups/%d", group.ID)
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		var queue struct{ Waiting []struct{ Priority int } }
		err := s.p.Native(ctx, 0, http.MethodGet, path, nil, &queue)
		line := fmt.Sprint(queue.Waiting)
		return line, line == "[{3} {2} {1}]", err
	}))
	s.ok(admin.Native(s.Context(), 0, http.MethodPut, path, map[string]any{"name": "urgent", "size": 1}, nil))
	for _, run := range runs {
		s.is("instances", run, "SUCCEEDED")
	}
	s.equal("the order in which they ran", fmt.Sprint(s.lines("log")), "[3 2 1]")
}

// environmentOfRun gives a run an environment: tasks that name one of their own
// keep it.
func environmentOfRun(s *story) {
	admin, err := s.c.Admin(s.Context())
	s.ok(err)
	for name, value := range map[string]string{"of-task": "own", "of-run": "chosen"} {
		s.ok(admin.Native(s.Context(), 0, http.MethodPost, "/environments", map[string]any{"name": name, "variables": map[string]string{"WHERE": value}}, nil))
	}
	script := "echo $NAME-$WHERE >>" + s.path("log")
	flow := s.publishDocument(fmt.Sprintf("name: placed\ntasks: [{name: a, kind: SHELL, params: {rawScript: %q}}, {name: b, kind: SHELL, environment: of-task, params: {rawScript: %q}}]",
		"NAME=a; "+script, "NAME=b; "+script))
	s.is("instances", s.runWith(flow, map[string]any{"environment": "of-run"}), "SUCCEEDED")
	s.equal("where tasks ran", sorted(s.lines("log")), "[a-chosen b-own]")
	if err := s.p.Native(s.Context(), 0, http.MethodPost, fmt.Sprintf("/projects/e2e/workflows/%d/runs", flow), map[string]any{"environment": "of-nobody"}, nil); err == nil {
		s.Error("a run with an environment that does not exist was accepted")
	}
}
