package chaos

import (
	"strings"
	"testing"
)

// run checks a journal of instances with two tasks, b after a.
func run(t *testing.T, triggers int, journal string) Counts {
	t.Helper()
	entries, err := Parse(strings.NewReader(journal))
	if err != nil {
		t.Fatal(err)
	}
	c := Check(entries, Expected{Instances: triggers, Tasks: map[string][]string{"a": nil, "b": {"a"}}})
	c.Findings = nil
	return c
}

const good = "1 a 1 10 100 start\n1 a 1 10 100 end\n1 b 1 11 101 start\n1 b 1 11 101 end\n"

func TestTheCheckerSeesWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		triggers int
		journal  string
		want     string
	}{
		"all is well":            {1, good, ""},
		"nothing ran":            {2, "", "L=2"},
		"a trigger was lost":     {2, good, "L=1"},
		"an instance too many":   {0, good, "C=1"},
		"an unknown task":        {1, good + "1 z 1 12 102 start\n", "C=1"},
		"a task never ended":     {1, strings.Replace(good, "1 b 1 11 101 end\n", "", 1), "L=1"},
		"a task never started":   {1, "1 a 1 10 100 start\n1 a 1 10 100 end\n", "L=1"},
		"an end came twice":      {1, good + "1 b 1 11 101 end\n", "C=2"},
		"a second run":           {1, good + "1 b 2 12 102 start\n1 b 2 12 102 end\n", "C=1 S=1 A=1"},
		"a second run, no end":   {1, good + "1 b 2 12 102 start\n", "S=1 A=1"},
		"the same attempt again": {1, good + "1 b 1 11 102 start\n", "S=1 A=1 T=1"},
		"tokens fall":            {1, good + "1 b 2 9 102 start\n", "S=1 A=1 T=1"},
		"runs overlap": {1, "1 a 1 10 100 start\n1 a 2 20 101 start\n1 a 1 10 100 end\n1 a 2 20 101 end\n" +
			"1 b 1 11 101 start\n1 b 1 11 101 end\n", "C=1 S=1 O=1 A=1"},
		"too early": {1, "1 a 1 10 100 start\n1 b 1 11 101 start\n1 a 1 10 100 end\n1 b 1 11 101 end\n", "E=1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := run(t, test.triggers, test.journal)
			got := []string{}
			for _, f := range strings.Fields(c.String()) {
				if !strings.HasSuffix(f, "=0") {
					got = append(got, f)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), test.want)
			}
			if c.Broken() != (test.want != "") {
				t.Errorf("broken %v", c.Broken())
			}
		})
	}
}

func TestAllowedSecondStartsAreCountedOnly(t *testing.T) {
	entries, err := Parse(strings.NewReader(good + "1 b 2 12 102 start\n1 b 2 12 102 end\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := Check(entries, Expected{
		Instances: 1, Tasks: map[string][]string{"a": nil, "b": {"a"}},
		Allowed: func(_ int64, task string) bool { return task == "b" },
	})
	if c.S != 1 || c.Broken() {
		t.Error(c)
	}
}

func TestAJournalThatStammersIsRefused(t *testing.T) {
	for _, line := range []string{"1 a 1 10 100", "1 a 1 10 100 begin", "x a 1 10 100 start", "1 a 1 10 100 start end"} {
		if _, err := Parse(strings.NewReader(line + "\n")); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
}
