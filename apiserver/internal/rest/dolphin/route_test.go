package dolphin

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
)

// TestMistakesInDeclarations makes each mistake once: none may start.
func TestMistakesInDeclarations(t *testing.T) {
	right := Route{Group: "G", Operation: "o", Method: http.MethodGet, Path: "/p", ErrorConstant: status.SaveError, Access: SignedIn,
		Handler: func(context.Context, *Request) (any, error) { return nil, nil }}
	if err := right.check(); err != nil {
		t.Fatalf("a right declaration: %v", err)
	}
	for want, spoil := range map[string]func(*Route){
		"declares no access":         func(r *Route) { r.Access = undeclared },
		"has no handler":             func(r *Route) { r.Handler = nil },
		"unknown method":             func(r *Route) { r.Method = "FETCH" },
		"leading slash":              func(r *Route) { r.Path = "p" },
		"no error constant":          func(r *Route) { r.ErrorConstant = status.Success },
		"about a project":            func(r *Route) { r.Access = ProjectRead },
		"declares a twice":           func(r *Route) { r.Params = []Param{Text("a"), Int("a")} },
		"parameter without a name":   func(r *Route) { r.Params = []Param{Text("")} },
		"declares enum a without":    func(r *Route) { r.Params = []Param{Enum("a")} },
		"has a wrong default for a":  func(r *Route) { r.Params = []Param{Int("a").Or("x")} },
		"has a wrong default for bb": func(r *Route) { r.Params = []Param{Enum("bb", "X").Or("Y")} },
	} {
		rt := right
		spoil(&rt)
		if err := rt.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
	}
	if err := checkAll([]Route{right, right}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("one route declared twice: %v", err)
	}
}

func TestReadingParameters(t *testing.T) {
	type want struct {
		value   value
		present bool
		wrong   bool
	}
	for name, test := range map[string]struct {
		param Param
		texts []string
		want  want
	}{
		"text":                     {Text("a"), []string{" x "}, want{value{text: " x "}, true, false}},
		"texts are joined":         {Text("a"), []string{"x", "y"}, want{value{text: "x,y"}, true, false}},
		"empty text is present":    {Text("a"), []string{""}, want{value{}, true, false}},
		"absent text":              {Text("a"), nil, want{value{}, false, false}},
		"empty text takes default": {Text("a").Or("d"), []string{""}, want{value{text: "d"}, true, false}},
		"absent text takes it too": {Text("a").Or("d"), nil, want{value{text: "d"}, true, false}},
		"number":                   {Int("a"), []string{" -7 "}, want{value{text: "-7", number: -7}, true, false}},
		"first number":             {Int("a"), []string{"1", "2"}, want{value{text: "1", number: 1}, true, false}},
		"empty number":             {Int("a"), []string{" "}, want{value{}, false, false}},
		"empty number's default":   {Int("a").Or("3"), []string{""}, want{value{text: "3", number: 3}, true, false}},
		"no number":                {Int("a").Or("3"), []string{"x"}, want{value{}, false, true}},
		"number beyond 32 bits":    {Int("a"), []string{"2147483648"}, want{value{}, false, true}},
		"yes":                      {Bool("a"), []string{"YES"}, want{value{text: "YES", truth: true}, true, false}},
		"0":                        {Bool("a"), []string{"0"}, want{value{text: "0"}, true, false}},
		"neither":                  {Bool("a"), []string{"maybe"}, want{value{}, false, true}},
		"enum":                     {Enum("a", "END"), []string{" END "}, want{value{text: "END"}, true, false}},
		"enum in lower case":       {Enum("a", "END"), []string{"end"}, want{value{}, false, true}},
		"empty enum":               {Enum("a", "END"), []string{""}, want{value{}, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			v, present, err := test.param.read(test.texts)
			if (err != nil) != test.want.wrong || present != test.want.present {
				t.Fatalf("present %v, error %v", present, err)
			}
			if err == nil && v != test.want.value {
				t.Errorf("value is %+v, want %+v", v, test.want.value)
			}
		})
	}
}

func TestUndeclaredParametersAreOurMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	(&Request{route: &Route{}}).String("nobodyDeclaredMe")
}
