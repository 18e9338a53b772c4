package main

import (
	"bytes"
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

func TestTheTableShowsValueLimitAndRatio(t *testing.T) {
	r := Report{Figures: []Figure{{Scenario: "W2", Name: "tasks", Unit: "/s", Value: 1200, Least: 1100, Most: 1250, Limit: 1600, Must: 1000, Stretch: 1300, More: true}}}
	var out bytes.Buffer
	r.Print(&out)
	for _, want := range []string{"1200 /s", "1100..1250", "1600", "0.75", "1000", "1300", "must"} {
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
