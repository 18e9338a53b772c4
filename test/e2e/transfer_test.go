package e2e

import (
	"encoding/json"
	"strings"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// edited repairs an instance that failed, without changing its workflow, and
// then with it.
func edited(s *story) {
	id := s.publish("edited", client.Shell("a", s.append("ran", "a")), client.Shell("b", "exit 1", "a"), client.Shell("old", "true", "b"))
	i := s.ends(s.start(id).ID, client.Failure)
	repaired := client.Flow{Tasks: []client.Node{client.Shell("a", s.append("ran", "a2")), client.Shell("b", s.append("ran", "b"), "a"),
		client.Shell("new", s.append("ran", "new"), "b")}}
	s.ok(s.p.Edit(s.Context(), i.ID, repaired, false))
	s.do(i, "START_FAILURE_TASK_PROCESS")
	i = s.ends(i.ID, client.Success)
	s.equal("what ran", s.lines("ran"), "[a b new]")
	s.equal("tasks", s.states(i.ID), "map[a:SUCCESS b:SUCCESS new:SUCCESS]")
	s.do(i, "REPEAT_RUNNING")
	s.ends(i.ID, client.Success)
	s.equal("what ran again", s.lines("ran"), "[a b new a2 b new]")
	s.ends(s.start(id).ID, client.Failure) // the workflow is as it was
	s.ok(s.p.Release(s.Context(), id, false))
	s.ok(s.p.Edit(s.Context(), i.ID, repaired, true))
	s.ok(s.p.Release(s.Context(), id, true))
	s.ends(s.start(id).ID, client.Success)
}

// transferred exports a workflow, imports the file and runs what came of it.
func transferred(s *story) {
	id := s.publish("leaves", client.Shell("a", s.append("ran", "a")), client.Shell("b", s.append("ran", "b"), "a"))
	file, err := s.p.Export(s.Context(), id)
	s.ok(err)
	s.ok(s.p.Import(s.Context(), file))
	var metas []map[string]any
	s.ok(json.Unmarshal(file, &metas))
	metas[0]["processDefinitionName"] = "comes back"
	again, err := json.Marshal(metas)
	s.ok(err)
	s.ok(s.p.Import(s.Context(), again))
	list, err := s.p.Definitions(s.Context(), "_import_")
	s.ok(err)
	for _, d := range list {
		if !strings.HasPrefix(d.Name, "leaves_import_") && !strings.HasPrefix(d.Name, "comes back_import_") {
			s.Errorf("imported %s", d.Name)
			continue
		}
		s.ok(s.p.Release(s.Context(), d.ID, true))
		s.ends(s.start(d.ID).ID, client.Success)
	}
	s.equal("what ran", s.lines("ran"), "[a b a b]")
}
