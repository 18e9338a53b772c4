package dispatch

import (
	"cmp"
	"container/heap"
	"strconv"
)

// queue is the waiting tickets of one worker group, the most urgent first:
// priority of the instance, then of the task, then age.
type queue struct{ tickets []*Ticket }

func less(a, b *Ticket) bool {
	if a.InstancePriority != b.InstancePriority {
		return a.InstancePriority < b.InstancePriority
	}
	if a.Priority != b.Priority {
		return a.Priority < b.Priority
	}
	return a.seq < b.seq
}

func (q *queue) Len() int           { return len(q.tickets) }
func (q *queue) Less(i, j int) bool { return less(q.tickets[i], q.tickets[j]) }
func (q *queue) Swap(i, j int) {
	q.tickets[i], q.tickets[j] = q.tickets[j], q.tickets[i]
	q.tickets[i].index, q.tickets[j].index = i, j
}

// Push and Pop serve container/heap only.
func (q *queue) Push(x any) {
	t := x.(*Ticket)
	t.index = len(q.tickets)
	q.tickets = append(q.tickets, t)
}

// Pop serves container/heap only.
func (q *queue) Pop() any {
	last := len(q.tickets) - 1
	t := q.tickets[last]
	q.tickets[last] = nil
	q.tickets = q.tickets[:last]
	return t
}

func (q *queue) push(t *Ticket)   { heap.Push(q, t) }
func (q *queue) first() *Ticket   { return q.tickets[0] }
func (q *queue) remove(t *Ticket) { heap.Remove(q, t.index) }

func compare(a, b string) int { return cmp.Compare(a, b) }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
