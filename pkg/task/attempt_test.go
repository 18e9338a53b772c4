package task

import (
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
)

func TestBase(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	base := time.Date(2024, 3, 10, 12, 0, 0, 0, newYork) // hours after the clocks changed
	a := Attempt{Values: param.Builtins(param.Context{Base: base})}
	if got := a.Base(); !got.Equal(base) || got.Location().String() != "America/New_York" {
		t.Errorf("got %s", got)
	}
	if got := a.Expand("$[yyyyMMddHH-1] ${system.biz.date} ${unknown}"); got != "2024030912 20240309 ${unknown}" {
		t.Errorf("got %q", got)
	}
	a.Values[param.BaseZone] = "No/Where"
	if got := a.Base(); !got.Equal(base) {
		t.Errorf("without the zone: %s", got)
	}
	if got := (Attempt{Values: map[string]string{"system.datetime": "20240102030405"}}).Expand("$[yyyy-MM-dd]"); got != "2024-01-02" {
		t.Errorf("from the date alone: %s", got)
	}
	if got := (Attempt{}).Expand("$[yyyy]"); got != "$[yyyy]" {
		t.Errorf("from nothing: %s", got)
	}
}
