package native_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
)

// typed is a document as a person writes it.
const typed = `# Every night.
name: typed   # not printed
policy: PARALLEL
tasks:
- {name: a, kind: SHELL, params: {rawScript: "echo 1"}}   # first

# then
- name: b
  kind: SHELL
  needs: [ a ]
  params:
    rawScript: 'echo ''2'''
layout: {a: {x: 1, y: 2.0}, b: {x: 300, y: 2}}
# the end
`

func (f *flows) exported(id int64) string {
	f.t.Helper()
	return string(f.call(f.developer, "GET", fmt.Sprintf("%s/workflows:export?ids=%d", f.base, id), nil).want(http.StatusOK).Body)
}

func (f *flows) draft(id int64) native.Draft {
	f.t.Helper()
	var d native.Draft
	f.call(f.developer, "GET", fmt.Sprintf("%s/workflows/%d/draft", f.base, id), nil).want(http.StatusOK).into(&d)
	return d
}

func (f *flows) publish(id int64, document string) {
	f.t.Helper()
	var d native.Draft
	at := fmt.Sprintf("%s/workflows/%d", f.base, id)
	f.call(f.developer, "PUT", at+"/draft", doc{document}, "If-Match", fmt.Sprintf("%q", fmt.Sprint(f.draft(id).Revision))).want(http.StatusOK).into(&d)
	f.call(f.developer, "POST", at+"/publish", map[string]any{"revision": d.Revision}).want(http.StatusOK)
}

// TestTypedTextComesBack publishes what a person typed, and finds it again
// wherever a version is written.
func TestTypedTextComesBack(t *testing.T) {
	f := newFlows(t)
	w := f.make(script("typed"))
	f.publish(w.ID, typed)
	if got := f.draft(w.ID); got.Revision != 0 || got.Document != typed {
		t.Errorf("the next draft is of revision %d and begins with\n%s", got.Revision, got.Document)
	}
	if got := f.exported(w.ID); got != typed {
		t.Errorf("exported is\n%s", got)
	}
	var version native.VersionDetail
	f.call(f.viewer, "GET", fmt.Sprintf("%s/workflows/%d/versions/2", f.base, w.ID), nil).into(&version)
	if version.Document != typed {
		t.Errorf("the version is\n%s", version.Document)
	}
	for range 2 {
		_, changes := f.apply(f.base, native.ImportInput{Document: f.exported(w.ID)})
		want(t, changes, "typed=UNCHANGED")
	}

	// What belongs to the workflow itself is added to an export, as it is now.
	f.call(f.developer, "PUT", fmt.Sprintf("%s/workflows/%d/sorting", f.base, w.ID), map[string]any{"folder": "sales", "labels": map[string]string{"team": "bi"}}).want(http.StatusOK)
	sorted := typed + "folder: sales\nlabels:\n  team: bi\n"
	if got := f.exported(w.ID); got != sorted {
		t.Errorf("sorted and exported it is\n%s", got)
	}
	if got := f.draft(w.ID).Document; got != typed {
		t.Errorf("sorted it begins with\n%s", got)
	}
	_, changes := f.apply(f.base, native.ImportInput{Document: sorted})
	want(t, changes, "typed=UNCHANGED")

	// Published with them, and sorted otherwise since, the text says so.
	f.publish(w.ID, sorted)
	f.call(f.developer, "PUT", fmt.Sprintf("%s/workflows/%d/sorting", f.base, w.ID), map[string]any{"folder": "shop"}).want(http.StatusOK)
	if got := f.draft(w.ID).Document; got != typed+"folder: shop\n" {
		t.Errorf("sorted otherwise it begins with\n%s", got)
	}

	// A version that nobody typed is written in the canonical form.
	f.call(f.developer, "POST", fmt.Sprintf("%s/workflows/%d/versions/1/restore", f.base, w.ID), nil).want(http.StatusOK)
	if got := f.draft(w.ID).Document; strings.Contains(got, "#") || !strings.Contains(got, "name: typed\n") {
		t.Errorf("restored is\n%s", got)
	}
}

// TestTextOfAnotherName publishes a text that names another workflow, which is
// renamed: the old words would be wrong.
func TestTextOfAnotherName(t *testing.T) {
	f := newFlows(t)
	child := f.make(script("child"))
	const parent = "# runs it\nname: parent\ntasks: [{name: run, kind: SUB_WORKFLOW, subWorkflow: {workflow: child}}]\n"
	w := f.make(parent)
	if got := f.exported(w.ID); got != parent {
		t.Fatalf("exported is\n%s", got)
	}
	f.publish(child.ID, script("grown"))
	if got := f.exported(w.ID); strings.Contains(got, "child") || !strings.Contains(got, "workflow: grown") {
		t.Errorf("exported is\n%s", got)
	}
}
