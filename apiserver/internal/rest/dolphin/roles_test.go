package dolphin_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestOperatorsRunAndChangeNothing sees what roles in a project are worth here.
func TestOperatorsRunAndChangeNothing(t *testing.T) {
	f := newFlows(t)
	id := fmt.Sprint(f.online("flow", twoTasks))
	for _, c := range []struct {
		role          workflow.ProjectRole
		start, change status.Constant
	}{
		{"", status.UserNoOperationProjectPerm, status.UserNoOperationProjectPerm},
		{workflow.RoleViewer, status.UserNoOperationPerm, status.UserNoOperationPerm},
		{workflow.RoleOperator, status.Success, status.UserNoOperationPerm},
		{workflow.RoleDeveloper, status.Success, status.Success},
	} {
		u := f.user("u"+string(c.role), workflow.RoleGeneral)
		must(t, f.store.Members.Set(t.Context(), f.proj.ID, u.ID, c.role))
		call := func(path string, params ...string) reply {
			return f.call(token(f.token(u.ID)), http.MethodPost, "/projects/"+f.proj.Name+path, params...)
		}
		if r := call(startPath, "processDefinitionId", id, "failureStrategy", "CONTINUE", "warningType", "NONE", "warningGroupId", "0"); r.Code != c.start.Code() {
			t.Errorf("%q starts: %s", c.role, r.Body)
		}
		if r := call("/process/release", "processId", id, "releaseState", "1"); r.Code != c.change.Code() {
			t.Errorf("%q changes: %s", c.role, r.Body)
		}
	}
}
