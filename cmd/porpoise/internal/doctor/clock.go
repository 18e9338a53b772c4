package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Limits of how far clocks may be apart. Due times and deadlines are the
// database's; what hosts show beside them would not fit.
const (
	apart    = 2 * time.Second
	farApart = 5 * time.Second // masters take no work then
)

// Skew judges a clock that was read between two moments here. Rough is the
// clock's own grain.
func Skew(whose string, theirs, before, after time.Time, rough time.Duration) Finding {
	middle := before.Add(after.Sub(before) / 2)
	skew := theirs.Add(rough / 2).Sub(middle)
	unsure := after.Sub(before)/2 + rough
	f := Finding{Check: "clock of " + whose, Status: OK, Found: fmt.Sprintf("%v from here, give or take %v", skew.Round(time.Millisecond), unsure.Round(time.Millisecond))}
	if distance := skew.Abs() - unsure; distance > farApart {
		f.Status, f.Do = Fail, "set the clocks: run chronyd or systemd-timesyncd on all hosts"
	} else if distance > apart {
		f.Status, f.Do = Warn, "clocks drift apart: run chronyd or systemd-timesyncd on all hosts"
	}
	return f
}

// EtcdClock reads the time of an etcd endpoint from its HTTP answers, which
// name seconds.
func EtcdClock(ctx context.Context, endpoint string) (Finding, error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(endpoint, "/")+"/version", nil)
	if err != nil {
		return Finding{}, err
	}
	before := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Finding{}, err
	}
	after := time.Now()
	if err := response.Body.Close(); err != nil {
		return Finding{}, err
	}
	theirs, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return Finding{}, fmt.Errorf("%s does not tell its time: %w", endpoint, err)
	}
	return Skew("etcd "+endpoint, theirs, before, after, time.Second), nil
}
