package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// TestStandalone shares one process among chapters that run side by side, as
// workflows of many people do.
func TestStandalone(t *testing.T) {
	s := standalone(t)
	s.tell("parameters", parameters)
	s.tell("values handed on", valuesHandedOn)
	s.tell("conditions", conditions)
	s.tell("forbidden", forbidden)
	s.tell("logs", logs)
	s.tell("repeat", repeat)
	s.tell("edit and go on", edited)
	s.tell("export and import", transferred)
	s.tell("stop half-way", stopHalfway)
	s.tell("pause and recover", pauseAndRecover)
	s.tell("recover from failure", recoverFromFailure)
	s.tell("end on failure", endOnFailure)
	s.tell("retries", retries)
	s.tell("timeout fails", timeoutFails)
	s.tell("timeout warns", timeoutWarns)
	s.tell("start nodes", startNodes)
	s.tell("schedule", everyTwoSeconds)
	s.tell("backfill", backfill)
	s.tell("backfill stops", backfillStops)
	s.tell("sub-workflow", subWorkflow)
	s.tell("sub-workflow stops", subWorkflowStops)
	s.tell("dependent", dependent)
	s.tell("retention", sweeps)
	s.tell("escape from stop", func(s *story) { escapes(s, "stop") })
	s.tell("escape from kill", func(s *story) { escapes(s, "kill") })
	s.tell("escape from timeout", func(s *story) { escapes(s, "timeout") })
	s.tell("escape from the end", func(s *story) { escapes(s, "end") })
}

func parameters(s *story) {
	id := s.publishFlow("parameters", client.Flow{
		Global: []client.Property{client.In("place", "reef"), client.In("both", "global"), client.In("day", "${system.biz.date}")},
		Tasks: []client.Node{{
			Type: "SHELL", Name: "say", Locals: []client.Property{client.In("both", "local"), client.In("today", "$[yyyy-MM-dd]")},
			Params: map[string]any{"rawScript": "echo '[${place}] [${both}] [${day}] [${today}] [$[yyyyMMdd-1]] [${unknown}]'"},
		}},
	})
	zone := time.FixedZone("", 8*3600)
	before := time.Now().In(zone)
	i := s.ends(s.start(id).ID, client.Success)
	if time.Now().In(zone).Day() != before.Day() {
		s.Skip("midnight passed")
	}
	yesterday := before.AddDate(0, 0, -1).Format("20060102")
	s.logHas(i.ID, "say", "[reef]", "[local]", "["+yesterday+"] ["+before.Format("2006-01-02")+"] ["+yesterday+"] [${unknown}]")
}

func valuesHandedOn(s *story) {
	first := client.Shell("first", `echo '${setValue(catch=two herrings)}'`)
	first.Locals = []client.Property{client.Out("catch")}
	id := s.publish("values", first, client.Shell("then", "echo '<${catch}>'", "first"))
	i := s.ends(s.start(id).ID, client.Success)
	s.logHas(i.ID, "then", "<two herrings>")
}

func conditions(s *story) {
	for _, test := range []struct {
		name, script, want string
	}{
		{"fulfilled", "true", "map[cheer:SUCCESS gate:SUCCESS try:SUCCESS]"},
		{"not fulfilled", "exit 3", "map[gate:FAILURE mourn:SUCCESS try:FAILURE]"},
	} {
		id := s.publish(test.name,
			client.Shell("try", test.script),
			client.Conditions("gate", "cheer", "mourn", "try"),
			client.Shell("cheer", "true", "gate"), client.Shell("mourn", "true", "gate"),
		)
		i := s.ends(s.start(id).ID, client.Success)
		s.equal(test.name, s.states(i.ID), test.want)
	}
}

func forbidden(s *story) {
	never := client.Shell("never", s.append("ran", "never"), "first")
	never.Forbidden = true
	id := s.publish("forbidden", client.Shell("first", s.append("ran", "first")), never, client.Shell("last", s.append("ran", "last"), "never"))
	s.ends(s.start(id).ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[first last]")
}

func logs(s *story) {
	id := s.publish("logs", client.Shell("count", "i=0; while [ $i -lt 2500 ]; do i=$((i+1)); echo line $i; done"))
	i := s.ends(s.start(id).ID, client.Success)
	task := s.tasks(i.ID)["count"]
	var read []string
	for skip := 0; skip < 10_000; {
		page, err := s.p.Log(s.Context(), task.ID, skip, 1000)
		s.ok(err)
		lines := strings.Split(strings.TrimRight(page, "\r\n"), "\r\n")
		if page == "" {
			break
		}
		read, skip = append(read, lines...), skip+len(lines)
	}
	whole, err := s.p.Download(s.Context(), task.ID)
	s.ok(err)
	for _, line := range []string{"line 1", "line 999", "line 1000", "line 1001", "line 2500"} {
		if n := count(read, line); n != 1 {
			s.Errorf("%q is %d times in the pages", line, n)
		}
	}
	if n := strings.Count(string(whole), "line "); n != 2500 {
		s.Errorf("the download has %d of 2500 lines", n)
	}
}

func count(lines []string, line string) (n int) {
	for _, l := range lines {
		if l == line {
			n++
		}
	}
	return n
}

func repeat(s *story) {
	id := s.publish("repeat", client.Shell("a", s.append("ran", "a")), client.Shell("b", s.append("ran", "b"), "a"))
	i := s.ends(s.start(id).ID, client.Success)
	s.do(i, "REPEAT_RUNNING")
	again := s.ends(i.ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[a b a b]")
	if again.ID != i.ID || !again.StartTime.After(i.StartTime.Time) {
		s.Errorf("first %+v, then %+v", i, again)
	}
}

func stopHalfway(s *story) {
	const marker = "3600.101"
	work := "[ -e " + s.path("second") + " ] || exec sleep " + marker
	id := s.publish("stop",
		client.Shell("a", s.append("ran", "a")), client.Shell("b", work, "a"), client.Shell("c", s.append("ran", "c"), "b"))
	i := s.start(id)
	s.running(i.ID, "b")
	s.alive(marker, 1)
	s.do(i, "STOP")
	i = s.ends(i.ID, client.Stopped)
	s.gone("after stop", marker)
	s.equal("tasks", s.states(i.ID), "map[a:SUCCESS b:KILL]")
	s.touch("second")
	s.do(i, "RECOVER_SUSPENDED_PROCESS")
	s.ends(i.ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[a c]")
}

func pauseAndRecover(s *story) {
	id := s.publish("pause", client.Shell("a", s.until("go")+"\n"+s.append("ran", "a")), client.Shell("b", s.append("ran", "b"), "a"))
	i := s.start(id)
	s.running(i.ID, "a")
	s.do(i, "PAUSE")
	_, err := s.p.Await(s.Context(), i.ID, patience, "READY_PAUSE")
	s.ok(err)
	s.touch("go")
	i = s.ends(i.ID, client.Paused)
	s.equal("what ran", s.lines("ran"), "[a]")
	s.do(i, "RECOVER_SUSPENDED_PROCESS")
	s.ends(i.ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[a b]")
}

func recoverFromFailure(s *story) {
	id := s.publish("recover",
		client.Shell("a", s.append("ran", "a")),
		client.Shell("b", s.append("ran", "b")+"\ntest -e "+s.path("fixed"), "a"),
		client.Shell("c", s.append("ran", "c"), "b"))
	i := s.ends(s.start(id).ID, client.Failure)
	s.equal("tasks", s.states(i.ID), "map[a:SUCCESS b:FAILURE]")
	s.touch("fixed")
	s.do(i, "START_FAILURE_TASK_PROCESS")
	s.ends(i.ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[a b b c]")
	s.equal("tasks", s.states(i.ID), "map[a:SUCCESS b:SUCCESS c:SUCCESS]")
}

func endOnFailure(s *story) {
	const marker = "3600.102"
	flow := []client.Node{
		client.Shell("long", "exec sleep "+marker), client.Shell("fails", s.until("go")+"; exit 7"),
		client.Shell("after", "true", "long"),
	}
	i := s.start(s.publish("end", flow...), "failureStrategy", "END")
	s.alive(marker, 1)
	s.touch("go")
	s.ends(i.ID, client.Failure)
	s.gone("after the failure", marker)
	s.equal("tasks", s.states(i.ID), "map[fails:FAILURE long:KILL]")
}

func retries(s *story) {
	third := client.Shell("third", s.append("third", "x")+"\ntest $(wc -l <"+s.path("third")+") -ge 3")
	third.Retries = 3
	never := client.Shell("never", s.append("never", "x")+"\nfalse")
	never.Retries = 2
	i := s.ends(s.start(s.publish("third time", third)).ID, client.Success)
	s.equal("runs", len(s.lines("third")), 3)
	s.equal("retries shown", s.tasks(i.ID)["third"].RetryTimes, 2)
	s.ends(s.start(s.publish("never", never)).ID, client.Failure)
	s.equal("runs", len(s.lines("never")), 3)
}

// minute is how long nothing may happen beside the shortest timeout there is,
// which is a minute.
const minute = patience + time.Minute

func timeoutFails(s *story) {
	const marker = "3600.103"
	slow := client.Shell("slow", "exec sleep "+marker)
	slow.Timeout, slow.Strategy = 1, "FAILED"
	i := s.start(s.publish("timeout fails", slow))
	s.alive(marker, 1)
	_, err := s.p.Await(s.Context(), i.ID, minute, client.Failure)
	s.ok(err)
	if task := s.tasks(i.ID)["slow"]; task.EndTime.Sub(task.StartTime.Time) < time.Minute-time.Second { // times are cut to seconds
		s.Errorf("it ran from %s to %s", task.StartTime, task.EndTime)
	}
	s.gone("after the timeout", marker)
	s.equal("tasks", s.states(i.ID), "map[slow:FAILURE]")
}

func timeoutWarns(s *story) {
	slow := client.Shell("slow", "sleep 62")
	slow.Timeout, slow.Strategy = 1, "WARN"
	i := s.start(s.publish("timeout warns", slow))
	_, err := s.p.Await(s.Context(), i.ID, minute, client.Success)
	s.ok(err)
}

func startNodes(s *story) {
	id := s.publish("nodes",
		client.Shell("a", s.append("ran", "a")), client.Shell("b", s.append("ran", "b"), "a"), client.Shell("c", s.append("ran", "c"), "b"))
	for depend, want := range map[string]string{"TASK_ONLY": "[b]", "TASK_PRE": "[a b]", "TASK_POST": "[b c]"} {
		s.ends(s.start(id, "startNodeList", "b", "taskDependType", depend).ID, client.Success)
		s.equal(depend, s.lines("ran"), want)
		if err := os.Remove(s.path("ran")); err != nil {
			s.Fatal(err)
		}
	}
}
