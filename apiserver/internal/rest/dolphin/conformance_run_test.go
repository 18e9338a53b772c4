package dolphin_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ended makes an instance of a workflow of two tasks that has failed.
func (s *show) ended() (in workflow.Instance, tasks []workflow.TaskInstance) {
	s.t.Helper()
	return s.ran(s.online("flow", twoTasks), workflow.Failed)
}

func instanceScenarios() map[string]scenario {
	withInstance := func(look func(s *show, r reply)) scenario {
		return func(s *show) {
			in, _ := s.ended()
			look(s, s.ok("processInstanceId", fmt.Sprint(in.ID)))
		}
	}
	deleted := func(s *show, ids ...int64) {
		seen := map[int64]bool{}
		for _, c := range s.pending() {
			seen[c.InstanceID] = c.Type == workflow.CmdDelete
		}
		for _, id := range ids {
			s.is(seen[id], "no command deletes %d: %+v", id, s.pending())
		}
	}
	return map[string]scenario{
		"ProcessInstance.queryProcessInstanceList": func(s *show) { s.ended(); s.ok(append(firstPage, "stateType", "FAILURE")...) },
		"ProcessInstance.queryTaskListByProcessId": withInstance(func(s *show, r reply) {
			s.is(strings.Contains(string(r.Data), `"processInstanceState":"FAILURE"`), "answered %s", r.Data)
		}),
		"ProcessInstance.queryProcessInstanceById": withInstance(func(s *show, r reply) {
			s.is(strings.Contains(string(r.Data), `"executorName":"ann"`), "answered %s", r.Data)
		}),
		"ProcessInstance.viewVariables": withInstance(func(s *show, r reply) {
			s.is(strings.Contains(string(r.Data), `"a":{"taskType":"SHELL"`), "answered %s", r.Data)
		}),
		"ProcessInstance.viewTree": withInstance(func(s *show, r reply) {
			s.is(strings.Contains(string(r.Data), `"taskNames":["a","b"]`), "answered %s", r.Data)
		}),
		"ProcessInstance.updateProcessInstance": func(s *show) {
			in, _ := s.ended()
			s.release(in.DefinitionID, 0)
			s.ok("processInstanceId", fmt.Sprint(in.ID), "processInstanceJson", oneTask, "syncDefine", "true", "locations", "{}", "connects", "[]", "flag", "YES")
			d := s.definition(in.DefinitionID)
			s.is(d.Version == 2 && len(d.Tasks) == 1, "workflow is %+v", d)
		},
		"ProcessInstance.deleteProcessInstanceById": func(s *show) {
			in, _ := s.ended()
			s.ok("processInstanceId", fmt.Sprint(in.ID))
			deleted(s, in.ID)
		},
		"ProcessInstance.batchDeleteProcessInstanceByIds": func(s *show) {
			in, _ := s.ended()
			other, _ := s.ran(in.DefinitionID, workflow.Succeeded)
			s.ok("processInstanceIds", fmt.Sprintf("%d,%d", in.ID, other.ID))
			deleted(s, in.ID, other.ID)
		},
		"ProcessInstance.querySubProcessInstanceByTaskId": func(s *show) {
			id := s.online("flow", oneTask)
			child, _ := s.run(workflow.Instance{DefinitionID: id, State: workflow.Succeeded})
			_, tasks := s.run(workflow.Instance{DefinitionID: id, State: workflow.Succeeded},
				workflow.TaskInstance{Task: "a", Kind: workflow.KindSubWorkflow, State: workflow.Succeeded, ChildID: child.ID})
			r := s.ok("taskId", fmt.Sprint(tasks[0].ID))
			sameJSON(s.tt(), "child", string(r.Data), fmt.Sprintf(`{"subProcessInstanceId":%d}`, child.ID))
		},
		"ProcessInstance.queryParentInstanceBySubId": func(s *show) {
			id := s.online("flow", oneTask)
			parent, _ := s.run(workflow.Instance{DefinitionID: id, State: workflow.Succeeded})
			child, _ := s.run(workflow.Instance{DefinitionID: id, State: workflow.Succeeded, ParentID: parent.ID})
			r := s.ok("subId", fmt.Sprint(child.ID))
			sameJSON(s.tt(), "parent", string(r.Data), fmt.Sprintf(`{"parentWorkflowInstance":%d}`, parent.ID))
		},
		"TaskInstance.queryTaskListPaging": func(s *show) {
			s.ended()
			r := s.ok(append(firstPage, "taskName", "b", "stateType", "FAILURE")...)
			s.is(strings.Contains(string(r.Data), `"total":1`), "answered %s", r.Data)
		},
		"Logger.queryLog": func(s *show) {
			task := s.logged("one\ntwo\nthree\n")
			got := into[string](s.t, s.ok("taskInstanceId", fmt.Sprint(task), "skipLineNum", "1", "limit", "1"))
			s.is(strings.TrimSpace(got) == "two", "log is %q", got)
		},
		"Logger.downloadTaskLog": func(s *show) {
			r := s.ok("taskInstanceId", fmt.Sprint(s.logged("one\ntwo\n")))
			s.is(strings.HasSuffix(string(r.Body), "one\ntwo\n"), "log is %q", r.Body)
		},
	}
}

// logged makes a task instance with a log.
func (s *show) logged(text string) int64 {
	s.t.Helper()
	_, tasks := s.run(workflow.Instance{DefinitionID: s.online("flow", oneTask), State: workflow.Running},
		workflow.TaskInstance{Task: "a", Kind: workflow.KindShell, State: workflow.Running, Host: "10.0.0.1:1234"})
	s.uc.Logs = &textLogs{texts: map[int64]string{tasks[0].ID: text}}
	return tasks[0].ID
}

// counted reads the figures of a TaskCountDto.
func counted(s *show, r reply) (total int, byState map[string]int) {
	s.t.Helper()
	dto := into[struct {
		TotalCount    int
		TaskCountDtos []struct {
			TaskStateType string
			Count         int
		}
	}](s.t, r)
	byState = map[string]int{}
	for i, one := range dto.TaskCountDtos {
		s.is(one.TaskStateType == s.c.enums["ExecutionStatus"][i], "state %d is %s", i, one.TaskStateType)
		byState[one.TaskStateType] = one.Count
	}
	s.is(len(dto.TaskCountDtos) == len(s.c.enums["ExecutionStatus"]), "states are %v", byState)
	return dto.TotalCount, byState
}

func overviewScenarios() map[string]scenario {
	around := []string{"startDate", "2021-10-18 00:00:00", "endDate", "2021-10-18 23:59:59"}
	elsewhen := []string{"startDate", "2021-10-19 00:00:00", "endDate", "2021-10-20 00:00:00"}
	bare := func(s *show) { s.ok() }
	return map[string]scenario{
		"DataAnalysis.countTaskState": func(s *show) {
			s.ended()
			total, by := counted(s, s.ok(append(around, "projectId", fmt.Sprint(s.proj.ID))...))
			s.is(total == 2 && by["SUCCESS"] == 1 && by["FAILURE"] == 1, "counted %d, %v", total, by)
			total, _ = counted(s, s.ok(elsewhen...))
			s.is(total == 0, "counted %d on another day", total)
			stranger := token(s.token(s.user("eve", workflow.RoleGeneral).ID))
			total, _ = counted(s, s.okAs(stranger, around...))
			s.is(total == 0, "a stranger counts %d", total)
			s.get("/projects/analysis/task-state-count", "startDate", "soon", "endDate", "later").is(s.t, ok, status.RequestParamsNotValidError)
			s.get("/projects/analysis/task-state-count", "projectId", "99").is(s.t, ok, status.ProjectNotFount)
		},
		"DataAnalysis.countProcessInstanceState": func(s *show) {
			s.ended()
			total, by := counted(s, s.okAs(s.asUser, around...))
			s.is(total == 1 && by["FAILURE"] == 1, "counted %d, %v", total, by)
		},
		"DataAnalysis.countDefinitionByUser": func(s *show) {
			s.save("a", oneTask)
			s.save("b", oneTask)
			sameJSON(s.tt(), "counts", string(s.ok("projectId", fmt.Sprint(s.proj.ID)).Data),
				fmt.Sprintf(`{"count":2,"userList":[{"userName":"ann","userId":%d,"count":2}]}`, s.owner.ID))
		},
		"DataAnalysis.countCommandState": func(s *show) {
			s.start(s.online("flow", oneTask)).is(s.t, ok, status.Success)
			list := into[[]struct {
				ErrorCount, NormalCount int
				CommandState            string
			}](s.t, s.ok())
			s.is(len(list) == len(s.c.enums["CommandType"]), "commands are %+v", list)
			for i, c := range list {
				s.is(c.CommandState == s.c.enums["CommandType"][i], "command %d is %s", i, c.CommandState)
				s.is(c.ErrorCount == 0 && (c.NormalCount == 1) == (c.CommandState == "START_PROCESS"), "counted %+v", c)
			}
		},
		"DataAnalysis.countQueueState": func(s *show) {
			id := s.online("flow", twoTasks)
			s.run(workflow.Instance{DefinitionID: id, State: workflow.Stopping},
				workflow.TaskInstance{Task: "a", State: workflow.Submitted}, workflow.TaskInstance{Task: "b", State: workflow.Running})
			sameJSON(s.tt(), "counts", string(s.ok().Data), `{"taskQueue":1,"taskKill":1}`)
		},
		"TaskRecord.queryTaskRecordListPaging":        func(s *show) { s.ok(append(firstPage, "taskName", "x", "state", "y")...) },
		"TaskRecord.queryHistoryTaskRecordListPaging": func(s *show) { s.ok(firstPage...) },
		"Monitor.listMaster": func(s *show) {
			s.worker(coord.Member{ID: "m2", Role: coord.Master, Addr: "10.0.0.2:5678", StartTime: s.now(), Load: coord.Load{Time: s.now()}})
			s.is(strings.Contains(string(s.ok().Data), `"10.0.0.2"`), "the master is not listed")
		},
		"Monitor.listWorker": func(s *show) {
			s.living()
			s.is(strings.Contains(string(s.ok().Data), "/dolphinscheduler/nodes/worker/gpu/10.0.0.1:1234"), "the worker is not listed")
		},
		"Monitor.queryDatabaseState": bare,
		"Monitor.queryZookeeperState": func(s *show) {
			s.uc.Coord = threeServers{s.coord}
			list := into[[]struct {
				Hostname, Mode   string
				State, NodeCount int
				AvgLatency       float64
			}](s.t, s.ok())
			s.is(fmt.Sprint(list) == "[{etcd1:2379 leader 1 1 2} {etcd2:2379 follower 1 1 3} {etcd3:2379  0 -1 -1}]", "the servers are %+v", list)
		},
	}
}

// threeServers is a registry of three servers, of which one is away.
type threeServers struct{ coord.Coordinator }

func (threeServers) Servers(context.Context) []coord.Server {
	return []coord.Server{
		{Name: "a", Addr: "etcd1:2379", Up: true, Mode: coord.Leader, Version: "3.6.0", RoundTrip: 2 * time.Millisecond},
		{Name: "b", Addr: "etcd2:2379", Up: true, Mode: coord.Follower, Version: "3.6.0", RoundTrip: 3 * time.Millisecond},
		{Name: "c", Addr: "etcd3:2379", Problem: "it does not answer"},
	}
}
