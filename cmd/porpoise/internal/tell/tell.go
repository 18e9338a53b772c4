// Package tell writes for people what several commands have to tell.
package tell

import (
	"fmt"
	"strconv"
)

// Bytes is a size.
func Bytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, names := float64(n)/unit, "KMGTP"
	for value >= unit && len(names) > 1 {
		value, names = value/unit, names[1:]
	}
	return fmt.Sprintf("%.1f %ciB", value, names[0])
}

// Days is for how long something is kept.
func Days(n int) string {
	switch {
	case n == 0:
		return "for ever"
	case n < 0:
		return "as all projects"
	}
	return strconv.Itoa(n)
}
