package sqlstore

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

var viewTime = time.Date(2024, 2, 29, 23, 30, 0, 0, time.UTC)

func at(minutes int) time.Time { return viewTime.Add(time.Duration(minutes) * time.Minute) }

type plainSealer struct{}

func (plainSealer) Seal(plain []byte, aad string) (string, error) {
	return aad + "|" + string(plain), nil
}
func (plainSealer) Open(sealed, aad string) ([]byte, error) { return []byte(sealed[len(aad)+1:]), nil }
func (plainSealer) Current(string) bool                     { return true }

func done(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func viewAccounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	admin := workflow.User{Name: "admin", PasswordHash: "geheim", Email: "a@example.org", Role: workflow.RoleAdmin}
	ben := workflow.User{Name: "Ben 本", PasswordHash: "geheim", Phone: "1", Role: workflow.RoleGeneral, TenantID: 1, Queue: "fast"}
	done(t, s.Users.Create(ctx, &admin), s.Users.Create(ctx, &ben),
		s.Sessions.Save(ctx, &workflow.Session{ID: "a-session", UserID: 2, IP: "10.0.0.1", LastLogin: at(1)}),
		s.Tokens.Create(ctx, &workflow.Token{UserID: 2, Value: "geheim", ExpireTime: at(60)}),
		s.Queues.Create(ctx, &workflow.Queue{Name: "fast", Value: "root.fast"}),
		s.Tenants.Create(ctx, &workflow.Tenant{Code: "etl", Name: "ETL", QueueID: 2, Description: "d"}),
		s.Projects.Create(ctx, &workflow.Project{Name: "p", Description: "d", UserID: 1}),
		s.Users.GrantProjects(ctx, 2, []int64{1}),
		s.WorkerGroups.Save(ctx, &workflow.WorkerGroup{Name: "gpu", Addresses: []string{"10.0.0.1:1234", "10.0.0.2:1234"}}),
		s.AlertGroups.SetUsers(ctx, 1, []int64{1, 2}))
}

func viewThings(t *testing.T, s *store.Store) {
	ctx := t.Context()
	done(t,
		s.Resources.Create(ctx, &workflow.Resource{Kind: workflow.ResourceFile, Name: "dir ü", FullName: "/dir ü", Directory: true, UserID: 1}),
		s.Resources.Create(ctx, &workflow.Resource{Kind: workflow.ResourceFile, ParentID: 1, Name: "x.sh", FullName: "/dir ü/x.sh", FileName: "x", Size: 7, Key: "k", UserID: 2}),
		s.Resources.Create(ctx, &workflow.Resource{Kind: workflow.ResourceUDF, Name: "f.jar", FullName: "/f.jar", Size: 9, Key: "j", UserID: 1}),
		s.Resources.Grant(ctx, 2, map[int64]workflow.Perm{1: workflow.PermAll, 2: 4}),
		s.UDFs.Create(ctx, &workflow.UDF{UserID: 1, Kind: workflow.UDFSpark, Name: "f", ClassName: "org.F", ArgTypes: "int", Database: "db", Description: "d", ResourceID: 3}),
		s.UDFs.Grant(ctx, 2, []int64{1}))
	for _, d := range []workflow.DataSource{
		{Name: "my", Type: workflow.MySQL, Connection: workflow.Connection{Host: "db", Port: 3306, Database: "shop", User: "u", Options: map[string]string{"charset": "utf8"}}},
		{Name: "hive", Type: workflow.Hive, Note: "n", Connection: workflow.Connection{Host: "h1,h2", Port: 10000, Database: "dw", User: "u", Principal: "hive/_HOST@X"}},
		{Name: "sid", Type: workflow.Oracle, Connection: workflow.Connection{Host: "o", Port: 1521, Database: "orcl", User: "u", ConnectType: "ORACLE_SID"}},
		{Name: "service", Type: workflow.Oracle, Connection: workflow.Connection{Host: "o", Port: 1521, Database: "orcl", User: "u", ConnectType: "ORACLE_SERVICE_NAME"}},
		{Name: "ms", Type: workflow.SQLServer, Connection: workflow.Connection{Host: "m", Port: 1433, Database: "d", User: "u"}},
		{Name: "lite", Type: workflow.SQLite, Connection: workflow.Connection{Database: "a/b.db"}},
	} {
		d.UserID, d.Password = 1, "geheim"
		done(t, s.DataSources.Create(ctx, &d))
	}
	done(t, s.DataSources.Grant(ctx, 2, []int64{1, 2}))
}

// viewSpec has a task of every form that its text tells.
func viewSpec() workflow.Spec {
	params := json.RawMessage(`{"rawScript":"echo \"hé\"\n","resourceList":[{"id":2}],"none":null}`)
	node := json.RawMessage(`{"set":{"id":"tasks-10001","unknown":{"a":[1,2]}}}`)
	item := workflow.DependentItem{ProjectID: 1, DefinitionID: 1, Cycle: "day", DateValue: "today"}
	named := item
	named.Task = "load"
	return workflow.Spec{
		TenantID: 1, GlobalParams: []workflow.Property{{Prop: "day", Direct: workflow.In, Type: "VARCHAR", Value: "${system.biz.date}"}}, Timeout: 90 * time.Second,
		Tasks: []workflow.Task{
			{Code: 11, Name: "extract", Kind: workflow.KindShell, Description: "d", Priority: workflow.Highest, MaxRetries: 2, RetryInterval: time.Minute,
				Timeout: 10 * time.Minute, TimeoutAction: workflow.TimeoutWarnFail, WorkerGroup: "gpu", Params: params,
				LocalParams: []workflow.Property{{Prop: "x", Direct: workflow.Out, Type: "INTEGER", Value: "1"}}, Ext: map[string]json.RawMessage{"dolphin139.node": node}},
			{Code: 12, Name: "Extract", Kind: workflow.KindPython, Forbidden: true, Priority: workflow.Low, Delay: time.Minute, OnLost: workflow.LostHold, TaskGroupID: 3, Params: json.RawMessage(`{}`)},
			{Name: "sub", Kind: workflow.KindSubWorkflow, Priority: workflow.Medium, SubWorkflow: &workflow.SubWorkflow{DefinitionID: 1}},
			{Code: 13, Name: "wait", Kind: workflow.KindDependent, Priority: workflow.High, Dependent: &workflow.Dependent{Relation: workflow.Or,
				Groups: []workflow.DependentGroup{{Relation: workflow.And, Items: []workflow.DependentItem{item, named}}, {Relation: workflow.Or, Items: []workflow.DependentItem{item}}}}},
			{Code: 14, Name: "gate", Kind: workflow.KindConditions, Priority: workflow.Lowest, Conditions: &workflow.Conditions{Relation: workflow.And, Verdict: true,
				Groups:  []workflow.ConditionGroup{{Relation: workflow.And, Items: []workflow.ConditionItem{{Task: "extract", Success: true}, {Task: "sub"}}}},
				Success: []string{"choose"}}},
			{Code: 15, Name: "choose", Kind: workflow.KindSwitch, Priority: workflow.Medium, Switch: &workflow.Switch{Default: "Extract",
				Cases: []workflow.SwitchCase{{Condition: "${x} > 1", Next: "Extract"}}}},
		},
		Edges: []workflow.Edge{{From: "extract", To: "gate"}, {From: "sub", To: "gate"}, {From: "gate", To: "choose"}, {From: "choose", To: "Extract"}},
		Layout: map[string]json.RawMessage{"dolphin139.locations": json.RawMessage(`"{\"tasks-10001\":{\"x\":1}}"`), "dolphin139.connects": json.RawMessage(`"[]"`),
			"dolphin139.process": json.RawMessage(`{"set":{"extra":true}}`)},
	}
}

func viewDefinitions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first := workflow.Definition{Code: 1 << 40, ProjectID: 1, Name: "leaf", UserID: 1, ModifiedBy: 1, Spec: workflow.Spec{Tasks: []workflow.Task{{Name: "a", Kind: workflow.KindNoop}}}}
	d := workflow.Definition{Code: 1<<40 + 1, ProjectID: 1, Name: "etl", Description: "d", UserID: 2, ModifiedBy: 1, Receivers: "r@example.org", ReceiversCc: "c@example.org"}
	done(t, s.Definitions.Create(ctx, &first), s.Definitions.Create(ctx, &d))
	d.Spec, d.ModifiedBy = viewSpec(), 2
	d.Uses = workflow.Uses{Resources: []workflow.ResourceRef{{ID: 2}, {ID: 1}, {Name: "/by/name"}}}
	done(t, s.Definitions.Update(ctx, &d))
	_, err := s.Definitions.Release(ctx, d.ID, workflow.Online)
	done(t, err)
	v := workflow.Schedule{ProjectID: 1, DefinitionID: d.ID, UserID: 2, Cron: "0 0 * * * ?", Timezone: "UTC", StartTime: viewTime,
		EndTime: time.Date(2121, 6, 1, 0, 0, 0, 0, time.UTC), Start: viewStart()}
	done(t, s.Schedules.Create(ctx, &v))
	_, err = s.Schedules.Release(ctx, v.ID, workflow.Online, at(30))
	done(t, err)
}

func viewStart() workflow.StartOptions {
	return workflow.StartOptions{FailureStrategy: workflow.FailEnd, StartTasks: []string{`a"b`, "c"}, Scope: workflow.ScopePre, WarningType: workflow.WarnAll,
		WarningGroupID: 1, Priority: workflow.High, WorkerGroup: "gpu", Timeout: time.Hour}
}

func viewRuns(t *testing.T, s *store.Store) {
	ctx := t.Context()
	epoch, err := s.Scheduling.Take(ctx, 1, 0, "owner", "127.0.0.1:1")
	done(t, err)
	b := store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}}}
	for n, state := range workflow.InstanceStates {
		i := workflow.Instance{ID: int64(n + 1), Shard: 1, ProjectID: 1, DefinitionID: 2, DefinitionVersion: 1 + n%2, Name: "etl-" + string(state), State: state,
			Command: workflow.CmdStart, UserID: 2, CommandTime: at(n), StartTime: at(n + 1), RunTimes: 1, MasterID: "m1:5678", UpdateTime: at(n + 2)}
		if state.Terminal() {
			i.EndTime = at(n + 3)
		}
		b.Instances = append(b.Instances, i)
	}
	full := &b.Instances[2]
	full.Start, full.Command, full.History = viewStart(), workflow.CmdRecoverPaused, []workflow.CommandType{workflow.CmdBackfill, workflow.CmdRerun, workflow.CmdRerun, workflow.CmdRecoverPaused}
	full.BackfillID, full.ScheduleTime, full.Recovered = 4, at(-60), true
	child := &b.Instances[3]
	child.ParentID, child.ParentTaskID, child.Command, child.DefinitionID, child.DefinitionVersion = 3, 30, workflow.CmdSub, 1, 1
	names := []string{"extract", "Extract", "sub", "wait", "gate", "choose"}
	for n, state := range workflow.TaskStates {
		task := viewSpec().Tasks[n%len(names)]
		b.Tasks = append(b.Tasks, workflow.TaskInstance{ID: int64(n + 1), InstanceID: 2, ProjectID: 1, DefinitionID: 2, Task: task.Name, Kind: task.Kind, State: state, Retry: n % 3,
			Current: n%2 == 0, Priority: task.Priority, WorkerGroup: task.WorkerGroup, Host: "w1:1", SubmitTime: at(n), StartTime: at(n + 1), PID: 100 + n, AppLink: "application_1_1",
			LogPath: "/logs/1", WorkDir: "/exec/1", Warned: n == 3})
	}
	for n := range 4 {
		b.Alerts = append(b.Alerts, workflow.Alert{ID: int64(n + 1), Kind: workflow.AlertFailure, GroupID: 1, ProjectID: 1, InstanceID: 2, Title: "t", Content: "plain", Receivers: "r@example.org", CreateTime: at(n)})
	}
	poison := workflow.Command{ID: 77, Shard: 1, Type: workflow.CmdStart, ProjectID: 1, DefinitionID: 2, UserID: 2, CreateTime: at(1), Start: viewStart(), Attempts: 5, LastError: "boom"}
	b.Quarantine = []workflow.Command{poison}
	done(t, s.Scheduling.Commit(ctx, &b))
	start := workflow.Command{Type: workflow.CmdStart, Shard: 1, ProjectID: 1, DefinitionID: 2, UserID: 2, Start: viewStart()}
	pause := workflow.Command{Type: workflow.CmdPause, Shard: 1, ProjectID: 1, DefinitionID: 2, InstanceID: 3, UserID: 1}
	erase := workflow.Command{Type: workflow.CmdDelete, Shard: 1, ProjectID: 1, DefinitionID: 2, InstanceID: 5, UserID: 1}
	done(t, s.Commands.Insert(ctx, &start, &pause, &erase))
	sent, failed := workflow.Delivery{State: workflow.DeliverySent, EndTime: at(9)}, workflow.Delivery{State: workflow.DeliveryFailed, EndTime: at(8), LastError: "refused"}
	done(t, s.Deliveries.Plan(ctx, 1, []workflow.Delivery{sent}), s.Deliveries.Plan(ctx, 2, []workflow.Delivery{sent, failed}), s.Deliveries.Plan(ctx, 3, []workflow.Delivery{{}}))
}
