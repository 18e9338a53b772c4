package dolphin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/s3"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// bucket makes an object store the one of a world's contents, and gives its
// address.
func (w *world) bucket() (endpoint string) {
	w.t.Helper()
	backend := s3mem.New()
	must(w.t, backend.CreateBucket("files"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	w.t.Cleanup(server.Close)
	endpoint = strings.TrimPrefix(server.URL, "http://")
	store, err := s3.New(w.t.Context(), s3.Config{Endpoint: endpoint, Region: "us-east-1",
		Bucket: "files", AccessKey: "access", SecretKey: "secret", Insecure: true})
	must(w.t, err)
	w.uc.Blobs = store
	return endpoint
}

// onBoth runs a test over contents on a disk and in a bucket.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("disk", func(t *testing.T) { test(t, newWorld(t)) })
	t.Run("bucket", func(t *testing.T) {
		w := newWorld(t)
		w.bucket()
		test(t, w)
	})
}

// again starts another server over the world's use cases.
func (w *world) again(cfg dolphin.Config) *world {
	w.t.Helper()
	api, err := dolphin.New(w.uc, cfg)
	must(w.t, err)
	srv := httptest.NewServer(api.Handler())
	w.t.Cleanup(srv.Close)
	other := *w
	other.api, other.url = api, srv.URL+dolphin.Base
	return &other
}

// stored gives the keys of all contents.
func (w *world) stored() []string {
	w.t.Helper()
	keys := []string{}
	for info, err := range w.uc.Blobs.List(w.t.Context(), "") {
		must(w.t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

// resource is what tests look at of a Resource.
type resource struct {
	ID, PID, UserID, Size                        int64
	Alias, FullName, FileName, Description, Type string
	Directory                                    bool
}

// node is what tests look at of a ResourceComponent.
type node struct {
	ID, PID                 int64
	Name, FullName, IDValue string
	Dirctory                bool
	Children                []node
}

// names flattens trees.
func names(nodes []node) (list []string) {
	for _, n := range nodes {
		list = append(append(list, n.FullName), names(n.Children)...)
	}
	return list
}

// folder and file make something as somebody and give its id.
func (w *world) folder(who as, kind string, pid int64, dir, name string) int64 {
	w.t.Helper()
	return into[resource](w.t, w.call(who, http.MethodPost, "/resources/directory/create",
		"type", kind, "name", name, "pid", fmt.Sprint(pid), "currentDir", dir)).ID
}

func (w *world) file(who as, kind string, pid int64, dir, name, content string) int64 {
	w.t.Helper()
	return into[resource](w.t, w.sendFile(who, kind, pid, dir, name, content)).ID
}

func (w *world) sendFile(who as, kind string, pid int64, dir, name, content string) reply {
	w.t.Helper()
	return w.call(who, http.MethodPost, "/resources/create",
		"type", kind, "name", name, "pid", fmt.Sprint(pid), "currentDir", dir, "@file", name+":"+content)
}

// text gives what a download of a resource brings.
func (w *world) text(id int64) string {
	w.t.Helper()
	r := w.get("/resources/download", "id", fmt.Sprint(id))
	if r.HTTP != ok {
		w.t.Errorf("download: HTTP %d %s", r.HTTP, r.Body)
	}
	return string(r.Body)
}

// TestResourceShapes calls each endpoint of the group with success and checks
// what it answers against the contract's schemas.
func TestResourceShapes(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		c, seen := readContract(t), map[string]bool{}
		granted := w.user("bob", workflow.RoleGeneral)
		for _, test := range []struct {
			operation, shape string
			params           []string
		}{
			{"createDirectory", "Resource", []string{"type", "FILE", "name", "dir", "description", "d", "pid", "-1", "currentDir", "/"}},
			{"createResource", "Resource", []string{"@file", "run.sh:echo hi\n", "type", "FILE", "name", "run.sh", "pid", "1", "currentDir", "/dir"}},
			{"onlineCreateResource", "Resource", []string{"type", "FILE", "fileName", "a", "suffix", "py", "content", "1", "pid", "-1", "currentDir", "/"}},
			{"createResource", "Resource", []string{"type", "UDF", "name", "f.jar", "pid", "-1", "currentDir", "/", "@file", "f.jar:bytes"}},
			{"updateResource", "Resource", []string{"id", "1", "type", "FILE", "name", "new", "description", "e"}},
			{"updateResource", "null", []string{"id", "1", "type", "FILE", "name", "new", "description", "e"}},
			{"queryResourceList", "ResourceComponent[]", []string{"type", "FILE"}},
			{"queryResourceListPaging", "page<Resource>", []string{"type", "FILE", "id", "-1", "pageNo", "1", "pageSize", "10"}},
			{"queryResourceJarList", "ResourceComponent[]", []string{"type", "FILE", "programType", "PYTHON"}},
			{"verifyResourceName", "null", []string{"type", "FILE", "fullName", "/free"}},
			{"queryResource", "Resource", []string{"type", "FILE", "fullName", "/new/run.sh"}},
			{"queryResource", "Resource", []string{"type", "FILE", "id", "2"}},
			{"updateResourceContent", "null", []string{"id", "2", "content", "echo more"}},
			{"createUdfFunc", "null", []string{"type", "HIVE", "funcName", "f", "className", "org.example.F", "resourceId", "4"}},
			{"viewUIUdfFunction", "UdfFunc", []string{"id", "1"}},
			{"updateUdfFunc", "null", []string{"id", "1", "type", "HIVE", "funcName", "g", "className", "org.example.G", "argTypes", "int", "resourceId", "4"}},
			{"queryUdfFuncListPaging", "page<UdfFunc>", []string{"pageNo", "1", "pageSize", "10"}},
			{"queryUdfFuncList", "UdfFunc[]", []string{"type", "HIVE"}},
			{"verifyUdfFuncName", "null", []string{"name", "free"}},
			{"authorizeResourceTree", "ResourceComponent[]", []string{"userId", fmt.Sprint(granted.ID)}},
			{"unauthUDFFunc", "UdfFunc[]", []string{"userId", fmt.Sprint(granted.ID)}},
			{"", "", []string{"/users/grant-file", "userId", fmt.Sprint(granted.ID), "resourceIds", "1-2"}},
			{"", "", []string{"/users/grant-udf-func", "userId", fmt.Sprint(granted.ID), "udfIds", "1"}},
			{"authorizedFile", "ResourceComponent[]", []string{"userId", fmt.Sprint(granted.ID)}},
			{"authorizedUDFFunction", "UdfFunc[]", []string{"userId", fmt.Sprint(granted.ID)}},
			{"deleteUdfFunc", "null", []string{"id", "1"}},
			{"deleteResource", "null", []string{"id", "1"}},
		} {
			if test.operation == "" {
				w.post(test.params[0], test.params[1:]...).is(t, ok, status.Success)
				continue
			}
			e := c.in(t, "Resources", test.operation)
			seen[e.Operation] = true
			r := w.call(token(w.admin), e.Method, e.Path, test.params...)
			if r.HTTP != e.SuccessStatus || r.Code != 0 || r.Msg != "success" {
				t.Errorf("%s: HTTP %d %s", e.Operation, r.HTTP, r.Body)
				continue
			}
			keys(t, r.Body, "code", "msg", "data")
			c.shape(t, r.Data, test.shape)
		}
		for _, e := range c.Endpoints {
			if e.Group == "Resources" && !seen[e.Operation] && e.Operation != "viewResource" && e.Operation != "downloadResource" {
				t.Errorf("%s was not called", e.Operation)
			}
		}
	})
}

// in gives the endpoint of a group with this operation.
func (c contract) in(t *testing.T, group, operation string) endpoint {
	t.Helper()
	i := slices.IndexFunc(c.Endpoints, func(e endpoint) bool { return e.Group == group && e.Operation == operation })
	if i < 0 {
		t.Fatalf("the contract has no %s.%s", group, operation)
	}
	return c.Endpoints[i]
}

// TestResourceLife follows a file from its upload to its end.
func TestResourceLife(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		root := token(w.admin)
		dir := w.folder(root, "FILE", -1, "/", "etl")
		deep := w.folder(root, "FILE", dir, "/etl", "deep")
		id := w.file(root, "FILE", deep, "/etl/deep", "run.sh", "echo one\r\necho two\n")
		if got := w.text(id); got != "echo one\r\necho two\n" {
			t.Errorf("downloaded %q", got)
		}
		type view struct{ Alias, Content string }
		look := func(skip, limit string) view {
			return into[view](t, w.get("/resources/view", "id", fmt.Sprint(id), "skipLineNum", skip, "limit", limit))
		}
		if got := look("0", "100"); got != (view{"run.sh", "echo one\necho two"}) {
			t.Errorf("viewed %+v", got)
		}
		if got := look("1", "1"); got.Content != "echo two" {
			t.Errorf("viewed %+v", got)
		}
		w.post("/resources/update-content", "id", fmt.Sprint(id), "content", "echo three").is(t, ok, status.Success)
		if got := w.text(id); got != "echo three" {
			t.Errorf("downloaded %q", got)
		}
		renamed := into[resource](t, w.post("/resources/update", "id", fmt.Sprint(dir), "type", "FILE", "name", "jobs", "description", "all"))
		if renamed.FullName != "/jobs" || renamed.Alias != "jobs" || renamed.Size != 10 || renamed.PID != -1 || !renamed.Directory {
			t.Errorf("renamed to %+v", renamed)
		}
		moved := into[resource](t, w.get("/resources/queryResource", "type", "FILE", "fullName", "/jobs/deep/run.sh"))
		if moved.ID != id || moved.PID != deep || moved.Size != 10 || moved.FileName != "run.sh" {
			t.Errorf("moved to %+v", moved)
		}
		next := into[resource](t, w.call(root, http.MethodPost, "/resources/update", "@file", "other.sh:echo 4", "id", fmt.Sprint(id),
			"type", "FILE", "name", "go.sh", "description", ""))
		if next.FullName != "/jobs/deep/go.sh" || next.FileName != "other.sh" || next.Size != 6 || w.text(id) != "echo 4" {
			t.Errorf("replaced by %+v", next)
		}
		if up := into[resource](t, w.get("/resources/queryResource", "type", "FILE", "id", fmt.Sprint(id))); up.ID != deep || up.Size != 6 {
			t.Errorf("the folder of the file is %+v", up)
		}
		w.get("/resources/delete", "id", fmt.Sprint(dir)).is(t, ok, status.Success)
		w.get("/resources/queryResource", "type", "FILE", "fullName", "/jobs/deep/go.sh").is(t, ok, status.ResourceNotExist)
	})
}

// TestResourceLists looks at trees, pages and lists of programs.
func TestResourceLists(t *testing.T) {
	w := newWorld(t)
	root := token(w.admin)
	dir := w.folder(root, "FILE", -1, "/", "lib")
	empty := w.folder(root, "FILE", -1, "/", "empty")
	jar := w.file(root, "FILE", dir, "/lib", "a.jar", "x")
	w.file(root, "FILE", dir, "/lib", "b.py", "xy")
	w.file(root, "FILE", -1, "/", "lib.txt", "xyz")
	tree := into[[]node](t, w.get("/resources/list", "type", "FILE"))
	if got := names(tree); !slices.Equal(got, []string{"/empty", "/lib", "/lib/a.jar", "/lib/b.py", "/lib.txt"}) {
		t.Errorf("the tree is %v", got)
	}
	if n := tree[0]; n.PID != -1 || !n.Dirctory || n.IDValue != fmt.Sprintf("%d_true", empty) || n.Children == nil {
		t.Errorf("a folder is %+v", n)
	}
	if n := tree[1].Children[0]; n.PID != dir || n.Dirctory || n.IDValue != fmt.Sprintf("%d_false", jar) {
		t.Errorf("a file is %+v", n)
	}
	for kind, want := range map[string][]string{"": {"/lib", "/lib/a.jar"}, "JAVA": {"/lib", "/lib/a.jar"},
		"SCALA": {"/lib", "/lib/a.jar"}, "PYTHON": {"/lib", "/lib/b.py"}} {
		if got := names(into[[]node](t, w.get("/resources/list/jar", "type", "FILE", "programType", kind))); !slices.Equal(got, want) {
			t.Errorf("programs of %s are %v", kind, got)
		}
	}
	if got := into[[]node](t, w.get("/resources/list", "type", "UDF")); len(got) != 0 {
		t.Errorf("there are functions' archives: %v", got)
	}
	page := func(id int64, search string) (list []string) {
		p := into[dolphin.Paging[resource]](t, w.get("/resources/list-paging", "type", "FILE", "id", fmt.Sprint(id), "searchVal", search,
			"pageNo", "1", "pageSize", "10"))
		for _, r := range p.TotalList {
			list = append(list, fmt.Sprint(r.FullName, " ", r.Size))
		}
		slices.Sort(list)
		return list
	}
	if got := page(-1, ""); !slices.Equal(got, []string{"/empty 0", "/lib 3", "/lib.txt 3"}) {
		t.Errorf("at the root: %v", got)
	}
	if got := page(dir, "b."); !slices.Equal(got, []string{"/lib/b.py 2"}) {
		t.Errorf("found %v", got)
	}
	w.get("/resources/list-paging", "type", "FILE", "id", "99", "pageNo", "1", "pageSize", "10").is(t, ok, status.ResourceNotExist)
}

// TestResourceRefusals asks for what cannot be.
func TestResourceRefusals(t *testing.T) {
	w := newWorld(t)
	root := token(w.admin)
	dir := w.folder(root, "FILE", -1, "/", "dir")
	file := w.file(root, "FILE", -1, "/", "run.sh", "echo")
	bin := w.file(root, "FILE", -1, "/", "a.bin", "\x00\x01")
	jar := w.file(root, "UDF", -1, "/", "f.jar", "x")
	libs := w.folder(root, "UDF", -1, "/", "libs")
	before := w.stored()
	at := func(pid int64, dir string) []string { return []string{"pid", fmt.Sprint(pid), "currentDir", dir} }
	id := func(n int64, more ...string) []string { return append([]string{"id", fmt.Sprint(n)}, more...) }
	make := func(kind, name string, more ...string) []string {
		return append([]string{"type", kind, "name", name}, more...)
	}
	online := func(name, suffix, content string) []string {
		return append([]string{"type", "FILE", "fileName", name, "suffix", suffix, "content", content}, at(-1, "/")...)
	}
	fun := func(name string, resource int64, more ...string) []string {
		return append([]string{"type", "HIVE", "funcName", name, "className", "a.B", "resourceId", fmt.Sprint(resource)}, more...)
	}
	const folder, create, update = "/resources/directory/create", "/resources/create", "/resources/update"
	for i, test := range []struct {
		path   string
		params []string
		want   status.Constant
	}{
		{folder, make("FILE", "dir", at(-1, "/")...), status.ResourceExist},
		{folder, make("FILE", "x", at(99, "/dir")...), status.ParentResourceNotExist},
		{folder, make("FILE", "x", at(file, "/run.sh")...), status.ParentResourceNotExist},
		{folder, make("UDF", "x", at(dir, "/dir")...), status.ParentResourceNotExist},
		{folder, make("FILE", "x", at(dir, "/other")...), status.RequestParamsNotValidError},
		{folder, make("ELSE", "x", at(-1, "/")...), status.CreateResourceError},
		{folder, make("FILE", "x", "pid", "x", "currentDir", "/"), status.CreateResourceError},
		{folder, make("FILE", "x", append(at(-1, "/"), "description", strings.Repeat("d", 300))...), status.RequestParamsNotValidError},
		{create, append(make("FILE", "run.sh", at(-1, "/")...), "@file", "run.sh:x"), status.ResourceExist},
		{create, append(make("FILE", "new.sh", at(-1, "/")...), "@file", "new.sh:"), status.ResourceFileIsEmpty},
		{create, append(make("FILE", "new.sh", at(-1, "/")...), "@file", "new.py:x"), status.ResourceSuffixForbidChange},
		{create, append(make("UDF", "new.sh", at(-1, "/")...), "@file", "new.sh:x"), status.UDFResourceSuffixNotJar},
		{create, make("FILE", "new.sh", at(-1, "/")...), status.CreateResourceError},
		{create, append(make("FILE", "new.sh", at(-1, "/")...), "file", "text"), status.CreateResourceError},
		{create, append(make("FILE", "new.sh", at(-1, "/")...), "@file", "a.sh:x", "@file", "b.sh:y"), status.CreateResourceError},
		{create, append(make("FILE", "new.sh", at(-1, "/")...), "@other", "new.sh:x"), status.CreateResourceError},
		{create, append(make("FILE", "new.sh", at(99, "/")...), "@file", "new.sh:x"), status.ParentResourceNotExist},
		{"/resources/online-create", online("new", "exe", "x"), status.ResourceSuffixNotSupportView},
		{"/resources/online-create", online("new", "sh", ""), status.ResourceFileIsEmpty},
		{"/resources/online-create", online("run", "sh", "x"), status.ResourceExist},
		{update, id(99, make("FILE", "x")...), status.ResourceNotExist},
		{update, id(file, make("UDF", "x")...), status.ResourceNotExist},
		{update, id(file, make("FILE", "a.bin")...), status.ResourceExist},
		{update, id(file, make("FILE", "x.sh", "@file", "x.py:y")...), status.ResourceSuffixForbidChange},
		{update, id(dir, make("FILE", "x", "@file", "x:y")...), status.RequestParamsNotValidError},
		{update, id(jar, make("UDF", "f.sh")...), status.UDFResourceSuffixNotJar},
		{update, id(file, make("FILE", "../x.sh")...), status.RequestParamsNotValidError},
		{"/resources/update-content", id(99, "content", "x"), status.ResourceNotExist},
		{"/resources/update-content", id(bin, "content", "x"), status.ResourceSuffixNotSupportView},
		{"/resources/update-content", id(dir, "content", "x"), status.ResourceSuffixNotSupportView},
		{"/resources/update-content", id(file, "content", ""), status.ResourceFileIsEmpty},
		{"/resources/view?skipLineNum=0&limit=10", id(99), status.ResourceNotExist},
		{"/resources/view?skipLineNum=0&limit=10", id(bin), status.ResourceSuffixNotSupportView},
		{"/resources/view?skipLineNum=-1&limit=10", id(file), status.RequestParamsNotValidError},
		{"/resources/view?skipLineNum=0&limit=-1", id(file), status.RequestParamsNotValidError},
		{"/resources/view?limit=10", id(file), status.ViewResourceFileOnLineError},
		{"/resources/delete", id(99), status.ResourceNotExist},
		{"/resources/delete", nil, status.DeleteResourceError},
		{"/resources/download", id(dir), status.DownloadResourceFileError},
		{"/resources/verify-name", []string{"type", "FILE", "fullName", "/run.sh"}, status.ResourceExist},
		{"/resources/verify-name", []string{"type", "FILE", "fullName", "/../run.sh"}, status.RequestParamsNotValidError},
		{"/resources/queryResource", []string{"type", "FILE"}, status.RequestParamsNotValidError},
		{"/resources/queryResource", []string{"type", "FILE", "id", fmt.Sprint(file)}, status.ResourceNotExist}, // nothing above
		{"/resources/queryResource", []string{"type", "FILE", "id", "99"}, status.ResourceNotExist},
		{"/resources/list", []string{"type", "x"}, status.QueryResourcesListError},
		{"/resources/list/jar", []string{"type", "FILE", "programType", "RUBY"}, status.QueryResourcesListError},
		{"/resources/udf-func/create", fun("f", 99), status.ResourceNotExist},
		{"/resources/udf-func/create", fun("f", libs), status.ResourceNotExist},
		{"/resources/udf-func/create", fun("f", file), status.ResourceNotExist},
		{"/resources/udf-func/create", fun("f; drop table x", jar), status.RequestParamsNotValidError},
		{"/resources/udf-func/create", fun("f", jar, "database", "a`b"), status.RequestParamsNotValidError},
		{"/resources/udf-func/update", append(fun("f", jar), "id", "99"), status.UDFFunctionNotExist},
		{"/resources/udf-func/delete", id(99), status.UDFFunctionNotExist},
		{"/resources/udf-func/update-ui", id(99), status.ResourceNotExist},
	} {
		path, query, _ := strings.Cut(test.path, "?")
		for pair := range strings.SplitSeq(query, "&") {
			if name, value, found := strings.Cut(pair, "="); found {
				test.params = append(test.params, name, value)
			}
		}
		r := w.call(root, w.method(path), path, test.params...)
		want := ok
		if path == "/resources/udf-func/create" {
			want = created
		}
		if r.HTTP != want || r.Code != test.want.Code() {
			t.Errorf("case %d, %s %q: HTTP %d %s, want %s", i, path, test.params, r.HTTP, r.Body, test.want)
		}
	}
	if after := w.stored(); !slices.Equal(before, after) {
		t.Errorf("refusals left %v, before there was %v", after, before)
	}
	r := w.get("/resources/download", "id", "99")
	if r.HTTP != http.StatusBadRequest || string(r.Body) != "resource not exist" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("download of nothing: HTTP %d %q %v", r.HTTP, r.Body, r.Header)
	}
}

// method gives the method of a route.
func (w *world) method(path string) string {
	routes := w.api.Routes()
	i := slices.IndexFunc(routes, func(rt dolphin.Route) bool { return rt.Path == path })
	if i < 0 {
		w.t.Fatalf("there is no %s", path)
	}
	return routes[i].Method
}

// TestWithoutStorage asks a server that has none.
func TestWithoutStorage(t *testing.T) {
	w := newWorld(t)
	root := token(w.admin)
	id := fmt.Sprint(w.file(root, "FILE", -1, "/", "run.sh", "echo"))
	w.uc.Blobs = nil
	place := []string{"pid", "-1", "currentDir", "/"}
	for path, params := range map[string][]string{
		"/resources/directory/create": append(place, "type", "FILE", "name", "d"),
		"/resources/create":           append(place, "type", "FILE", "name", "d.sh", "@file", "d.sh:x"),
		"/resources/online-create":    append(place, "type", "FILE", "fileName", "d", "suffix", "sh", "content", "x"),
		"/resources/update":           {"type", "FILE", "id", id, "name", "x.sh"},
		"/resources/update-content":   {"id", id, "content", "x"},
		"/resources/view":             {"id", id, "skipLineNum", "0", "limit", "1"},
		"/resources/download":         {"id", id},
		"/resources/delete":           {"id", id},
	} {
		w.call(root, w.method(path), path, params...).is(t, ok, status.HDFSNotStartup)
	}
	w.get("/resources/list", "type", "FILE").is(t, ok, status.Success)
}

// TestResourceNames tries to leave the root, or to fool whoever reads the names.
func TestResourceNames(t *testing.T) {
	w := newWorld(t)
	root := token(w.admin)
	bad := []string{
		"", ".", "..", "...", "....", "/", "//", "\\", "/etc/passwd", "../x", "..\\x", "../../../../etc/passwd", "a/b", "a\\b", "a/..", "a/../b",
		"./a", ".\\a", "..\x00", "a\x00b", "\x00", "a\nb", "a\rb", "a\tb", "\x1b[31m", "\x7f", "a\u0085", "a\u2028b", "a\u2029b", "\u202egnp.sh",
		"\u200b", "a\u00a0", " ", " a", "a ", "\ta", "a\xff", "\xc0\xae\xc0\xae", "\xff\xfe", "..\u0000/x", "C:\\x", "\\\\host\\share", "a/",
		"/a", "~/../x/", "%2e%2e/x", "..%2fx/", "....//x", "a\ufeff", "a\u0000.sh", strings.Repeat("a", 256), strings.Repeat("é", 128),
		strings.Repeat("../", 100) + "x",
	}
	if len(bad) < 40 {
		t.Fatalf("%d names", len(bad))
	}
	for _, name := range bad {
		answers := []reply{
			w.call(root, http.MethodPost, "/resources/directory/create", "type", "FILE", "name", name, "pid", "-1", "currentDir", "/"),
			w.call(root, http.MethodPost, "/resources/create", "type", "FILE", "name", name, "pid", "-1", "currentDir", "/", "@file", "a.sh:x"),
		}
		if name != "a/b" && name != "%2e%2e/x" { // full names like any other
			answers = append(answers, w.get("/resources/verify-name", "type", "FILE", "fullName", "/"+name))
		}
		for _, r := range answers {
			if r.Code != status.RequestParamsNotValidError.Code() {
				t.Errorf("%q: %s", name, r.Body)
			}
		}
	}
	if got := w.stored(); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
	if list := into[[]node](t, w.get("/resources/list", "type", "FILE")); len(list) != 0 {
		t.Errorf("made %v", list)
	}
	for _, name := range []string{"a", "..a", ".profile", "a..b", "%2e%2e", "été.sh", "数据.sql", "a b.sh", "-rf", "$(id).sh", "`id`.sh", "a;b&c|d.sh", `a"b.sh`, "a'b.sh", "*.sh", strings.Repeat("a", 255)} {
		id := w.file(root, "FILE", -1, "/", name, "content")
		r := w.get("/resources/download", "id", fmt.Sprint(id))
		if string(r.Body) != "content" || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment; filename") ||
			r.Header.Get("Content-Length") != "7" {
			t.Errorf("%q: %q %v", name, r.Body, r.Header)
		}
	}
	for _, key := range w.stored() {
		if !strings.HasPrefix(key, "resources/") || len(key) != len("resources/")+36 {
			t.Errorf("content is kept under %q", key)
		}
	}
}
