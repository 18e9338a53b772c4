package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// groups are those of the dialect's contract.
var groups = []string{"AccessToken", "AlertGroup", "DataAnalysis", "DataSource", "Executor", "Logger", "Login", "Monitor",
	"ProcessDefinition", "ProcessInstance", "Project", "Queue", "Resources", "Scheduler", "TaskInstance", "TaskRecord",
	"Tenant", "Users", "WorkerGroup"}

// TestAPIPage reads and tries the API as a person does.
func TestAPIPage(t *testing.T) {
	drive := driver(t)
	c := cluster.ForTest(t, cluster.Config{})
	admin, err := c.Client().Login(t.Context(), "admin", cluster.AdminPassword)
	if err != nil {
		t.Fatal(err)
	}
	token, err := admin.CreateToken(t.Context(), 1, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Title, Chinese        string
		Groups                []string
		Elsewhere, Complaints []string
		UserInfo, Created     struct{ Status, Body string }
	}
	drive(t, &seen, "apipage.mjs", "SERVER="+c.APIs[0].URL, "TOKEN="+token)
	slices.Sort(seen.Groups)
	if !slices.Equal(seen.Groups, groups) {
		t.Errorf("groups are %v, want %v", seen.Groups, groups)
	}
	if !strings.Contains(seen.Title, "DolphinScheduler") || !strings.Contains(seen.Chinese, "创建项目") {
		t.Errorf("title is %q, a summary in Chinese %q", seen.Title, seen.Chinese)
	}
	if seen.UserInfo.Status != "200" || !strings.Contains(seen.UserInfo.Body, `"userName": "admin"`) {
		t.Errorf("who is signed in: %+v", seen.UserInfo)
	}
	if seen.Created.Status != "201" || !strings.Contains(seen.Created.Body, `"code": 0`) {
		t.Errorf("creating a project: %+v", seen.Created)
	}
	if len(seen.Elsewhere) > 0 {
		t.Errorf("the page asked other hosts: %v", seen.Elsewhere)
	}
	if len(seen.Complaints) > 0 {
		t.Errorf("the browser complains: %v", seen.Complaints)
	}
}
