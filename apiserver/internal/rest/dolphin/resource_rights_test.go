package dolphin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// people are a world's users by what they are to its resources: shared/
// holds open/ with a.sh, and closed/ with b.sh and c.sh; the owner's function
// is in f.jar. reader was granted the folder open, granted the file b.sh and
// the function.
type people struct {
	*world
	who                                           map[string]as
	id                                            map[string]int64 // of users
	shared, open, closed, inOpen, granted, hidden int64            // resources
	jar, fun                                      int64
}

var roles = []string{"admin", "owner", "granted", "reader", "stranger"}

func newPeople(t *testing.T) *people {
	p := &people{world: newWorld(t), who: map[string]as{}, id: map[string]int64{}}
	p.who["admin"] = token(p.admin)
	for _, name := range roles[1:] {
		u := p.user(name, workflow.RoleGeneral)
		p.who[name], p.id[name] = token(p.token(u.ID)), u.ID
	}
	owner := p.who["owner"]
	p.shared = p.folder(owner, "FILE", -1, "/", "shared")
	p.open = p.folder(owner, "FILE", p.shared, "/shared", "open")
	p.closed = p.folder(owner, "FILE", p.shared, "/shared", "closed")
	p.inOpen = p.file(owner, "FILE", p.open, "/shared/open", "a.sh", "a")
	p.granted = p.file(owner, "FILE", p.closed, "/shared/closed", "b.sh", "b")
	p.hidden = p.file(owner, "FILE", p.closed, "/shared/closed", "c.sh", "c")
	p.jar = p.file(owner, "UDF", -1, "/", "f.jar", "x")
	p.call(owner, http.MethodPost, "/resources/udf-func/create", "type", "HIVE", "funcName", "f", "className", "a.B", "resourceId", fmt.Sprint(p.jar)).
		is(t, created, status.Success)
	p.fun = 1
	p.post("/users/grant-file", "userId", fmt.Sprint(p.id["reader"]), "resourceIds", fmt.Sprintf("%d-%d", p.shared, p.open)).is(t, ok, status.Success)
	p.post("/users/grant-file", "userId", fmt.Sprint(p.id["granted"]), "resourceIds", fmt.Sprintf("%d-%d-%d", p.shared, p.closed, p.granted)).is(t, ok, status.Success)
	p.post("/users/grant-udf-func", "userId", fmt.Sprint(p.id["granted"]), "udfIds", "1").is(t, ok, status.Success)
	return p
}

// TestWhoSeesWhichResources compares what each role is shown.
func TestWhoSeesWhichResources(t *testing.T) {
	p := newPeople(t)
	all := []string{"/shared", "/shared/closed", "/shared/closed/b.sh", "/shared/closed/c.sh", "/shared/open", "/shared/open/a.sh"}
	for role, want := range map[string][]string{
		"admin": all, "owner": all, "stranger": nil,
		"granted": {"/shared", "/shared/closed", "/shared/closed/b.sh"},
		"reader":  {"/shared", "/shared/open", "/shared/open/a.sh"},
	} {
		if got := names(into[[]node](t, p.call(p.who[role], http.MethodGet, "/resources/list", "type", "FILE"))); !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", role, got, want)
		}
		page := into[dolphin.Paging[resource]](t, p.call(p.who[role], http.MethodGet, "/resources/list-paging",
			"type", "FILE", "id", fmt.Sprint(p.closed), "pageNo", "1", "pageSize", "10"))
		in := 0
		for _, name := range want {
			if strings.HasPrefix(name, "/shared/closed/") {
				in++
			}
		}
		if page.Total != in || len(page.TotalList) != in {
			t.Errorf("%s sees %+v in the closed folder", role, page)
		}
		functions := into[[]struct{ FuncName string }](t, p.call(p.who[role], http.MethodGet, "/resources/udf-func/list", "type", "HIVE"))
		if sees := len(functions) == 1; sees != (role == "admin" || role == "owner" || role == "granted") {
			t.Errorf("%s sees functions %v", role, functions)
		}
	}
}

// TestWhoMayDoWhatToResources tries each operation as each role. Cells are
// owner, granted, reader and stranger; an admin may do everything.
func TestWhoMayDoWhatToResources(t *testing.T) {
	type cell struct {
		path   string
		params func(p *people) []string
		may    string // of owner, granted, reader, stranger: y or n
	}
	id := func(pick func(*people) int64, more ...string) func(*people) []string {
		return func(p *people) []string { return append([]string{"id", fmt.Sprint(pick(p))}, more...) }
	}
	granted, hidden := func(p *people) int64 { return p.granted }, func(p *people) int64 { return p.hidden }
	inOpen, open := func(p *people) int64 { return p.inOpen }, func(p *people) int64 { return p.open }
	fun := func(p *people) int64 { return p.fun }
	named := func(name string) func(*people) []string {
		return func(*people) []string { return []string{"type", "FILE", "fullName", name} }
	}
	for _, c := range []cell{
		{"/resources/view", id(granted, "skipLineNum", "0", "limit", "9"), "yynn"},
		{"/resources/view", id(hidden, "skipLineNum", "0", "limit", "9"), "ynnn"},
		{"/resources/view", id(inOpen, "skipLineNum", "0", "limit", "9"), "ynyn"},
		{"/resources/download", id(granted), "yynn"},
		{"/resources/download", id(hidden), "ynnn"},
		{"/resources/download", id(inOpen), "ynyn"},
		{"/resources/queryResource", named("/shared/closed/c.sh"), "ynnn"},
		{"/resources/queryResource", named("/shared"), "yyyn"},
		{"/resources/queryResource", id(granted, "type", "FILE"), "yynn"},
		{"/resources/update-content", id(granted, "content", "new"), "yynn"},
		{"/resources/update-content", id(inOpen, "content", "new"), "ynnn"},
		{"/resources/update-content", id(hidden, "content", "new"), "ynnn"},
		{"/resources/update", id(granted, "type", "FILE", "name", "new.sh"), ""},
		{"/resources/update", id(open, "type", "FILE", "name", "new"), "ynnn"},
		{"/resources/update", id(inOpen, "type", "FILE", "name", "a.sh", "@file", "a.sh:new"), "ynnn"},
		{"/resources/delete", id(granted), "ynnn"},
		{"/resources/delete", id(inOpen), "ynnn"},
		{"/resources/delete", id(open), "ynnn"},
		{"/resources/create", func(p *people) []string {
			return []string{"type", "FILE", "name", "n.sh", "pid", fmt.Sprint(p.open), "currentDir", "/shared/open", "@file", "n.sh:x"}
		}, "ynnn"},
		{"/resources/directory/create", func(p *people) []string {
			return []string{"type", "FILE", "name", "n", "pid", fmt.Sprint(p.open), "currentDir", "/shared/open"}
		}, "ynnn"},
		{"/resources/directory/create", func(*people) []string {
			return []string{"type", "FILE", "name", "n", "pid", "-1", "currentDir", "/"}
		}, "yyyy"},
		{"/resources/udf-func/update-ui", id(fun), "yynn"},
		{"/resources/udf-func/update", func(p *people) []string {
			return []string{"id", "1", "type", "HIVE", "funcName", "g", "className", "a.B", "resourceId", fmt.Sprint(p.jar)}
		}, "ynnn"},
		{"/resources/udf-func/delete", id(fun), "ynnn"},
		{"/resources/udf-func/create", func(p *people) []string {
			return []string{"type", "HIVE", "funcName", "h", "className", "a.B", "resourceId", fmt.Sprint(p.jar)}
		}, "ynnn"},
		{"/resources/authed-file", func(*people) []string { return []string{"userId", "2"} }, "nnnn"},
		{"/resources/authorize-resource-tree", func(*people) []string { return []string{"userId", "2"} }, "nnnn"},
		{"/resources/unauth-udf-func", func(*people) []string { return []string{"userId", "2"} }, "nnnn"},
		{"/resources/authed-udf-func", func(*people) []string { return []string{"userId", "2"} }, "nnnn"},
	} {
		if c.may == "" { // a grant keeps the end of the name, see TestGrantsKeepSuffixes
			c.may = "ynnn"
		}
		p := newPeople(t)
		for i, role := range []string{"stranger", "reader", "granted", "owner", "admin"} {
			params := c.params(p)
			before, kept := p.rows(), p.stored()
			r := p.call(p.who[role], p.method(c.path), c.path, params...)
			allowed := role == "admin" || c.may[3-i] == 'y'
			if allowed != (r.Code == 0 || strings.HasSuffix(c.path, "download") && r.HTTP == ok && r.Code == -1) {
				t.Errorf("%s %v as %s: %d %s", c.path, params, role, r.HTTP, r.Body)
			}
			if allowed {
				p = newPeople(t)
				continue
			}
			if r.Code != status.UserNoOperationPerm.Code() {
				t.Errorf("%s %v as %s: refused with %s", c.path, params, role, r.Body)
			}
			if !slices.Equal(p.rows(), before) || !slices.Equal(p.stored(), kept) {
				t.Errorf("%s %v as %s: changed something", c.path, params, role)
			}
		}
	}
}

// rows gives all resources and functions as text.
func (w *world) rows() (list []string) {
	w.t.Helper()
	for _, kind := range []workflow.ResourceKind{workflow.ResourceFile, workflow.ResourceUDF} {
		all, err := w.store.Resources.All(w.t.Context(), store.ResourceFilter{Kind: kind})
		must(w.t, err)
		for _, r := range all {
			list = append(list, fmt.Sprintf("%+v", r))
		}
	}
	all, err := w.store.UDFs.All(w.t.Context(), 0, "")
	must(w.t, err)
	for _, u := range all {
		list = append(list, fmt.Sprintf("%+v", u))
	}
	return list
}

// TestGrantPages looks at what an admin sees when he grants.
func TestGrantPages(t *testing.T) {
	p := newPeople(t)
	at := func(path, role string) reply { return p.get(path, "userId", fmt.Sprint(p.id[role])) }
	for role, want := range map[string][]string{
		"granted": {"/shared/closed/b.sh"}, "reader": {"/shared/open", "/shared/open/a.sh"}, "stranger": nil, "owner": nil,
	} {
		if got := names(into[[]node](t, at("/resources/authed-file", role))); !slices.Equal(got, want) {
			t.Errorf("%s was granted %v, want %v", role, got, want)
		}
	}
	if got := names(into[[]node](t, at("/resources/authorize-resource-tree", "owner"))); len(got) != 0 {
		t.Errorf("the owner may be granted %v", got)
	}
	if got := names(into[[]node](t, at("/resources/authorize-resource-tree", "stranger"))); len(got) != 7 {
		t.Errorf("a stranger may be granted %v", got)
	}
	for role, want := range map[string][2]int{"owner": {0, 0}, "granted": {1, 0}, "stranger": {0, 1}} {
		given := into[[]struct{ ID int64 }](t, at("/resources/authed-udf-func", role))
		open := into[[]struct{ ID int64 }](t, at("/resources/unauth-udf-func", role))
		if len(given) != want[0] || len(open) != want[1] {
			t.Errorf("%s was granted %v, may be granted %v", role, given, open)
		}
	}
}

// TestGrantsOfAFolderWithPartsOfIt grants ids without paths.
func TestGrantsOfAFolderWithPartsOfIt(t *testing.T) {
	p := newPeople(t)
	grant := func(ids string) { // to the stranger
		t.Helper()
		p.post("/users/grant-file", "userId", fmt.Sprint(p.id["stranger"]), "resourceIds", ids).is(t, ok, status.Success)
	}
	sees := func(want ...string) {
		t.Helper()
		if got := names(into[[]node](t, p.call(p.who["stranger"], http.MethodGet, "/resources/list", "type", "FILE"))); !slices.Equal(got, want) {
			t.Errorf("sees %v, want %v", got, want)
		}
	}
	grant(fmt.Sprintf("%d,%d", p.closed, p.granted))
	sees("/shared/closed", "/shared/closed/b.sh")
	grant(fmt.Sprint(p.closed))
	sees("/shared/closed", "/shared/closed/b.sh", "/shared/closed/c.sh")
	grant("")
	sees()
	p.post("/users/grant-file", "userId", fmt.Sprint(p.id["stranger"]), "resourceIds", "1,99").is(t, ok, status.ResourceNotExist)
	sees()
}

// TestGrantsKeepSuffixes renames a file that others were granted.
func TestGrantsKeepSuffixes(t *testing.T) {
	p := newPeople(t)
	rename := func(name string) reply {
		return p.post("/resources/update", "id", fmt.Sprint(p.granted), "type", "FILE", "name", name)
	}
	r := rename("b.py")
	r.is(t, ok, status.ResourceIsAuthorized)
	if r.Msg != "resource is authorized to user [granted],suffix not allowed to be modified" {
		t.Errorf("message %q", r.Msg)
	}
	rename("new.sh").is(t, ok, status.Success)
	p.post("/users/grant-file", "userId", fmt.Sprint(p.id["granted"]), "resourceIds", "").is(t, ok, status.Success)
	rename("new.py").is(t, ok, status.Success)
}

// TestUsedResourcesStay deletes what online workflows and functions use.
func TestUsedResourcesStay(t *testing.T) {
	p := newPeople(t)
	del := func(id int64) reply { return p.get("/resources/delete", "id", fmt.Sprint(id)) }
	r := del(p.jar)
	r.is(t, ok, status.UDFResourceIsBound)
	if r.Msg != "udf resource file is bound by UDF functions:f" {
		t.Errorf("message %q", r.Msg)
	}
	proj := p.project("p", p.id["owner"])
	d := workflow.Definition{ProjectID: proj.ID, Name: "flow", UserID: p.id["owner"],
		Uses: workflow.Uses{Resources: []workflow.ResourceRef{{ID: p.granted}, {Name: "/shared/open/a.sh"}}}}
	must(t, p.store.Definitions.Create(t.Context(), &d))
	release := func(state workflow.ReleaseState) {
		_, err := p.store.Definitions.Release(t.Context(), d.ID, state)
		must(t, err)
	}
	release(workflow.Online)
	for _, id := range []int64{p.granted, p.closed, p.shared, p.inOpen, p.open} {
		del(id).is(t, ok, status.ResourceIsUsed)
	}
	p.get("/resources/udf-func/delete", "id", "1").is(t, ok, status.Success)
	del(p.jar).is(t, ok, status.Success)
	del(p.hidden).is(t, ok, status.Success)
	release(workflow.Offline)
	del(p.shared).is(t, ok, status.Success)
	if left := append(p.rows(), p.stored()...); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}
