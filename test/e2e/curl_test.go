package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// guide follows the API guide with curl.
type guide struct {
	*testing.T
	base  string
	token string // sent once there is one
	extra []string
}

// curl calls a route; fields are "name=value". It gives the data of the answer,
// which must be a success with that HTTP status.
func (g *guide) curl(status int, method, path string, fields ...string) any {
	g.Helper()
	args := []string{"-sS", "-m", "120", "-X", method, "-w", "\n%{http_code}"}
	if g.token != "" {
		args = append(args, "-H", "token: "+g.token)
	}
	args = append(args, g.extra...)
	if method == "GET" {
		args = append(args, "-G")
	}
	for _, f := range fields {
		args = append(args, "--data-urlencode", f)
	}
	out, err := exec.Command("curl", append(args, g.base+"/dolphinscheduler"+path)...).CombinedOutput()
	if err != nil {
		g.Fatalf("curl %s: %v: %s", path, err, out)
	}
	body, code, _ := cutLast(string(out), "\n")
	var answer struct {
		Code *int
		Msg  string
		Data any
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Code == nil {
		g.Fatalf("%s %s: HTTP %s: %s", method, path, code, body)
	}
	if *answer.Code != 0 || code != fmt.Sprint(status) {
		g.Fatalf("%s %s: HTTP %s, want %d: %s", method, path, code, status, body)
	}
	return answer.Data
}

func cutLast(s, sep string) (before, after string, found bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}

// id finds an object of a list by a field and gives its id.
func (g *guide) id(path, field, value string, query ...string) string {
	g.Helper()
	data := g.curl(200, "GET", path, append(query, "pageNo=1", "pageSize=100")...)
	page, _ := data.(map[string]any)
	list, _ := page["totalList"].([]any)
	for _, item := range list {
		if row, _ := item.(map[string]any); row[field] == value {
			return fmt.Sprint(row["id"])
		}
	}
	g.Fatalf("%s lists no %s %q: %v", path, field, value, data)
	return ""
}

// until polls a route until a field of its data has the value.
func (g *guide) until(path, field, value string, query ...string) map[string]any {
	g.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		data, _ := g.curl(200, "GET", path, query...).(map[string]any)
		if data[field] == value {
			return data
		}
		if time.Now().After(deadline) {
			g.Fatalf("%s: %s is %v, want %s", path, field, data[field], value)
		}
	}
}

// sixTasks is a workflow of shell, Python and condition tasks with parameters
// of all levels and a date.
func sixTasks() client.Flow {
	greet := client.Shell("greet", "echo hello ${who} on ${day}")
	greet.Locals = []client.Property{client.In("who", "porpoise")}
	return client.Flow{
		Global: []client.Property{client.In("day", "$[yyyy-MM-dd]"), client.In("limit", "3")},
		Tasks: []client.Node{
			greet,
			client.Python("count", "for i in range(${limit}):\n    print('count', i)", "greet"),
			client.Conditions("gate", "good", "bad", "count"),
			client.Shell("good", "echo good news", "gate"),
			client.Shell("bad", "echo bad news; exit 1", "gate"),
			client.Shell("end", "sleep 0.5; echo the end", "good"),
		},
	}
}

// TestCurl is the API guide of 1.3, step by step, with nothing but curl.
func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	c := cluster.ForTest(t, cluster.Config{})
	g := &guide{T: t, base: c.APIs[0].URL}
	g.accounts()
	const project = "/projects/white water"
	g.curl(201, "POST", "/projects/create", "projectName=white water", "description=by curl")
	p := strings.ReplaceAll(project, " ", "%20")
	f := sixTasks()
	g.curl(201, "POST", p+"/process/save", "name=six", "processDefinitionJson="+f.JSON(), "locations="+f.Locations(), "connects="+f.Connects())
	definition := g.id(p+"/process/list-paging", "name", "six")
	g.curl(200, "POST", p+"/process/release", "processId="+definition, "releaseState=1")
	g.curl(200, "POST", p+"/executors/start-process-instance", "processDefinitionId="+definition,
		"failureStrategy=CONTINUE", "warningType=NONE", "warningGroupId=0", "scheduleTime=", "runMode=RUN_MODE_SERIAL", "timeout=60")
	instance := g.instance(p, definition)
	byID := "processInstanceId=" + instance
	g.until(p+"/instance/select-by-id", "state", "SUCCESS", byID)
	g.tasksAndLogs(p, byID)
	g.curl(200, "POST", p+"/executors/execute", byID, "executeType=REPEAT_RUNNING")
	g.until(p+"/instance/select-by-id", "commandType", "REPEAT_RUNNING", byID)
	g.until(p+"/instance/select-by-id", "state", "SUCCESS", byID)
	g.refusals(p, definition)
}

// accounts signs in as admin and makes what an ordinary user needs, whose token
// is all that is sent from then on.
func (g *guide) accounts() {
	g.Helper()
	tenant, err := cluster.Tenant()
	if err != nil {
		g.Fatal(err)
	}
	login, _ := g.curl(200, "POST", "/login", "userName=admin", "userPassword="+cluster.AdminPassword).(map[string]any)
	g.extra = []string{"-H", fmt.Sprintf("sessionId: %v", login["sessionId"])}
	g.curl(201, "POST", "/queue/create", "queue=fast", "queueName=fast")
	queue := g.id("/queue/list-paging", "queueName", "fast")
	g.curl(201, "POST", "/tenant/create", "tenantCode="+tenant, "tenantName="+tenant, "queueId="+queue)
	tenantID := g.id("/tenant/list-paging", "tenantCode", tenant)
	g.curl(201, "POST", "/users/create", "userName=script", "userPassword=a secret of 1", "tenantId="+tenantID, "email=script@example.org")
	user := g.id("/users/list-paging", "userName", "script")
	expires := "expireTime=" + client.Date(time.Now().Add(time.Hour))
	token, _ := g.curl(201, "POST", "/access-token/generate", "userId="+user, expires).(string)
	g.curl(201, "POST", "/access-token/create", "userId="+user, expires, "token="+token)
	g.token, g.extra = token, nil
}

// instance waits until the definition has an instance and gives its id.
func (g *guide) instance(p, definition string) string {
	g.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		list, _ := g.curl(200, "GET", p+"/instance/list-paging", "processDefinitionId="+definition, "pageNo=1", "pageSize=10").(map[string]any)
		if rows, _ := list["totalList"].([]any); len(rows) > 0 {
			row, _ := rows[0].(map[string]any)
			return fmt.Sprint(row["id"])
		}
	}
	g.Fatalf("definition %s has no instance", definition)
	return ""
}

func (g *guide) tasksAndLogs(p, byID string) {
	g.Helper()
	data, _ := g.curl(200, "GET", p+"/instance/task-list-by-process-id", byID).(map[string]any)
	list, _ := data["taskList"].([]any)
	states, ids := map[string]any{}, map[string]string{}
	for _, item := range list {
		row, _ := item.(map[string]any)
		name, _ := row["name"].(string)
		states[name], ids[name] = row["state"], fmt.Sprint(row["id"])
	}
	if want := "map[count:SUCCESS end:SUCCESS gate:SUCCESS good:SUCCESS greet:SUCCESS]"; fmt.Sprint(states) != want {
		g.Errorf("tasks %v, want %v", states, want)
	}
	log := fmt.Sprint(g.curl(200, "GET", "/log/detail", "taskInstanceId="+ids["greet"], "skipLineNum=0", "limit=1000"))
	now := time.Now().In(time.FixedZone("", 8*3600))
	today, before := now.Format("2006-01-02"), now.Add(-10*time.Minute).Format("2006-01-02") // midnight may have passed
	if !strings.Contains(log, "hello porpoise on "+today) && !strings.Contains(log, "hello porpoise on "+before) {
		g.Errorf("log of greet: %s", log)
	}
	out, err := exec.Command("curl", "-sSf", "-H", "token: "+g.token,
		g.base+"/dolphinscheduler/log/download-log?taskInstanceId="+ids["count"]).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "count 2") {
		g.Errorf("download: %v: %s", err, out)
	}
}

// refusals are answers to what cannot be.
func (g *guide) refusals(p, definition string) {
	g.Helper()
	for _, test := range []struct {
		path string
		args []string
		want string
	}{
		{"/projects/list-paging?pageNo=1&pageSize=10", []string{"-H", "token: wrong"}, "|401"},
		{"/no-such-thing", []string{"-H", "token: " + g.token}, "|404"},
		{p + "/executors/start-process-instance?processDefinitionId=999&failureStrategy=END&warningType=NONE&warningGroupId=0",
			[]string{"-X", "POST", "-H", "token: " + g.token}, `"code":50003`},
		{p + "/executors/start-process-instance?processDefinitionId=" + definition, []string{"-X", "POST", "-H", "token: " + g.token}, `"code":50014`},
	} {
		args := append([]string{"-sS", "-w", "|%{http_code}"}, test.args...)
		out, err := exec.Command("curl", append(args, g.base+"/dolphinscheduler"+test.path)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), test.want) {
			g.Errorf("%s: %v: got %s, want %s", test.path, err, out, test.want)
		}
	}
}
