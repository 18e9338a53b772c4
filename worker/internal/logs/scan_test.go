package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
)

func TestScanForApplications(t *testing.T) {
	const id = "application_1700000000000_0042"
	long := strings.Repeat("z", scanBlock+scanBlock/2)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"none":                    {"application_ application_1 application_1_ application_x_1 Application_1_2\n", nil},
		"one":                     {"Submitted application " + id + "\n", []string{id}},
		"at the end of the file":  {"x\n" + id, []string{id}},
		"in an address":           {"http://rm:8088/proxy/" + id + "/ and " + id + ".", []string{id}},
		"several on a line":       {id + "," + id + " application_1_7,application_1_8", []string{id, "application_1_7", "application_1_8"}},
		"numbers without end":     {"application_" + strings.Repeat("1", 30) + "_1 application_1_" + strings.Repeat("1", 30), nil},
		"after a long line":       {long + "\n" + id + "\n", []string{id}},
		"in a long line":          {"a " + id + " " + long, []string{id}},
		"over the end of a block": {strings.Repeat("z", scanBlock-len(head)-20) + id + long, []string{id}},
		"one not continued":       {strings.Repeat("z", scanBlock-len(head)-len(id)) + id + "7 " + long, []string{id + "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, nil)
			w := s.NewWriter(1, 0, says("head"))
			fmt.Fprint(w, c.text)
			w.End(true, says("done"))
			found, err := s.Scan(1, Want{SetValue: param.ScanSetValue, Applications: true})
			if err != nil || !slices.Equal(found.Applications, c.want) || len(found.Vars) != 0 {
				t.Errorf("found %v %v, want %v", found, err, c.want)
			}
			if found, _ := s.Scan(1, Want{}); found.Applications != nil {
				t.Error("found what nobody wanted")
			}
		})
	}
}

// head is as long as the first line of a log.
const head = "[INFO] 2006-01-02 15:04:05.000 porpoise.worker:[0] - head\n"

func TestScanIsBounded(t *testing.T) {
	s := newStore(t, nil)
	w := s.NewWriter(1, 0, says("head"))
	for i := range 3 * maxApplications {
		fmt.Fprintf(w, "application_1_%d\n", i)
	}
	w.End(true, says("done"))
	if found, _ := s.Scan(1, Want{Applications: true}); len(found.Applications) != maxApplications {
		t.Errorf("%d ids", len(found.Applications))
	}
	if _, err := s.Scan(2, Want{Applications: true}); err == nil {
		t.Error("no log, no error")
	}
}
