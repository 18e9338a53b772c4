package manifest_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const remarked = `# Every night.
name: orders   # not order
folder: sales  # theirs

# What is due.
schedules:
  # at two
  - {cron: "0 0 2 * * ?"}
tasks:
- name: a   # first
  kind: SHELL
labels: {team: bi}
# the end
`

func sameCron(a, b manifest.Schedule) bool { return a.Cron == b.Cron }

func TestUpdate(t *testing.T) {
	on := true
	whole := func(change func(d *manifest.Document)) manifest.Document {
		d := parsed(t, remarked)
		change(&d)
		return d
	}
	for _, c := range []struct {
		name string
		d    manifest.Document
		all  bool
		want string
	}{
		{"nothing new", whole(func(*manifest.Document) {}), true, remarked},
		{"another folder", whole(func(d *manifest.Document) { d.Folder = "shop" }), true, strings.Replace(remarked, "folder: sales  # theirs", "folder: shop", 1)},
		{"no schedule any more", whole(func(d *manifest.Document) { d.Schedules = nil }), true, strings.Replace(remarked,
			"\n# What is due.\nschedules:\n  # at two\n  - {cron: \"0 0 2 * * ?\"}\n", "", 1)},
		{"no label any more", whole(func(d *manifest.Document) { d.Labels = nil }), true, strings.Replace(remarked, "labels: {team: bi}\n", "", 1)},
		{"online, drawn", whole(func(d *manifest.Document) { d.Online, d.Layout = &on, map[string]manifest.Point{"a": {X: 1}} }), true,
			remarked + "online: true\nlayout:\n  a: {x: 1, y: 0}\n"},
		{"online, not asked for", whole(func(d *manifest.Document) { d.Online = &on }), false, remarked},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := manifest.Update(remarked, c.d, c.all, sameCron); !ok || got != c.want {
				t.Errorf("%v:\n%s\nnot\n%s", ok, got, c.want)
			}
		})
	}
	for _, odd := range []string{"", "{name: x}\n", "? name\n: x\n", " name: x\n", "name: x\nname: y\n", "- a\n"} {
		if got, ok := manifest.Update(odd, manifest.Document{Name: "x", Folder: "f"}, true, sameCron); ok {
			t.Errorf("%q became %q", odd, got)
		}
	}
}

func TestSourceIsKept(t *testing.T) {
	d := parsed(t, remarked)
	s, problems := d.Spec(town{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	before := reflect.ValueOf(s.Layout).Len()
	manifest.KeepSource(&s, remarked, []byte("as it is"))
	if text, ok := manifest.SourceOf(&s, []byte("as it is")); !ok || text != remarked {
		t.Errorf("%v: %q", ok, text)
	}
	if text, ok := manifest.SourceOf(&s, []byte("renamed")); ok {
		t.Errorf("of another version: %q", text)
	}
	if manifest.Points(s.Layout) != nil {
		t.Error("a text is a drawing")
	}
	manifest.KeepSource(&s, "", nil)
	if _, ok := manifest.SourceOf(&s, nil); ok || len(s.Layout) != before {
		t.Error("it was not forgotten")
	}
	if _, ok := manifest.SourceOf(&workflow.Spec{}, nil); ok {
		t.Error("there is a text of nothing")
	}
}

func TestTextsOfManyDocuments(t *testing.T) {
	list, problem := manifest.Read([]byte("# one\nname: a\n---\n# only a remark\n---\nname: b # two\n"))
	if problem == nil {
		for i, want := range []string{"# one\nname: a\n", "name: b # two\n"} {
			if list[i].Text != want {
				t.Errorf("%q", list[i].Text)
			}
		}
	}
	list, problem = manifest.Read([]byte("---\nname: a\n---\n# two\nname: b\n"))
	if problem != nil || len(list) != 2 || list[0].Text != "name: a\n" || list[1].Text != "# two\nname: b\n" {
		t.Errorf("%v, %+v", problem, list)
	}
}
