package dolphin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func projectScenarios() map[string]scenario {
	return map[string]scenario{
		"Project.createProject": func(s *show) {
			id := into[int64](s.t, s.okAs(s.asUser, "projectName", "new", "description", "d"))
			got, err := s.store.Projects.Get(s.t.Context(), id)
			s.is(err == nil && got.Name == "new" && got.UserID == s.owner.ID && got.Description == "d", "project is %+v, %v", got, err)
		},
		"Project.updateProject": func(s *show) {
			s.ok("projectId", fmt.Sprint(s.proj.ID), "projectName", "renamed", "description", "e")
			got, err := s.store.Projects.Get(s.t.Context(), s.proj.ID)
			s.is(err == nil && got.Name == "renamed" && got.Description == "e", "project is %+v, %v", got, err)
		},
		"Project.queryProjectById": func(s *show) {
			s.save("flow", oneTask)
			s.is(strings.Contains(string(s.ok("projectId", fmt.Sprint(s.proj.ID)).Data), `"defCount":1`), "the workflow is not counted")
		},
		"Project.queryProjectListPaging": func(s *show) {
			s.is(strings.Contains(string(s.okAs(s.asUser, firstPage...).Data), `"perm":7`), "the owner has no right")
		},
		"Project.deleteProject": func(s *show) {
			s.ok("projectId", fmt.Sprint(s.proj.ID))
			_, err := s.store.Projects.Get(s.t.Context(), s.proj.ID)
			s.is(workflow.ErrorCode(err) == workflow.NotFound, "the project is there: %v", err)
		},
		"Project.queryUnauthorizedProject": func(s *show) { s.ok("userId", fmt.Sprint(s.user("eve", workflow.RoleGeneral).ID)) },
		"Project.queryAuthorizedProject": func(s *show) {
			u := s.user("eve", workflow.RoleGeneral)
			must(s.t, s.store.Users.GrantProjects(s.t.Context(), u.ID, []int64{s.proj.ID}))
			s.ok("userId", fmt.Sprint(u.ID))
		},
		"Project.importProcessDefinition": func(s *show) {
			process, err := json.Marshal(oneTask)
			must(s.t, err)
			s.okAs(s.asUser, "projectName", "p", "@file",
				fmt.Sprintf(`f.json:[{"projectName":"x","processDefinitionName":"theirs","processDefinitionJson":%s}]`, process))
			d := s.imported(s.proj.ID, "theirs")
			s.is(len(d.Tasks) == 1 && d.UserID == s.owner.ID && d.ReleaseState == workflow.Offline, "imported %+v", d)
		},
		"Project.queryAllProjectList": func(s *show) {
			s.project("empty", s.owner.ID)
			s.save("flow", oneTask)
			s.is(!strings.Contains(string(s.ok().Data), `"empty"`), "an empty project is listed")
		},
	}
}

// definition gives a workflow as it is stored.
func (s *show) definition(id int64) workflow.Definition {
	s.t.Helper()
	d, err := s.store.Definitions.Get(s.t.Context(), id)
	must(s.t, err)
	return d
}

func definitionScenarios() map[string]scenario {
	return map[string]scenario{
		"ProcessDefinition.createProcessDefinition": func(s *show) {
			s.okAs(s.asUser, "name", "flow", "processDefinitionJson", twoTasks, "locations", "{}", "connects", "[]", "description", "d")
			d := s.definitions(s.proj.ID)["flow"]
			s.is(len(d.Tasks) == 2 && len(d.Edges) == 1 && d.UserID == s.owner.ID && d.ReleaseState == workflow.Offline, "workflow is %+v", d)
		},
		"ProcessDefinition.copyProcessDefinition": func(s *show) {
			s.ok("processId", fmt.Sprint(s.save("flow", oneTask)))
			all := s.definitions(s.proj.ID)
			delete(all, "flow")
			for name := range all {
				s.is(strings.HasPrefix(name, "flow_copy_"), "the copy is %s", name)
			}
			s.is(len(all) == 1, "copies are %v", all)
		},
		"ProcessDefinition.verifyProcessDefinitionName": func(s *show) { s.ok("name", "free") },
		"ProcessDefinition.updateProcessDefinition": func(s *show) {
			id := s.save("flow", oneTask)
			s.ok("id", fmt.Sprint(id), "name", "flow2", "processDefinitionJson", twoTasks, "description", "e")
			d := s.definition(id)
			s.is(d.Name == "flow2" && d.Version == 2 && len(d.Tasks) == 2 && d.Description == "e", "workflow is %+v", d)
		},
		"ProcessDefinition.releaseProcessDefinition": func(s *show) {
			id := s.save("flow", oneTask)
			s.ok("processId", fmt.Sprint(id), "releaseState", "1")
			s.is(s.definition(id).ReleaseState == workflow.Online, "it is not online")
			s.ok("processId", fmt.Sprint(id), "releaseState", "0")
			s.is(s.definition(id).ReleaseState == workflow.Offline, "it is not offline")
		},
		"ProcessDefinition.queryProcessDefinitionById": func(s *show) {
			r := s.ok("processId", fmt.Sprint(s.save("flow", twoTasks)))
			sameJSON(s.tt(), "definition", into[struct{ ProcessDefinitionJSON string }](s.t, r).ProcessDefinitionJSON, twoTasks)
		},
		"ProcessDefinition.queryProcessDefinitionList":       func(s *show) { s.save("flow", oneTask); s.ok() },
		"ProcessDefinition.queryProcessDefinitionListPaging": func(s *show) { s.save("flow", oneTask); s.ok(firstPage...) },
		"ProcessDefinition.queryProcessDefinitionAllByProjectId": func(s *show) {
			s.save("flow", oneTask)
			s.ok("projectId", fmt.Sprint(s.proj.ID))
		},
		"ProcessDefinition.viewTree": func(s *show) {
			id := s.online("flow", twoTasks)
			s.ran(id, workflow.Failed)
			s.ok("processId", fmt.Sprint(id), "limit", "10")
		},
		"ProcessDefinition.getNodeListByDefinitionId": func(s *show) { s.ok("processDefinitionId", fmt.Sprint(s.save("flow", twoTasks))) },
		"ProcessDefinition.getNodeListByDefinitionIdList": func(s *show) {
			id := s.save("flow", twoTasks)
			r := s.ok("processDefinitionIdList", fmt.Sprintf("%d,999", id))
			keys(s.tt(), r.Data, fmt.Sprint(id))
		},
		"ProcessDefinition.deleteProcessDefinitionById": func(s *show) {
			s.ok("processDefinitionId", fmt.Sprint(s.save("flow", oneTask)))
			s.is(len(s.definitions(s.proj.ID)) == 0, "it is there")
		},
		"ProcessDefinition.batchDeleteProcessDefinitionByIds": func(s *show) {
			s.ok("processDefinitionIds", fmt.Sprintf("%d,%d", s.save("a", oneTask), s.save("b", oneTask)))
			s.is(len(s.definitions(s.proj.ID)) == 0, "they are there")
		},
		"ProcessDefinition.batchExportProcessDefinitionByIds": func(s *show) {
			r := s.ok("processDefinitionIds", fmt.Sprintf("%d,%d", s.save("a", twoTasks), s.save("b", oneTask)))
			var metas []struct{ ProcessDefinitionName, ProcessDefinitionJSON string }
			decode(s.tt(), r.Body, &metas)
			s.is(len(metas) == 2 && metas[0].ProcessDefinitionName == "a", "exported %+v", metas)
			sameJSON(s.tt(), "definition", metas[0].ProcessDefinitionJSON, twoTasks)
		},
		"Executor.startProcessInstance": func(s *show) {
			id := s.online("flow", oneTask)
			s.ok("processDefinitionId", fmt.Sprint(id), "failureStrategy", "END", "warningType", "ALL", "warningGroupId", "1", "receivers", "a@example.org")
			c := s.onePending()
			s.is(c.Type == workflow.CmdStart && c.DefinitionID == id && c.Start.WarningType == workflow.WarnAll && c.Start.WarningGroupID == 1, "command is %+v", c)
		},
		"Executor.execute": func(s *show) {
			in, _ := s.run(workflow.Instance{DefinitionID: s.online("flow", oneTask), State: workflow.Running, StartTime: began})
			s.ok("processInstanceId", fmt.Sprint(in.ID), "executeType", "STOP")
			c := s.onePending()
			s.is(c.Type == workflow.CmdStop && c.InstanceID == in.ID, "command is %+v", c)
		},
		"Executor.startCheckProcessDefinition": func(s *show) { s.ok("processDefinitionId", fmt.Sprint(s.online("flow", oneTask))) },
		"Executor.getReceiverCc": func(s *show) {
			id := s.save("flow", oneTask)
			must(s.t, s.store.Definitions.SetReceivers(s.t.Context(), id, "a@example.org", "b@example.org"))
			want := `{"receivers":"a@example.org","receiversCc":"b@example.org"}`
			sameJSON(s.tt(), "receivers", string(s.ok("processDefinitionId", fmt.Sprint(id)).Data), want)
			in, _ := s.run(workflow.Instance{DefinitionID: id, State: workflow.Succeeded})
			sameJSON(s.tt(), "receivers of the instance", string(s.ok("processInstanceId", fmt.Sprint(in.ID)).Data), want)
		},
	}
}

// daily is a schedule as clients write it.
const daily = `{"startTime":"2021-10-01 00:00:00","endTime":"2031-10-01 00:00:00","crontab":"0 0 2 * * ? *"}`

// schedule makes a schedule of a new workflow, both online or offline.
func (s *show) schedule(state workflow.ReleaseState) (id, definition int64) {
	s.t.Helper()
	definition = s.online("flow", oneTask)
	s.do(http.MethodPost, "/schedule/create", "processDefinitionId", fmt.Sprint(definition), "schedule", daily).is(s.t, created, status.Success)
	list, err := s.store.Schedules.ByDefinition(s.t.Context(), definition)
	must(s.t, err)
	if state == workflow.Online {
		s.do(http.MethodPost, "/schedule/online", "id", fmt.Sprint(list[0].ID)).is(s.t, ok, status.Success)
	}
	return list[0].ID, definition
}

// stored gives a schedule as it is stored.
func (s *show) storedSchedule(id int64) workflow.Schedule {
	s.t.Helper()
	sc, err := s.store.Schedules.Get(s.t.Context(), id)
	must(s.t, err)
	return sc
}

func scheduleScenarios() map[string]scenario {
	return map[string]scenario{
		"Scheduler.createSchedule": func(s *show) {
			id := s.online("flow", oneTask)
			s.ok("processDefinitionId", fmt.Sprint(id), "schedule", daily, "warningType", "ALL", "failureStrategy", "END", "processInstancePriority", "HIGH")
			list, err := s.store.Schedules.ByDefinition(s.t.Context(), id)
			s.is(err == nil && len(list) == 1 && list[0].Cron == "0 0 2 * * ? *" && list[0].ReleaseState == workflow.Offline &&
				list[0].Start.WarningType == workflow.WarnAll && list[0].Start.Priority == workflow.High, "schedules are %+v, %v", list, err)
		},
		"Scheduler.updateSchedule": func(s *show) {
			id, _ := s.schedule(workflow.Offline)
			s.ok("id", fmt.Sprint(id), "warningGroupId", "1", "schedule", strings.Replace(daily, "0 0 2", "0 0 3", 1))
			s.is(s.storedSchedule(id).Cron == "0 0 3 * * ? *", "schedule is %+v", s.storedSchedule(id))
		},
		"Scheduler.online": func(s *show) {
			id, _ := s.schedule(workflow.Offline)
			s.ok("id", fmt.Sprint(id))
			sc := s.storedSchedule(id)
			s.is(sc.ReleaseState == workflow.Online && !sc.NextDue.IsZero(), "schedule is %+v", sc)
		},
		"Scheduler.offline": func(s *show) {
			id, _ := s.schedule(workflow.Online)
			s.ok("id", fmt.Sprint(id))
			s.is(s.storedSchedule(id).ReleaseState == workflow.Offline, "schedule is %+v", s.storedSchedule(id))
		},
		"Scheduler.queryScheduleListPaging": func(s *show) {
			_, definition := s.schedule(workflow.Offline)
			s.ok(append(firstPage, "processDefinitionId", fmt.Sprint(definition))...)
		},
		"Scheduler.queryScheduleList": func(s *show) { s.schedule(workflow.Offline); s.ok() },
		"Scheduler.deleteScheduleById": func(s *show) {
			id, _ := s.schedule(workflow.Offline)
			s.ok("scheduleId", fmt.Sprint(id))
			_, err := s.store.Schedules.Get(s.t.Context(), id)
			s.is(workflow.ErrorCode(err) == workflow.NotFound, "the schedule is there: %v", err)
		},
		"Scheduler.previewSchedule": func(s *show) {
			times := into[[]string](s.t, s.ok("schedule", daily))
			s.is(len(times) == 5 && plainDate.MatchString(times[0]), "times are %v", times)
		},
	}
}
