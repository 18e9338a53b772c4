package native_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestMove has folders /a (with /a/b/run.sh) and /c of one person, and /d of
// another.
func TestMove(t *testing.T) {
	w := newWorld(t)
	w.withFiles()
	ada, bob := w.as(w.user("ada", workflow.RoleGeneral)), w.as(w.user("bob", workflow.RoleGeneral))
	folder := func(who as, name string, parent int64) native.File {
		return made[native.File](w, who, "/files/folders", native.FolderInput{Name: name, ParentID: parent})
	}
	a := folder(ada, "a", 0)
	b, c, d := folder(ada, "b", a.ID), folder(ada, "c", 0), folder(bob, "d", 0)
	var run native.File
	w.upload(ada, "/files", "run.sh", "echo hi\n", "parentId", fmt.Sprint(b.ID)).want(http.StatusCreated).into(&run)
	move := func(who as, f native.File, name string, to int64) reply {
		return w.call(who, "PUT", fmt.Sprint("/files/", f.ID), native.FileChange{Name: name, ParentID: &to})
	}
	path := func(f native.File) string { return got[native.File](w, ada, fmt.Sprint("/files/", f.ID)).FullName }

	located(t, move(ada, a, "a", a.ID).problem(http.StatusUnprocessableEntity, "resource.parent"), "parentId")
	move(ada, a, "a", b.ID).problem(http.StatusUnprocessableEntity, "resource.parent")
	move(ada, a, "a", run.ID).problem(http.StatusNotFound, "resource.parent_not_found")
	move(ada, a, "a", 999).problem(http.StatusNotFound, "resource.parent_not_found")
	move(ada, a, "a", d.ID).problem(http.StatusForbidden, "user.forbidden")
	move(bob, run, "run.sh", d.ID).problem(http.StatusForbidden, "user.forbidden")
	if got := path(run); got != "/a/b/run.sh" {
		t.Fatalf("after refusals it is %s", got)
	}
	var moved native.File
	move(ada, run, "go.sh", c.ID).want(http.StatusOK).into(&moved)
	if moved.FullName != "/c/go.sh" || moved.ParentID != c.ID || got[native.File](w, ada, fmt.Sprint("/files/", c.ID)).Size != 8 || got[native.File](w, ada, fmt.Sprint("/files/", a.ID)).Size != 0 {
		t.Errorf("moved to %+v", moved)
	}
	move(ada, c, "c", b.ID).want(http.StatusOK)
	if got := path(run); got != "/a/b/c/go.sh" {
		t.Errorf("moved along to %s", got)
	}
	taken := folder(ada, "b", 0)
	move(ada, b, "b", 0).problem(http.StatusConflict, "resource.exists")
	move(ada, run, "go.sh", taken.ID).want(http.StatusOK)
	move(ada, run, "go.sh", 0).want(http.StatusOK)
	w.call(ada, "PUT", fmt.Sprint("/files/", run.ID), native.FileChange{Name: "go.sh", Description: "stays"}).want(http.StatusOK)
	if got := path(run); got != "/go.sh" {
		t.Errorf("without a folder it went to %s", got)
	}
}

// TestMoveOfWhatIsUsed has an online workflow that names one file by its path
// and another by its id.
func TestMoveOfWhatIsUsed(t *testing.T) {
	p := newPlant(t)
	p.withFiles()
	a := made[native.File](p.world, p.admin, "/files/folders", native.FolderInput{Name: "a"})
	b := made[native.File](p.world, p.admin, "/files/folders", native.FolderInput{Name: "b"})
	var named, numbered native.File
	p.upload(p.admin, "/files", "named.sh", "x", "parentId", fmt.Sprint(a.ID)).want(http.StatusCreated).into(&named)
	p.upload(p.admin, "/files", "numbered.sh", "x").want(http.StatusCreated).into(&numbered)
	uses := workflow.Uses{Resources: []workflow.ResourceRef{{Name: "/a/named.sh"}, {ID: numbered.ID}}}
	d := workflow.Definition{ProjectID: p.proj.ID, Name: "uses", UserID: p.proj.UserID, ReleaseState: workflow.Online, Uses: uses}
	must(t, p.store.Definitions.Create(t.Context(), &d))
	change := func(f native.File, name string, to int64) reply {
		return p.call(p.admin, "PUT", fmt.Sprint("/files/", f.ID), native.FileChange{Name: name, ParentID: &to})
	}
	change(named, "named.sh", b.ID).problem(http.StatusConflict, "resource.used")
	change(named, "other.sh", a.ID).problem(http.StatusConflict, "resource.used")
	change(a, "a", b.ID).problem(http.StatusConflict, "resource.used")
	change(numbered, "other.sh", b.ID).want(http.StatusOK)
	_, err := p.store.Definitions.Release(t.Context(), d.ID, workflow.Offline)
	must(t, err)
	change(a, "a", b.ID).want(http.StatusOK)
}
