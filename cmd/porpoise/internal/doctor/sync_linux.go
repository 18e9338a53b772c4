package doctor

import (
	"context"

	"golang.org/x/sys/unix"
)

// Clock looks whether anybody keeps this host's clock right.
func Clock() Check {
	return Check{"clock here", func(context.Context) []Finding {
		var t unix.Timex
		state, err := unix.Adjtimex(&t)
		if err != nil {
			return one(Finding{Status: Note, Found: "the kernel does not tell whether the clock is kept right: " + err.Error()})
		}
		const (
			timeError = 5    // TIME_ERROR of adjtimex(2)
			unsync    = 0x40 // STA_UNSYNC
		)
		if state == timeError || t.Status&unsync != 0 {
			return one(Finding{Status: Note, Found: "nobody on this host says that the clock is kept right", Do: "run chronyd or systemd-timesyncd, unless a hypervisor keeps it"})
		}
		return one(ok("it is kept right"))
	}}
}
