// Package chaos proves what the scheduler promises about lost and repeated
// work. The workload is its own witness: every task appends its start and its
// end to a journal that the scheduler knows nothing of and only the checker
// reads. Counted are
//
//	L  lost: accepted triggers without an instance, tasks that never ended
//	C  completed twice: instances nobody asked for, tasks with two ends
//	S  second starts of a task
//	O  runs of one task that overlapped
//	A  second starts that nothing allows
//	E  tasks that started before what they follow had ended
//	T  attempts whose fence token is not above an earlier one
//	H  instances not terminal long after the last fault
//	X  processes left behind
//
// The long run is `make chaos`; a short one belongs to every test run.
package chaos
