package storetest

import (
	"context"
	"fmt"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// aResource stores a file, or a folder when size is negative, and gives it.
func aResource(t testing.TB, s *store.Store, fullName string, size int64) workflow.Resource {
	t.Helper()
	r := workflow.Resource{Kind: workflow.ResourceFile, FullName: fullName, Name: path.Base(fullName), FileName: path.Base(fullName) + "~", UserID: 1}
	if dir := path.Dir(fullName); dir != "/" {
		r.ParentID = value(s.Resources.ByFullName(t.Context(), r.Kind, dir))(t).ID
	}
	if r.Directory = size < 0; !r.Directory {
		r.Size, r.Key, r.SHA256 = size, "key-of-"+r.Name, "0123"
	}
	must(t, s.Resources.Create(t.Context(), &r))
	return r
}

// names are the full names of a list.
func names(list []workflow.Resource) (out []string) {
	for _, r := range list {
		out = append(out, r.FullName)
	}
	return out
}

// sizes reads the sizes of resources by full name.
func sizes(t testing.TB, s *store.Store, fullNames ...string) (out []int64) {
	t.Helper()
	for _, n := range fullNames {
		out = append(out, value(s.Resources.ByFullName(t.Context(), workflow.ResourceFile, n))(t).Size)
	}
	return out
}

func testResources(t *testing.T, s *store.Store) {
	ctx := t.Context()
	r := filled[workflow.Resource](1)
	r.ID, r.ParentID, r.Kind, r.FullName, r.Name = 0, 0, workflow.ResourceUDF, "/ünï côde.jar", "ünï côde.jar"
	must(t, s.Resources.Create(ctx, &r))
	stamped(t, r.CreateTime, r.UpdateTime)
	equal(t, value(s.Resources.Get(ctx, r.ID))(t), r)
	equal(t, value(s.Resources.ByFullName(ctx, workflow.ResourceUDF, r.FullName))(t), r)
	_, err := s.Resources.ByFullName(ctx, workflow.ResourceFile, r.FullName)
	wantReason(t, err, workflow.NotFound, "resource.not_found")

	twin := r
	twin.ID = 0
	wantReason(t, s.Resources.Create(ctx, &twin), workflow.Exists, "resource.exists")
	twin.Kind = workflow.ResourceFile
	must(t, s.Resources.Create(ctx, &twin))
	for _, name := range []string{"Run.sh", "run.sh", "run.sh ", "rün.sh", "run%sh", "run_sh"} { // all different
		aResource(t, s, "/"+name, 1)
	}
	equal(t, value(s.Resources.ByFullName(ctx, workflow.ResourceFile, "/run.sh "))(t).Name, "run.sh ")

	changed := filled[workflow.Resource](2)
	changed.ID, changed.ParentID, changed.Name, changed.FullName = twin.ID, 0, "other", "/other"
	changed.Kind, changed.Directory = "", !twin.Directory // stay as they are
	wantReason(t, s.Resources.Update(ctx, &changed), workflow.Conflict, "resource.changed")
	changed.UpdateTime = twin.UpdateTime
	must(t, s.Resources.Update(ctx, &changed))
	equal(t, value(s.Resources.Get(ctx, twin.ID))(t), changed)
	equal(t, []any{changed.Kind, changed.Directory, changed.CreateTime}, []any{twin.Kind, twin.Directory, twin.CreateTime})
	changed.Name, changed.FullName = "run.sh", "/run.sh"
	wantCode(t, s.Resources.Update(ctx, &changed), workflow.Exists)
	wantCode(t, s.Resources.Update(ctx, &workflow.Resource{ID: 999, Name: "x", FullName: "/x"}), workflow.NotFound)
	equal(t, value(s.Resources.Keys(ctx, []string{"key-of-run.sh", "none", r.Key}))(t), map[string]bool{"key-of-run.sh": true, r.Key: true})
}

func testResourceTree(t *testing.T, s *store.Store) {
	ctx := t.Context()
	a := aResource(t, s, "/a", -1)
	deep := aResource(t, s, "/a/deep", -1)
	aResource(t, s, "/a/deep/x.sh", 10)
	aResource(t, s, "/a/y.SH", 5)
	aResource(t, s, "/a-b", -1) // sorts between /a and /a/
	aResource(t, s, "/a-b/x.sh", 100)
	aResource(t, s, "/a0", 1)
	equal(t, sizes(t, s, "/a", "/a/deep", "/a-b"), []int64{15, 10, 100})
	equal(t, names(value(s.Resources.Below(ctx, a.ID))(t)), []string{"/a/deep", "/a/deep/x.sh", "/a/y.SH"})
	root := int64(0)
	for _, c := range []struct {
		f    store.ResourceFilter
		want string
	}{
		{store.ResourceFilter{}, "/a /a-b /a-b/x.sh /a/deep /a/deep/x.sh /a/y.SH /a0"},
		{store.ResourceFilter{ParentID: &root}, "/a /a-b /a0"},
		{store.ResourceFilter{ParentID: &a.ID}, "/a/deep /a/y.SH"},
		{store.ResourceFilter{Search: ".sh"}, "/a-b/x.sh /a/deep/x.sh /a/y.SH"},
		{store.ResourceFilter{Search: "a-"}, "/a-b"},
		{store.ResourceFilter{ParentID: &deep.ID, Search: "x"}, "/a/deep/x.sh"},
		{store.ResourceFilter{UserID: 2}, ""},
	} {
		c.f.Kind = workflow.ResourceFile
		equal(t, strings.Join(names(value(s.Resources.All(ctx, c.f))(t)), " "), c.want)
		listed := pages(t, func(p store.Page) ([]workflow.Resource, int, error) { return s.Resources.List(ctx, c.f, p) },
			func(r workflow.Resource) int64 { return r.ID })
		equal(t, len(listed), len(strings.Fields(c.want)))
	}
	list, _, err := s.Resources.List(ctx, store.ResourceFilter{Kind: workflow.ResourceFile, ParentID: &a.ID}, store.Page{Number: 1, Size: 9})
	must(t, err)
	equal(t, names(list), []string{"/a/deep", "/a/y.SH"}) // folders first

	for _, bad := range []workflow.Resource{
		{ParentID: a.ID, Name: "z", FullName: "/z"}, {ParentID: a.ID, Name: "z", FullName: "/a/y"}, {Name: "z/y", FullName: "/z/y"}, {FullName: "/"},
		{ParentID: value(s.Resources.ByFullName(ctx, workflow.ResourceFile, "/a0"))(t).ID, Name: "z", FullName: "/a0/z"},
		{Name: strings.Repeat("n", 256), FullName: "/" + strings.Repeat("n", 256)}, {Name: "\xff", FullName: "/\xff"},
	} {
		bad.Kind = workflow.ResourceFile
		wantCode(t, s.Resources.Create(ctx, &bad), workflow.Invalid)
		equal(t, bad.ID, int64(0))
	}
	other := workflow.Resource{Kind: workflow.ResourceUDF, ParentID: a.ID, Name: "z", FullName: "/a/z"}
	wantReason(t, s.Resources.Create(ctx, &other), workflow.NotFound, "resource.not_found")
}

func testResourceMoves(t *testing.T, s *store.Store) {
	ctx := t.Context()
	ä := aResource(t, s, "/ä", -1)
	sub := aResource(t, s, "/ä/sub", -1)
	x := aResource(t, s, "/ä/sub/x", 10)
	b := aResource(t, s, "/b", -1)
	ä.Name, ä.FullName = "renamed", "/renamed"
	must(t, s.Resources.Update(ctx, &ä))
	equal(t, names(value(s.Resources.All(ctx, store.ResourceFilter{Kind: workflow.ResourceFile}))(t)), []string{"/b", "/renamed", "/renamed/sub", "/renamed/sub/x"})
	equal(t, ä.Size, int64(10))

	sub.ParentID, sub.FullName = b.ID, "/b/sub"
	must(t, s.Resources.Update(ctx, &sub))
	equal(t, sizes(t, s, "/b", "/b/sub", "/b/sub/x", "/renamed"), []int64{10, 10, 10, 0})
	x.ParentID, x.FullName, x.Size = sub.ID, "/b/sub/x", 7
	must(t, s.Resources.Update(ctx, &x))
	equal(t, sizes(t, s, "/b", "/b/sub"), []int64{7, 7})

	b.ParentID, b.FullName = sub.ID, "/b/sub/b"
	wantReason(t, s.Resources.Update(ctx, &b), workflow.Invalid, "resource.parent")
	equal(t, sizes(t, s, "/b", "/b/sub"), []int64{7, 7})

	long := strings.Repeat("ü", 254) // 508 bytes
	parent := value(s.Resources.ByFullName(ctx, workflow.ResourceFile, "/b"))(t)
	for range 3 { // 2048 bytes is the limit
		parent = aResource(t, s, parent.FullName+"/"+long, -1)
	}
	last := aResource(t, s, parent.FullName+"/"+strings.Repeat("ü", 240), -1)
	aResource(t, s, last.FullName+"/x", 1)
	b = value(s.Resources.ByFullName(ctx, workflow.ResourceFile, "/b"))(t)
	b.Name, b.FullName = strings.Repeat("b", 40), "/"+strings.Repeat("b", 40)
	wantReason(t, s.Resources.Update(ctx, &b), workflow.Invalid, "resource.too_long")
	equal(t, len(value(s.Resources.Below(ctx, b.ID))(t)), 7)
}

func testResourceDelete(t *testing.T, s *store.Store) {
	ctx := t.Context()
	a := aResource(t, s, "/a", -1)
	sub := aResource(t, s, "/a/sub", -1)
	x := aResource(t, s, "/a/sub/x", 10)
	aResource(t, s, "/a/y", 5)
	aResource(t, s, "/ab", 1)
	shared := workflow.Resource{Kind: workflow.ResourceFile, Name: "copy", FullName: "/copy", Key: "key-of-y"}
	must(t, s.Resources.Create(ctx, &shared))
	must(t, s.Resources.Grant(ctx, 5, map[int64]workflow.Perm{x.ID: 4, shared.ID: 4}))
	f := workflow.UDF{Name: "f", ResourceID: x.ID}
	must(t, s.UDFs.Create(ctx, &f))

	_, err := s.Resources.Delete(ctx, a.ID)
	wantReason(t, err, workflow.Conflict, "resource.used_by_udf")
	equal(t, sizes(t, s, "/a", "/a/sub"), []int64{15, 10})
	must(t, s.UDFs.Delete(ctx, f.ID))

	keys, err := s.Resources.Delete(ctx, sub.ID)
	must(t, err)
	equal(t, keys, []string{"key-of-x"})
	equal(t, sizes(t, s, "/a"), []int64{5})
	equal(t, value(s.Resources.Granted(ctx, 5))(t), map[int64]workflow.Perm{shared.ID: 4})
	keys, err = s.Resources.Delete(ctx, a.ID)
	must(t, err)
	equal(t, len(keys), 0) // another row names it
	equal(t, value(s.Resources.Delete(ctx, shared.ID))(t), []string{"key-of-y"})
	equal(t, names(value(s.Resources.All(ctx, store.ResourceFilter{Kind: workflow.ResourceFile}))(t)), []string{"/ab"})
	_, err = s.Resources.Delete(ctx, a.ID)
	wantReason(t, err, workflow.NotFound, "resource.not_found")
}

func testResourceRights(t *testing.T, s *store.Store) {
	ctx := t.Context()
	a := aResource(t, s, "/a", -1)
	x := aResource(t, s, "/a/x", 1)
	y := aResource(t, s, "/y", 1)
	z := aResource(t, s, "/z", 1)
	z.UserID = 7
	must(t, s.Resources.Update(ctx, &z))
	must(t, s.Resources.Grant(ctx, 7, map[int64]workflow.Perm{a.ID: workflow.PermAll, 99: 2}))
	must(t, s.Resources.Grant(ctx, 8, map[int64]workflow.Perm{x.ID: 4, y.ID: 6}))
	equal(t, value(s.Resources.Granted(ctx, 8))(t), map[int64]workflow.Perm{x.ID: 4, y.ID: 6})
	for user, want := range map[int64]string{0: "/a /a/x /y /z", 1: "/a /a/x /y", 7: "/a /a/x /z", 8: "/a/x /y", 9: ""} {
		f := store.ResourceFilter{Kind: workflow.ResourceFile, VisibleTo: user}
		equal(t, strings.Join(names(value(s.Resources.All(ctx, f))(t)), " "), want)
		listed := pages(t, func(p store.Page) ([]workflow.Resource, int, error) { return s.Resources.List(ctx, f, p) },
			func(r workflow.Resource) int64 { return r.ID })
		equal(t, len(listed), len(strings.Fields(want)))
	}
	must(t, s.Resources.Grant(ctx, 8, map[int64]workflow.Perm{y.ID: 2, a.ID: 1})) // a folder to go through
	equal(t, names(value(s.Resources.All(ctx, store.ResourceFilter{Kind: workflow.ResourceFile, VisibleTo: 8}))(t)), []string{"/a", "/y"})
	must(t, s.Resources.Grant(ctx, 8, map[int64]workflow.Perm{y.ID: 2}))
	equal(t, value(s.Resources.Granted(ctx, 8))(t), map[int64]workflow.Perm{y.ID: 2})
	must(t, s.Resources.Grant(ctx, 8, nil))
	equal(t, len(value(s.Resources.Granted(ctx, 8))(t)), 0)

	zoe, amy := workflow.User{Name: "zoe"}, workflow.User{Name: "amy"}
	for _, u := range []*workflow.User{&zoe, &amy} {
		must(t, s.Users.Create(ctx, u))
		must(t, s.Resources.Grant(ctx, u.ID, map[int64]workflow.Perm{y.ID: workflow.PermAll}))
	}
	equal(t, value(s.Resources.Grantees(ctx, y.ID))(t), []string{"amy", "zoe"})
	equal(t, len(value(s.Resources.Grantees(ctx, x.ID))(t)), 0)
}

// testResourceRaces fills a folder while it moves and is deleted: sizes stay
// right and nothing is left without its folder.
func testResourceRaces(t *testing.T, s *store.Store) {
	ctx := t.Context()
	aResource(t, s, "/keep", -1)
	a := aResource(t, s, "/keep/a", -1)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 5 {
				parent, err := s.Resources.Get(ctx, a.ID)
				if err != nil {
					return
				}
				name := fmt.Sprintf("f%d-%d", w, i)
				_ = s.Resources.Create(ctx, &workflow.Resource{Kind: workflow.ResourceFile, ParentID: a.ID, Name: name, FullName: parent.FullName + "/" + name, Size: 1})
			}
		})
	}
	wg.Go(func() {
		moved := a
		for i := range 3 {
			moved.Name, moved.FullName = fmt.Sprint("a", i), fmt.Sprint("/keep/a", i)
			if err := s.Resources.Update(ctx, &moved); err != nil {
				t.Errorf("moving: %v", err)
			}
		}
	})
	wg.Wait()
	below := value(s.Resources.Below(ctx, a.ID))(t)
	now := value(s.Resources.Get(ctx, a.ID))(t)
	equal(t, []int64{now.Size, sizes(t, s, "/keep")[0]}, []int64{int64(len(below)), int64(len(below))})
	equal(t, now.FullName, "/keep/a2")
	wg.Go(func() { _, _ = s.Resources.Delete(ctx, a.ID) })
	for i := range 4 {
		wg.Go(func() {
			name := fmt.Sprint("late", i)
			_ = s.Resources.Create(ctx, &workflow.Resource{Kind: workflow.ResourceFile, ParentID: a.ID, Name: name, FullName: now.FullName + "/" + name, Size: 1})
		})
	}
	wg.Wait()
	equal(t, names(value(s.Resources.All(ctx, store.ResourceFilter{Kind: workflow.ResourceFile}))(t)), []string{"/keep"})
	equal(t, sizes(t, s, "/keep"), []int64{0})
}

func testResourceUses(t *testing.T, s *store.Store) {
	ctx := t.Context()
	x, y := aResource(t, s, "/x", 1), aResource(t, s, "/y", 1)
	ref := func(refs ...workflow.ResourceRef) workflow.Uses { return workflow.Uses{Resources: refs} }
	byID, byName := workflow.ResourceRef{ID: x.ID, Name: "ignored"}, workflow.ResourceRef{Name: "/x"}
	a := workflow.Definition{ProjectID: 3, Name: "a", Uses: ref(byID, byID, byName)}
	b := workflow.Definition{ProjectID: 3, Name: "b", Uses: ref(byName, workflow.ResourceRef{ID: y.ID})}
	must(t, s.Definitions.Create(ctx, &a))
	must(t, s.Definitions.Create(ctx, &b))
	value(s.Definitions.Release(ctx, b.ID, workflow.Online))(t)
	use := func(d workflow.Definition, state workflow.ReleaseState, of int64) store.Use {
		return store.Use{DefinitionID: d.ID, DefinitionName: d.Name, ProjectID: 3, ReleaseState: state, Of: of}
	}
	used := func(ids ...int64) []store.Use { return value(s.Resources.UsedBy(context.WithoutCancel(ctx), ids))(t) }
	equal(t, used(x.ID), []store.Use{use(a, workflow.Offline, x.ID), use(b, workflow.Online, x.ID)})
	equal(t, used(y.ID, x.ID), []store.Use{use(a, workflow.Offline, x.ID), use(b, workflow.Online, x.ID), use(b, workflow.Online, y.ID)})
	equal(t, len(used()), 0)
	equal(t, len(used(99)), 0)
	equal(t, value(s.Resources.NamedBy(ctx, []int64{x.ID, y.ID}))(t), []store.Use{use(a, workflow.Offline, x.ID), use(b, workflow.Online, x.ID)})

	a.Uses = ref(workflow.ResourceRef{ID: y.ID})
	must(t, s.Definitions.Update(ctx, &a))
	value(s.Definitions.Release(ctx, b.ID, workflow.Offline))(t)
	must(t, s.Definitions.Delete(ctx, b.ID))
	equal(t, used(x.ID, y.ID), []store.Use{use(a, workflow.Offline, y.ID)})
}

func testUDFs(t *testing.T, s *store.Store) {
	ctx := t.Context()
	jar := aResource(t, s, "/f.jar", 1)
	f := filled[workflow.UDF](1)
	f.ID, f.ResourceID = 0, jar.ID
	must(t, s.UDFs.Create(ctx, &f))
	stamped(t, f.CreateTime, f.UpdateTime)
	equal(t, f.ResourceName, "/f.jar")
	equal(t, value(s.UDFs.Get(ctx, f.ID))(t), f)
	equal(t, value(s.UDFs.ByName(ctx, f.Name))(t), f)
	jar.Name, jar.FullName = "g.jar", "/g.jar"
	must(t, s.Resources.Update(ctx, &jar))
	changed := filled[workflow.UDF](2)
	changed.ID, changed.ResourceID, changed.Kind, changed.Name, changed.UserID = f.ID, jar.ID, workflow.UDFHive, "upper", 1
	must(t, s.UDFs.Update(ctx, &changed))
	changed.CreateTime, changed.ResourceName = f.CreateTime, "/g.jar"
	equal(t, value(s.UDFs.Get(ctx, f.ID))(t), changed)

	lower := workflow.UDF{Name: "lower", UserID: 2, Kind: workflow.UDFSpark, ResourceID: jar.ID}
	must(t, s.UDFs.Create(ctx, &lower))
	wantReason(t, s.UDFs.Create(ctx, &workflow.UDF{Name: "lower", ResourceID: jar.ID}), workflow.Exists, "udf.exists")
	wantReason(t, s.UDFs.Create(ctx, &workflow.UDF{Name: "x", ResourceID: 99}), workflow.NotFound, "resource.not_found")
	wantReason(t, s.UDFs.Update(ctx, &workflow.UDF{ID: 99, Name: "x", ResourceID: jar.ID}), workflow.NotFound, "udf.not_found")
	must(t, s.UDFs.Grant(ctx, 2, []int64{f.ID, f.ID, 77}))
	equal(t, value(s.UDFs.Granted(ctx, 2))(t), []int64{f.ID, 77})
	for _, c := range []struct {
		user   int64
		search string
		want   []int64
	}{{0, "", []int64{lower.ID, f.ID}}, {1, "", []int64{f.ID}}, {2, "", []int64{lower.ID, f.ID}}, {2, "UPP", []int64{f.ID}}, {3, "", nil}} {
		got := pages(t, func(p store.Page) ([]workflow.UDF, int, error) { return s.UDFs.List(ctx, c.user, c.search, p) },
			func(u workflow.UDF) int64 { return u.ID })
		equal(t, got, c.want)
	}
	equal(t, value(s.UDFs.All(ctx, 2, workflow.UDFHive))(t), []workflow.UDF{changed})
	equal(t, len(value(s.UDFs.All(ctx, 0, ""))(t)), 2)
	must(t, s.UDFs.Delete(ctx, f.ID))
	wantCode(t, s.UDFs.Delete(ctx, f.ID), workflow.NotFound)
	equal(t, value(s.UDFs.Granted(ctx, 2))(t), []int64{77})
}
