package dolphin

import (
	"fmt"
	"strings"
	"time"
)

// durationText writes how long something took, such as "1d 2h 3m 4s"; nil
// while one of the ends is not known.
func durationText(from, to time.Time) *string {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	left := max(to.Sub(from), 0)
	var parts []string
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := left / u.unit; n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s", n, u.name))
		}
		left %= u.unit
	}
	if len(parts) == 0 {
		parts = []string{"0s"}
	}
	text := strings.Join(parts, " ")
	return &text
}
