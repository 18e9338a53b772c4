package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestQuantiles(t *testing.T) {
	values := []int{5, 1, 4, 2, 3}
	for q, want := range map[float64]int{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := quantile(values, q); got != want {
			t.Errorf("%v: %d, want %d", q, got, want)
		}
	}
	if quantile([]int(nil), 0.5) != 0 {
		t.Error("quantile of nothing")
	}
}

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		f    Figure
		want string
	}{
		{Figure{Value: 1, Must: 5, Stretch: 2}, "stretch"},
		{Figure{Value: 3, Must: 5, Stretch: 2}, "must"},
		{Figure{Value: 6, Must: 5, Stretch: 2}, "MISSED"},
		{Figure{Value: 6, Must: 5, Stretch: 8, More: true}, "must"},
		{Figure{Value: 4, Must: 5, Stretch: 8, More: true}, "MISSED"},
		{Figure{Value: 8, Must: 5, Stretch: 8, More: true}, "stretch"},
		{Figure{Value: 4, Must: 5}, "must"},
		{Figure{Value: 4}, ""},
	} {
		if got := test.f.Verdict(); got != test.want {
			t.Errorf("%+v: %q", test.f, got)
		}
	}
}

func TestMedians(t *testing.T) {
	f := median([]Figure{{Value: 3}, {Value: 1}, {Value: 2}})
	if f.Value != 2 || f.Least != 1 || f.Most != 3 {
		t.Errorf("%+v", f)
	}
}

func TestDisturbedRunsAreRepeated(t *testing.T) {
	for name, test := range map[string]struct{ stolen, kept []float64 }{
		"calm":            {[]float64{0.01, 0, 0.02}, []float64{0, 0.01, 0.02}},
		"one is not":      {[]float64{0.01, 0.5, 0, 0.02}, []float64{0, 0.01, 0.02}},
		"most are not":    {[]float64{0.4, 0.3, 0.01, 0.2, 0.5, 0.6}, []float64{0.01, 0.2, 0.3}},
		"no more than 2n": {[]float64{0.6, 0.5, 0.4, 0.3, 0.2, 0.1}, []float64{0.1, 0.2, 0.3}},
	} {
		n := 0
		runs, err := calmRuns(3, func() (measured, error) {
			n++
			return measured{stolen: test.stolen[n-1]}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var kept []float64
		for _, m := range runs {
			kept = append(kept, m.stolen)
		}
		if !slices.Equal(kept, test.kept) || n != len(test.stolen) {
			t.Errorf("%s: %d runs, kept %v", name, n, kept)
		}
	}
}

func TestStolenTimeIsRead(t *testing.T) {
	before, after := parseCPU("cpu  100 1 50 800 4 0 5 40 7 0"), parseCPU("cpu  130 1 60 830 4 0 5 70 9 0")
	if got := after.stolenSince(before); got != 0.3 {
		t.Errorf("%v of the time was stolen", got)
	}
	if got := parseCPU("cpu 1 x"); got.stolen != 0 || got.stolenSince(got) != 0 {
		t.Errorf("%+v", got)
	}
	if cpuNow().all == 0 {
		t.Error("this machine's time cannot be read")
	}
}

func TestTheTableShowsValueLimitAndRatio(t *testing.T) {
	r := Report{Figures: []Figure{{Scenario: "W2", Name: "tasks", Unit: "/s", Value: 1200, Least: 1100, Most: 1250, Limit: 1600, Must: 1000, Stretch: 1300, More: true, Stolen: 0.2}}}
	var out bytes.Buffer
	r.Print(&out)
	for _, want := range []string{"1200 /s", "1100..1250", "1600", "0.75", "1000", "1300", "must (20 % of the processors were stolen)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestTheBareLimitsCanBeMeasured(t *testing.T) {
	dir := t.TempDir()
	if _, err := canary(dir, "now"); err != nil {
		t.Error(err)
	}
	p, err := newPipe(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	took, err := startLatency(p, dir, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range took {
		if d <= 0 {
			t.Errorf("started after %s", d)
		}
	}
	rate, width, err := spawnRate(dir, 20)
	if err != nil || rate <= 0 || width < 2 {
		t.Error(rate, width, err)
	}
}
