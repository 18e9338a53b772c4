package program

import (
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                    nil,
		"  \t\n ":                             nil,
		"a bc\td\ne":                          {"a", "bc", "d", "e"},
		`'a b' "c d" e\ f`:                    {"a b", "c d", "e f"},
		`'' "" x''y`:                          {"", "", "xy"},
		`--conf "spark.x=-D a='b'"`:           {"--conf", "spark.x=-D a='b'"},
		`"a\"b\\c\$d\e" 'a\b'`:                {`a"b\c$d\e`, `a\b`},
		`$HOME *.jar ~ ; > x | y && $(z) # w`: {"$HOME", "*.jar", "~", ";", ">", "x", "|", "y", "&&", "$(z)", "#", "w"},
		"a \\\n b \\\r\n c":                   {"a", "b", "c"},
		"日本 'ñ é'":                            {"日本", "ñ é"},
		"\"a\\\nb\"":                          {"ab"},
	} {
		if got, err := Words(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"'a", `"a`, `a\`, `"a\`, `"a\"`} {
		if got, err := Words(text); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestPath(t *testing.T) {
	a := task.Attempt{Resources: []task.Resource{{ID: 7, Name: "lib/a.jar"}, {ID: 8, Name: "-rf"}}}
	for _, c := range []struct {
		ref  workflow.ResourceRef
		want string
		ok   bool
	}{
		{workflow.ResourceRef{ID: 7}, "lib/a.jar", true}, {workflow.ResourceRef{Name: "/lib/a.jar"}, "lib/a.jar", true},
		{workflow.ResourceRef{ID: 8}, "./-rf", true}, {workflow.ResourceRef{ID: 9}, "", false}, {workflow.ResourceRef{Name: "/b"}, "b", false},
	} {
		if got, ok := Path(a, c.ref); got != c.want || ok != c.ok {
			t.Errorf("%v: %q %v", c.ref, got, ok)
		}
	}
}

// TestArgumentsAreNoPartOfTheScript is about the only shell that is involved.
func TestArgumentsAreNoPartOfTheScript(t *testing.T) {
	p := Program{Name: "tool", Homes: []string{"TOOL_HOME"}}
	one, other := p.Command([]string{"$(touch x)", "'; exit 3"}), p.Command(nil)
	if one.Args[1] != other.Args[1] || strings.Contains(one.Args[1], "touch") {
		t.Errorf("script %q", one.Args[1])
	}
	if got := Arguments(one); !slices.Equal(got, []string{"$(touch x)", "'; exit 3"}) {
		t.Errorf("arguments %q", got)
	}
}

func FuzzWords(f *testing.F) {
	f.Add(`a 'b "c' "d\"" \e`)
	f.Fuzz(func(t *testing.T, text string) {
		words, err := Words(text)
		if err != nil {
			return
		}
		quoted := make([]string, 0, len(words))
		for _, w := range words {
			quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
		}
		again, err := Words(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(again, words) && !strings.Contains(text, "\r") {
			t.Errorf("%q: %q, again %q %v", text, words, again, err)
		}
	})
}
