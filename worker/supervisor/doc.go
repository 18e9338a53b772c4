// Package supervisor holds a worker's processes and outlives the worker: one
// small process beside it, spoken to over a unix socket in the data directory.
//
// It forks the attempts, contains them, waits for them by pidfd, writes an exit
// record of each end and only then tells the worker; that record is on the disk
// before it is forgotten. A start is told when the attempt has run for a moment;
// the end of a shorter one says both. A worker that attaches gets everything the
// supervisor holds.
//
//	Start --> starting --> running --> draining --> recording --> ended --Forget-->
//	             |                     (leftovers)                  ^
//	             +----------- could not be started -----------------+
//
// One goroutine (loop) owns the attempts. Around it: spawners, locked threads
// that fork (their death would end their children); the waiter, one epoll set
// of all pidfds; the undertaker, which signals and looks whether a container
// is empty; the recorder, which writes exit records; one sender per stream.
//
// An attempt ends with its main process. Whatever it leaves behind is killed
// before the end is told. The attempt's stdout and stderr are its log file
// itself, so no reader and no supervisor can hold it up. The file belongs to
// the service: an attempt writes through its descriptors and cannot reopen or
// truncate the log by name (a script says >&2, not >/dev/stderr).
//
// When the supervisor dies its attempts die with it. The next supervisor of
// the data directory ends what is left before it serves anybody, and never
// takes over attempts: it only knows the ends that were recorded.
package supervisor
