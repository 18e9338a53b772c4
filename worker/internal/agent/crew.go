package agent

// idleMost is how many goroutines a crew keeps that have nothing to do.
const idleMost = 64

// crew runs what goes on beside the loop, on goroutines that it keeps for a
// while: a new one begins with a small stack, and to grow that costs as much as
// a short attempt itself. Nothing ever waits for a goroutine to become free.
type crew struct {
	jobs chan func()
	idle chan struct{} // holds a token of each that waits for a job
	done <-chan struct{}
}

// newCrew makes a crew whose idle goroutines end with done.
func newCrew(done <-chan struct{}) *crew {
	return &crew{jobs: make(chan func()), idle: make(chan struct{}, idleMost), done: done}
}

// hand gives f to a goroutine that is idle; it is false when none is.
func (c *crew) hand(f func()) bool {
	select {
	case c.jobs <- f:
		return true
	default:
		return false
	}
}

// serve runs f and then what is handed to it, until enough others are idle.
func (c *crew) serve(f func()) {
	for f != nil {
		f()
		f = c.next()
	}
}

// next waits for a job; there is none when the goroutine is not needed.
func (c *crew) next() func() {
	select {
	case c.idle <- struct{}{}:
	default:
		return nil
	}
	defer func() { <-c.idle }()
	select {
	case f := <-c.jobs:
		return f
	case <-c.done:
		return nil
	}
}
