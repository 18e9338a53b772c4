package status_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
)

// TestTableIsTheContract compares every constant of 1.3.9 with the list.
func TestTableIsTheContract(t *testing.T) {
	text, err := os.ReadFile("testdata/status-codes.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Counts map[string]int
		Status []struct {
			Constant string
			Code     int
			En, Zh   string
			Versions []string
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, want := range list.Status {
		if !slices.Contains(want.Versions, "1.3.9") {
			continue
		}
		n++
		c, ok := status.ByName(want.Constant)
		if !ok {
			t.Errorf("%s is missing", want.Constant)
			continue
		}
		if c.String() != want.Constant || c.Code() != want.Code ||
			c.Pattern(status.English) != want.En || c.Pattern(status.Chinese) != want.Zh {
			t.Errorf("%s is %d %q %q, want %d %q %q", c, c.Code(),
				c.Pattern(status.English), c.Pattern(status.Chinese), want.Code, want.En, want.Zh)
		}
	}
	if n != status.Count() || n != list.Counts["1.3.9"] {
		t.Errorf("%d constants in the list of %d, %d in the table", n, list.Counts["1.3.9"], status.Count())
	}
}

func TestFormat(t *testing.T) {
	for _, test := range []struct {
		pattern string
		args    []any
		want    string
	}{
		{"user {0} not exists", []any{12345}, "user 12,345 not exists"},
		{"user {0} not exists", []any{int64(-1234567)}, "user -1,234,567 not exists"},
		{"user {0} not exists", []any{123}, "user 123 not exists"},
		{"[{0}] -> [{1}]", []any{"a", "b"}, "[a] -> [b]"},
		{"{1} {0} {1}", []any{"a", "b"}, "b a b"},
		{"it''s {0}", []any{"x"}, "it's x"},
		{"not '{0}' but {0}", []any{"x"}, "not {0} but x"},
		{"{0} {1}", []any{"only"}, "only {1}"},
		{"{0}", []any{nil}, "null"},
		{"{x} {", []any{"a"}, "{x} {"},
		{"{0}", []any{true}, "true"},
	} {
		if got := status.Format(test.pattern, test.args...); got != test.want {
			t.Errorf("Format(%q, %v) = %q, want %q", test.pattern, test.args, got, test.want)
		}
	}
}

func TestMessage(t *testing.T) {
	if got := status.UserNotExist.Message(status.Chinese, 7); got != "用户[7]不存在" {
		t.Errorf("got %q", got)
	}
	if got := status.TenantNameExist.Message(status.English); got != "tenant code {0} already exists" {
		t.Errorf("without arguments: got %q", got)
	}
}
