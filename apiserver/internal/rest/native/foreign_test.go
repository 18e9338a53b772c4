package native_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
)

const foreign = `[{"projectName":"p","processDefinitionName":"ds","processDefinitionJson":"{\"globalParams\":[],\"tasks\":[{\"type\":\"SHELL\",\"id\":\"tasks-1\",\"name\":\"a\",\"params\":{\"rawScript\":\"echo\",\"localParams\":[]},\"preTasks\":[]}],\"tenantId\":-1,\"timeout\":0}","processDefinitionLocations":"{\"tasks-1\":{\"name\":\"a\",\"targetarr\":\"\",\"nodenumber\":\"0\",\"x\":7,\"y\":8}}","processDefinitionConnects":"[]"}]`

// TestImportOfDolphinScheduler imports what that product exported.
func TestImportOfDolphinScheduler(t *testing.T) {
	f := newFlows(t)
	in := native.ImportInput{Document: foreign, Format: "dolphinscheduler", DryRun: true}
	f.call(f.developer, "POST", f.base+"/workflows:import", in).problem(http.StatusServiceUnavailable, "format.unknown")

	d, err := dolphin.New(f.uc, dolphin.Config{})
	must(t, err)
	api, err := native.New(f.uc, native.Config{DolphinScheduler: d.ReadExport})
	must(t, err)
	srv := httptest.NewServer(api.Handler())
	t.Cleanup(srv.Close)
	f.url = srv.URL + native.Base

	dry, changes := f.apply(f.base, in)
	var page native.List[native.Workflow]
	if f.call(f.viewer, "GET", f.base+"/workflows", nil).into(&page); dry.Applied || len(changes) != 1 || page.Total != 0 {
		t.Errorf("a dry run did %+v", dry)
	}
	in.DryRun = false
	done, _ := f.apply(f.base, in)
	if !done.Applied || len(done.Items) != 1 || !strings.HasPrefix(done.Items[0].Name, "ds_import_") || done.Items[0].Change != "CREATED" {
		t.Fatalf("imported %+v", done)
	}
	var w native.WorkflowDetail
	f.call(f.viewer, "GET", f.base+"/workflows/"+done.Items[0].Name, nil).want(http.StatusOK).into(&w)
	if w.Spec.Layout["a"].X != 7 || w.Spec.Tasks[0].Params["rawScript"] != "echo" {
		t.Errorf("imported %+v", w.Spec)
	}
	for _, text := range []string{"", "[]", "{}", "name: x", `[{"projectName":"p"}]`, strings.Replace(foreign, "rawScript", "other", 1)} {
		in.Document = text
		if got := f.call(f.developer, "POST", f.base+"/workflows:import", in); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%q: HTTP %d %s", text, got.Status, got.Body)
		}
	}
	in = native.ImportInput{Document: foreign, Format: "dolphinscheduler", Prune: &native.Prune{Label: "a=b"}}
	f.call(f.developer, "POST", f.base+"/workflows:import", in).problem(http.StatusUnprocessableEntity, "param.invalid")
}

// TestProjectRoles tells callers what they may do.
func TestProjectRoles(t *testing.T) {
	f := newFlows(t)
	for _, c := range []struct {
		who  as
		role string
	}{{f.viewer, "VIEWER"}, {f.operator, "OPERATOR"}, {f.developer, "DEVELOPER"}, {f.admin, "ADMIN"}} {
		var p native.Project
		f.call(c.who, "GET", f.base, nil).want(http.StatusOK).into(&p)
		var list native.List[native.Project]
		f.call(c.who, "GET", "/projects", nil).want(http.StatusOK).into(&list)
		if string(p.Role) != c.role || len(list.Items) != 1 || string(list.Items[0].Role) != c.role {
			t.Errorf("%s is told %s and %+v", c.role, p.Role, list.Items)
		}
	}
}
