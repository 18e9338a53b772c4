package e2e

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

func subWorkflow(s *story) {
	child := s.publishFlow("child", client.Flow{
		Global: []client.Property{client.In("own", "of the child")},
		Tasks:  []client.Node{client.Shell("inner", "echo [${own}] [${given}]\ntest ! -e "+s.path("broken"))},
	})
	parent := s.publishFlow("parent", client.Flow{
		Global: []client.Property{client.In("own", "of the parent"), client.In("given", "by the parent")},
		Tasks:  []client.Node{client.Sub("sub", child), client.Shell("after", s.append("ran", "after"), "sub")},
	})
	i := s.ends(s.start(parent).ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[after]")
	inner, err := s.p.Instances(s.Context(), child, "", 1, 10)
	s.ok(err)
	s.equal("children", inner.Total, 1)
	s.logHas(inner.TotalList[0].ID, "inner", "[of the child] [by the parent]")
	s.equal("tasks", s.states(i.ID), "map[after:SUCCESS sub:SUCCESS]")

	s.touch("broken")
	i = s.ends(s.start(parent).ID, client.Failure)
	s.equal("tasks", s.states(i.ID), "map[sub:FAILURE]")
}

func subWorkflowStops(s *story) {
	const marker = "3600.104"
	child := s.publish("endless child", client.Shell("inner", "exec sleep "+marker))
	parent := s.publish("its parent", client.Sub("sub", child))
	i := s.start(parent)
	s.alive(marker, 1)
	s.do(i, "STOP")
	i = s.ends(i.ID, client.Stopped)
	s.gone("after stop", marker)
	s.equal("tasks", s.states(i.ID), "map[sub:KILL]")
	inner, err := s.p.Instances(s.Context(), child, "", 1, 1)
	s.ok(err)
	s.equal("child", inner.TotalList[0].State, client.Stopped)
}

func dependent(s *story) {
	project, err := s.p.ProjectID(s.Context(), s.p.Name)
	s.ok(err)
	upstream := s.publish("upstream", client.Shell("work", "test ! -e "+s.path("broken")))
	zone := time.FixedZone("", 8*3600)
	if now := time.Now().In(zone); now.Add(10*time.Minute).Day() != now.Day() {
		s.Skip("today is about to end")
	}
	waits := s.publish("downstream", client.Dependent("wait", project, upstream, "day", "today"), client.Shell("then", s.append("ran", "then"), "wait"))
	i := s.start(waits)
	s.running(i.ID, "wait") // nothing ran upstream today
	s.equal("what ran", s.lines("ran"), "[]")
	s.ends(s.start(upstream).ID, client.Success)
	s.ends(i.ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[then]")

	s.touch("broken")
	s.ends(s.start(upstream).ID, client.Failure)
	s.ends(s.start(waits).ID, client.Failure)
}

// everyTwoSeconds has a schedule fire on every even second, each once, until
// it is taken offline.
func everyTwoSeconds(s *story) {
	id := s.publish("often", client.Shell("tell", s.append("due", "${system.datetime}")))
	rule, err := s.p.CreateSchedule(s.Context(), id, "0/2 * * * * ? *", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	s.ok(err)
	s.ok(s.p.SetSchedule(s.Context(), rule, true))
	if err := client.Poll(s.Context(), patience, func(context.Context) (string, bool, error) {
		n := len(s.lines("due"))
		return fmt.Sprintf("%d firings", n), n >= 5, nil
	}); err != nil {
		s.Fatal(err, s.others(id, client.Success))
	}
	s.ok(s.p.SetSchedule(s.Context(), rule, false))
	instances := s.quiet(id, 5*time.Second)
	due := sorted(s.lines("due"))
	s.equal("runs", len(due), len(instances))
	if found := gap(due, 2*time.Second); found != "" {
		s.Error(found)
	}
	seen := map[time.Time]bool{}
	for _, i := range instances {
		if seen[i.ScheduleTime.UTC()] || i.ScheduleTime.IsZero() || i.State != client.Success {
			s.Errorf("instance %+v", i)
		}
		seen[i.ScheduleTime.UTC()] = true
	}
}

// quiet watches for a while that no instances are added, and gives them all
// once they have ended.
func (s *story) quiet(definition int, watch time.Duration) []client.Instance {
	s.Helper()
	var instances []client.Instance
	count, since := -1, time.Now()
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		var err error
		instances, err = s.p.AllInstances(ctx, definition)
		open := 0
		for _, i := range instances {
			if !client.Terminal(i.State) {
				open++
			}
		}
		if len(instances) != count {
			count, since = len(instances), time.Now()
		}
		return fmt.Sprintf("%d instances, %d open", count, open), open == 0 && time.Since(since) > watch, err
	}))
	return instances
}

// tenDays are the dates between, but not at, the ends of the range.
var tenDays = []string{"scheduleTime", "2021-01-01 00:00:00,2021-01-12 00:00:00", "execType", "COMPLEMENT_DATA"}

func days(from, to int) (list []string) {
	for day := from; day <= to; day++ {
		list = append(list, fmt.Sprintf("202101%02d", day))
	}
	return list
}

func backfill(s *story) {
	id := s.publish("serial", client.Shell("day", s.append("serial", "${system.biz.date}")+"\nsleep 0.1"))
	s.ok(s.p.Start(s.Context(), id, append([]string{"runMode", "RUN_MODE_SERIAL"}, tenDays...)...))
	s.backfilled(id, 10, client.Success)
	s.equal("days, one after the other", s.lines("serial"), days(2, 11))

	id = s.publish("parallel", client.Shell("day", s.append("parallel", "${system.biz.date}")))
	s.ok(s.p.Start(s.Context(), id, append([]string{"runMode", "RUN_MODE_PARALLEL"}, tenDays...)...))
	s.backfilled(id, 10, client.Success)
	s.equal("days", sorted(s.lines("parallel")), days(2, 11))
}

// backfillStops has the fifth date fail: a serial backfill goes no further.
func backfillStops(s *story) {
	script := s.append("stops", "${system.biz.date}") + "\ntest ${system.biz.date} != 20210106"
	id := s.publish("stops", client.Shell("day", script))
	s.ok(s.p.Start(s.Context(), id, append([]string{"runMode", "RUN_MODE_SERIAL"}, tenDays...)...))
	s.backfilled(id, 4, client.Success)
	s.backfilled(id, 1, client.Failure)
	s.quiet(id, 2*time.Second)
	s.equal("days", s.lines("stops"), days(2, 6))
}

// backfilled waits until n instances have ended that way.
func (s *story) backfilled(definition, n int, state string) {
	s.Helper()
	err := client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		page, err := s.p.Instances(ctx, definition, state, 1, 1)
		return fmt.Sprintf("%d of %d are %s", page.Total, n, state), page.Total >= n, err
	})
	if err != nil {
		s.Fatal(err, s.others(definition, state))
	}
}

// others tells of instances that are not in a state.
func (s *story) others(definition int, state string) (text string) {
	s.Helper()
	instances, err := s.p.AllInstances(s.Context(), definition)
	s.ok(err)
	for _, i := range instances {
		if i.State != state {
			text += fmt.Sprintf("\ninstance %d is %s: %s", i.ID, i.State, s.why(i.ID))
		}
	}
	return text
}

// ways are how processes leave their parent. %s is their mark.
var ways = map[string]string{
	"child":         `sleep %s &`,
	"setsid":        `setsid sleep %s &`,
	"double-fork":   `( ( sleep %s & ) & )`,
	"nohup":         `nohup sleep %s >/dev/null 2>&1 &`,
	"daemon":        `( setsid sh -c 'cd /; trap "" HUP INT TERM; ( sleep %s </dev/null >/dev/null 2>&1 & )' & )`,
	"no-env":        `env -i /usr/bin/setsid /bin/sh -c 'cd /; trap "" HUP INT TERM; /bin/sleep %s & wait' &`,
	"stubborn-main": `trap "" HUP INT TERM; sleep %s &`,
}

// escapes lets tasks leave processes behind in all ways and ends them: with the
// task's state, and not a moment later, the processes must be gone.
func escapes(s *story, ending string) {
	second := map[string]string{"stop": "1", "kill": "2", "timeout": "3", "end": "4"}[ending]
	var tasks []client.Node
	marks := map[string]string{}
	n := 0
	for name, way := range ways {
		n++
		marks[name] = fmt.Sprintf("3600.2%s%02d", second, n)
		script := fmt.Sprintf(way, marks[name]) + "\n" + s.until("up") + "\n"
		if ending != "end" {
			script += "sleep " + marks[name] + "\n"
		}
		node := client.Shell(name, script)
		if ending == "timeout" {
			node.Timeout, node.Strategy = 1, "FAILED"
		}
		tasks = append(tasks, node)
	}
	if ending == "kill" {
		tasks = append(tasks, client.Shell("fails", s.until("fail")+"; exit 1"))
	}
	i := s.start(s.publish("escapes "+ending, tasks...), "failureStrategy", map[bool]string{true: "END", false: "CONTINUE"}[ending == "kill"])
	for _, mark := range marks {
		s.alive(mark, 1) // the one that left; the task goes on once all have
	}
	s.touch("up")
	if ending != "end" {
		for _, mark := range marks {
			s.alive(mark, 2)
		}
	}
	want := client.Success
	switch ending {
	case "stop":
		s.do(i, "STOP")
		want = client.Stopped
	case "kill":
		s.touch("fail")
		want = client.Failure
	case "timeout":
		want = client.Failure
	}
	s.watchEnd(i.ID, marks)
	s.ends(i.ID, want)
}

// watchEnd polls until all marked tasks have ended; what has ended must have
// left nothing.
func (s *story) watchEnd(instance int, marks map[string]string) {
	s.Helper()
	s.ok(client.Poll(s.Context(), minute, func(ctx context.Context) (string, bool, error) {
		states := s.states(instance)
		open := 0
		for name, mark := range marks {
			if !client.Terminal(states[name]) {
				open++
				continue
			}
			s.gone(strings.Join([]string{"task", name, "is", states[name]}, " "), mark)
		}
		return fmt.Sprint(states), open == 0, ctx.Err()
	}))
}
