package dolphin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestAlertGroups(t *testing.T) {
	w := newWorld(t)
	w.post("/alert-group/create", "groupName", "night", "groupType", "EMAIL", "description", "who is up").is(t, created, status.Success)
	w.post("/alert-group/create", "groupName", "night", "groupType", "EMAIL").is(t, created, status.AlertGroupExist)
	w.post("/alert-group/create", "groupName", "", "groupType", "EMAIL").is(t, created, status.RequestParamsNotValidError)
	w.post("/alert-group/create", "groupName", "x", "groupType", "FAX").is(t, ok, status.CreateAlertGroupError)
	w.post("/alert-group/create", "groupName", strings.Repeat("x", 256), "groupType", "SMS").is(t, created, status.RequestParamsNotValidError)
	w.get("/alert-group/verify-group-name", "groupName", "night").is(t, ok, status.AlertGroupExist)
	w.get("/alert-group/verify-group-name", "groupName", "day").is(t, ok, status.Success)
	w.post("/alert-group/update", "id", "2", "groupName", "day", "groupType", "SMS").is(t, ok, status.Success)
	w.post("/alert-group/update", "id", "2", "groupName", "default admin warning group", "groupType", "SMS").is(t, ok, status.AlertGroupExist)
	w.post("/alert-group/update", "id", "99", "groupName", "x", "groupType", "SMS").is(t, ok, status.AlertGroupNotExist)

	type group struct{ ID, GroupName, GroupType, Description any }
	all := into[[]group](t, w.get("/alert-group/list"))
	if fmt.Sprint(all) != "[{1 default admin warning group EMAIL default admin warning group} {2 day SMS }]" {
		t.Errorf("groups are %v", all)
	}
	r := w.get("/alert-group/list-paging", "pageNo", "1", "pageSize", "10", "searchVal", "DAY")
	r.is(t, ok, status.Success)
	if !strings.Contains(string(r.Data), `"total":1`) || !strings.Contains(string(r.Data), `"groupName":"day"`) {
		t.Errorf("page is %s", r.Data)
	}
	w.post("/alert-group/delete", "id", "2").is(t, ok, status.Success)
	w.post("/alert-group/delete", "id", "2").is(t, ok, status.AlertGroupNotExist)
}

func TestUsersOfAlertGroups(t *testing.T) {
	w := newWorld(t)
	ann, ben := w.user("ann", workflow.RoleGeneral), w.user("ben", workflow.RoleGeneral)
	grant := func(group, users string) reply {
		return w.post("/alert-group/grant-user", "alertgroupId", group, "userIds", users)
	}
	names := func(path, group string) string {
		var out []string
		for _, u := range into[[]struct{ UserName string }](t, w.get(path, "alertgroupId", group)) {
			out = append(out, u.UserName)
		}
		return strings.Join(out, " ")
	}
	grant("1", fmt.Sprintf("%d,%d", ann.ID, ben.ID)).is(t, ok, status.Success)
	if in, out := names("/users/authed-user", "1"), names("/users/unauth-user", "1"); in != "ann ben" || out != "root" {
		t.Errorf("in %q, out %q", in, out)
	}
	grant("1", fmt.Sprintf("%d,4711", ann.ID)).is(t, ok, status.UserNotExist)
	grant("1", "x").is(t, ok, status.AlertGroupGrantUserError)
	grant("9", "1").is(t, ok, status.AlertGroupNotExist)
	if in := names("/users/authed-user", "1"); in != "ann ben" {
		t.Errorf("after refusals: in %q", in)
	}
	grant("1", "").is(t, ok, status.Success)
	if in, out := names("/users/authed-user", "1"), names("/users/unauth-user", "9"); in != "" || out != "root ann ben" {
		t.Errorf("in %q, out %q", in, out)
	}
	if r := w.get("/users/authed-user", "alertgroupId", "1"); strings.Contains(string(r.Data), "assword\":\"") {
		t.Errorf("answered %s", r.Data)
	}
}
