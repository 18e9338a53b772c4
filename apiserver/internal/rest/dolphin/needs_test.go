package dolphin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/procedure"
	"github.com/porpoise-scheduler/porpoise/pkg/task/shell"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// needing is a world with the real kinds, in which user "builder" has a
// project, and "owner" a data source, a function and a resource.
type needing struct {
	*world
	builder  workflow.User
	source   workflow.DataSource
	function workflow.UDF
	file     workflow.Resource
}

func newNeeding(t *testing.T) needing {
	t.Helper()
	w := newWorld(t)
	w.uc.Kinds = task.NewRegistry(shell.New(), sql.New(nil, nil), procedure.New(nil))
	n := needing{world: w, builder: w.user("builder", workflow.RoleGeneral)}
	owner := w.user("owner", workflow.RoleGeneral)
	w.project("mart", n.builder.ID)
	n.source = workflow.DataSource{Name: "orders", Type: workflow.MySQL, UserID: owner.ID}
	must(t, w.store.DataSources.Create(t.Context(), &n.source))
	n.file = workflow.Resource{Kind: workflow.ResourceFile, FullName: "/run.sh", Name: "run.sh", UserID: owner.ID, Key: "k"}
	must(t, w.store.Resources.Create(t.Context(), &n.file))
	jar := workflow.Resource{Kind: workflow.ResourceUDF, FullName: "/f.jar", Name: "f.jar", UserID: owner.ID, Key: "j"}
	must(t, w.store.Resources.Create(t.Context(), &jar))
	n.function = workflow.UDF{Name: "f", ClassName: "org.example.F", Kind: workflow.UDFHive, UserID: owner.ID, ResourceID: jar.ID}
	must(t, w.store.UDFs.Create(t.Context(), &n.function))
	return n
}

// nodes are one of each kind of need, by the thing it needs.
func (n needing) nodes() map[string]string {
	node := func(kind, params string) string {
		return fmt.Sprintf(`{"tasks":[{"type":"%s","id":"tasks-1","name":"n1","params":%s,"preTasks":[]}]}`, kind, params)
	}
	return map[string]string{
		"data source": node("SQL", fmt.Sprintf(`{"type":"MYSQL","datasource":%d,"sql":"select 1","sqlType":"0","localParams":[]}`, n.source.ID)),
		"procedure":   node("PROCEDURE", fmt.Sprintf(`{"type":"MYSQL","datasource":"%d","method":"refresh","localParams":[]}`, n.source.ID)),
		"function":    node("SQL", fmt.Sprintf(`{"type":"HIVE","datasource":%d,"sql":"select f(1)","udfs":"%d","localParams":[]}`, n.source.ID, n.function.ID)),
		"resource":    node("SHELL", fmt.Sprintf(`{"rawScript":"sh run.sh","resourceList":[{"id":%d}],"localParams":[]}`, n.file.ID)),
		"named":       node("SHELL", `{"rawScript":"sh run.sh","resourceList":[{"res":"run.sh"}],"localParams":[]}`),
	}
}

func (n needing) save(who as, name, json string) reply {
	return n.call(who, http.MethodPost, "/projects/mart/process/save", "name", name, "processDefinitionJson", json, "locations", "{}", "connects", "[]")
}

func TestWorkflowsNameOnlyWhatTheirAuthorsMayUse(t *testing.T) {
	n := newNeeding(t)
	builder := token(n.token(n.builder.ID))
	for what, json := range n.nodes() {
		r := n.save(builder, what, json)
		r.is(t, created, status.ProcessNodeSParameterInvalid)
		contains(t, r.Msg, "n1")
		n.save(token(n.admin), "admin's "+what, json).is(t, created, status.Success)
		d := n.definition(t, "admin's "+what)
		release := func() reply {
			return n.call(builder, http.MethodPost, "/projects/mart/process/release", "processId", fmt.Sprint(d.ID), "releaseState", "1")
		}
		release().is(t, ok, status.ProcessNodeSParameterInvalid)
		r = n.call(builder, http.MethodPost, "/projects/mart/process/update", "id", fmt.Sprint(d.ID), "name", d.Name, "processDefinitionJson", json)
		r.is(t, ok, status.ProcessNodeSParameterInvalid)
	}
	n.grant(t)
	for what, json := range n.nodes() {
		n.save(builder, what, json).is(t, created, status.Success)
		d := n.definition(t, "admin's "+what)
		n.call(builder, http.MethodPost, "/projects/mart/process/release", "processId", fmt.Sprint(d.ID), "releaseState", "1").is(t, ok, status.Success)
	}
}

func (n needing) grant(t *testing.T) {
	t.Helper()
	must(t, n.store.DataSources.Grant(t.Context(), n.builder.ID, []int64{n.source.ID}))
	must(t, n.store.UDFs.Grant(t.Context(), n.builder.ID, []int64{n.function.ID}))
	must(t, n.store.Resources.Grant(t.Context(), n.builder.ID, map[int64]workflow.Perm{n.file.ID: workflow.PermRead}))
}

func (n needing) definition(t *testing.T, name string) workflow.Definition {
	t.Helper()
	d, err := n.store.Definitions.ByName(context.Background(), 1, name)
	must(t, err)
	return d
}

func TestWorkflowsNameOnlyWhatExists(t *testing.T) {
	n := newNeeding(t)
	for what, json := range n.nodes() {
		for _, id := range []int64{n.source.ID, n.function.ID, n.file.ID} {
			json = strings.NewReplacer(
				fmt.Sprintf(`"datasource":%d`, id), `"datasource":999`, fmt.Sprintf(`"datasource":"%d"`, id), `"datasource":"999"`,
				fmt.Sprintf(`"udfs":"%d"`, id), `"udfs":"999"`, fmt.Sprintf(`{"id":%d}`, id), `{"id":999}`, `"res":"run.sh"`, `"res":"gone.sh"`,
			).Replace(json)
		}
		n.save(token(n.admin), what, json).is(t, created, status.ProcessNodeSParameterInvalid)
	}
}

// TestSQLTasksComeBackAsTheyWereSaved saves the contract's examples and reads
// them again.
func TestSQLTasksComeBackAsTheyWereSaved(t *testing.T) {
	n := newNeeding(t)
	tasks := fmt.Sprintf(`{"globalParams":[],"timeout":0,"tenantId":-1,"tasks":[
		{"type":"SQL","id":"tasks-1","name":"mail","description":"","runFlag":"NORMAL","preTasks":[],"params":{"type":"MYSQL","datasource":%d,"sql":"select id, total from orders where dt = '${day}'","sqlType":"0","sendEmail":true,"displayRows":10,"limit":1000,"title":"orders","receivers":"a@example.org","receiversCc":"","showType":"TABLE,ATTACHMENT","udfs":"","connParams":"","localParams":[{"prop":"day","direct":"IN","type":"VARCHAR","value":"$[yyyy-MM-dd-1]"}],"preStatements":["set time_zone = '+08:00'"],"postStatements":[]},
		 "conditionResult":{"successNode":[""],"failedNode":[""]},"dependence":{},"maxRetryTimes":"0","retryInterval":"1","timeout":{"strategy":"","interval":null,"enable":false},"taskInstancePriority":"MEDIUM","workerGroup":"default"},
		{"type":"PROCEDURE","id":"tasks-2","name":"call","description":"","runFlag":"NORMAL","preTasks":["mail"],"params":{"type":"MYSQL","datasource":%d,"method":"refresh_totals","localParams":[{"prop":"day","direct":"IN","type":"DATE","value":"2021-10-01"},{"prop":"n","direct":"OUT","type":"INTEGER","value":""}]},
		 "conditionResult":{"successNode":[""],"failedNode":[""]},"dependence":{},"maxRetryTimes":"0","retryInterval":"1","timeout":{"strategy":"","interval":null,"enable":false},"taskInstancePriority":"MEDIUM","workerGroup":"default"}]}`, n.source.ID, n.source.ID)
	n.save(token(n.admin), "contract", tasks).is(t, created, status.Success)
	d := n.definition(t, "contract")
	view := into[struct{ ProcessDefinitionJSON string }](t, n.get("/projects/mart/process/select-by-id", "processId", fmt.Sprint(d.ID)))
	sameJSON(t, "definition", view.ProcessDefinitionJSON, tasks)
	for field, change := range map[string][2]string{
		"type":       {`"type":"MYSQL","datasource":%d,"sql"`, `"datasource":%d,"sql"`},
		"datasource": {`"datasource":%d,"sql"`, `"datasource":0,"sql"`},
		"sql":        {`select id, total from orders where dt = '${day}'`, ``},
		"method":     {`refresh_totals`, ``},
	} {
		old := strings.ReplaceAll(change[0], "%d", fmt.Sprint(n.source.ID))
		bad := strings.Replace(tasks, old, strings.ReplaceAll(change[1], "%d", fmt.Sprint(n.source.ID)), 1)
		r := n.save(token(n.admin), "bad "+field, bad)
		if bad == tasks {
			t.Fatalf("%s is not in the example", old)
		}
		r.is(t, created, status.ProcessNodeSParameterInvalid)
	}
}
