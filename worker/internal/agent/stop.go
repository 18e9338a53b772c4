package agent

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
)

// BeginStop takes no new work from now on. The channel closes when no attempt
// lives.
func (a *Agent) BeginStop() <-chan struct{} {
	a.post(func() {
		a.stopping = true
		for _, c := range a.withheld {
			a.book.Release(c)
		}
		a.withheld = nil
	})
	return a.idle
}

func (a *Agent) becomeIdle() {
	select {
	case <-a.idle:
	default:
		close(a.idle)
	}
}

// Abandon ends the attempts that run inside the worker; they are reported as
// lost. Processes go on in the supervisor, and what is followed will be
// followed by the next life of this worker. The channel closes when that is
// done.
func (a *Agent) Abandon() <-chan struct{} {
	over := make(chan struct{})
	ok := a.post(func() {
		a.abandoning = true
		for _, t := range a.attempts {
			if t.stop != nil {
				t.stop(errStopping)
			}
		}
		a.abandoned = over
	})
	if !ok {
		close(over)
	}
	return over
}

// tellStopped closes the channels of those who wait for the end.
func (a *Agent) tellStopped() {
	if a.stopping && a.book.Used() <= 0 {
		a.becomeIdle()
	}
	if a.abandoned != nil && !a.worksInside() {
		close(a.abandoned)
		a.abandoned = nil
	}
}

// worksInside reports whether anything is done for an attempt in this process.
func (a *Agent) worksInside() bool {
	for _, t := range a.attempts {
		if t.stop != nil || t.phase == finishing {
			return true
		}
	}
	return false
}

// Farewell sends what is queued for the masters, ends the streams, and lets
// the supervisor end once it holds no attempt. It waits as long as ctx allows.
func (a *Agent) Farewell(ctx context.Context) {
	waits := make(chan []<-chan struct{}, 1)
	ok := a.post(func() {
		var list []<-chan struct{}
		for c := range a.conns {
			c.Close()
			list = append(list, c.Done())
		}
		if a.session != nil {
			a.session.Send(&supervisorpb.Request{Msg: &supervisorpb.Request_Shutdown{Shutdown: &supervisorpb.Shutdown{}}})
			a.session.Close()
			list = append(list, a.session.Done())
		}
		waits <- list
	})
	if !ok {
		return
	}
	var list []<-chan struct{}
	select {
	case list = <-waits:
	case <-a.done:
	}
	for _, done := range list {
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
}
