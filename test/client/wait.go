package client

import (
	"context"
	"fmt"
	"time"
)

// pollEvery is how often a waiting client looks.
const pollEvery = 20 * time.Millisecond

// Poll calls look until it is done, fails, or shows no progress for patience.
// Progress is any change of what look says is there; it ends up in the error.
func Poll(ctx context.Context, patience time.Duration, look func(context.Context) (state string, done bool, err error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	last, since := "", time.Now()
	for {
		state, done, err := look(ctx)
		if err != nil || done {
			return err
		}
		if state != last {
			last, since = state, time.Now()
		}
		if time.Since(since) > patience {
			return fmt.Errorf("no progress for %s: %s", patience, last)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ctx.Err(), last)
		case <-tick.C:
		}
	}
}

// Await polls an instance until it is in one of the states, or in any terminal
// one when none is given. It fails when the instance ends otherwise.
func (p Project) Await(ctx context.Context, instance int, patience time.Duration, states ...string) (Instance, error) {
	var i Instance
	err := Poll(ctx, patience, func(ctx context.Context) (string, bool, error) {
		var err error
		if i, err = p.Instance(ctx, instance); err != nil {
			return "", false, err
		}
		return i.summary(), reached(i.State, states), ended(i, states)
	})
	return i, err
}

func (i Instance) summary() string {
	return fmt.Sprintf("instance %d is %s (run %d)", i.ID, i.State, i.RunTimes)
}

func reached(state string, wanted []string) bool {
	for _, w := range wanted {
		if state == w {
			return true
		}
	}
	return len(wanted) == 0 && Terminal(state)
}

// ended tells that the instance can no longer get where it should.
func ended(i Instance, wanted []string) error {
	if len(wanted) == 0 || reached(i.State, wanted) || !Terminal(i.State) {
		return nil
	}
	return fmt.Errorf("%s, wanted %v", i.summary(), wanted)
}

// AwaitTask polls until the named task of an instance is in the state.
func (p Project) AwaitTask(ctx context.Context, instance int, name, state string, patience time.Duration) (Task, error) {
	var found Task
	err := Poll(ctx, patience, func(ctx context.Context) (string, bool, error) {
		tasks, err := p.Tasks(ctx, instance)
		if err != nil {
			return "", false, err
		}
		for _, t := range tasks {
			if t.Name == name {
				found = t
			}
		}
		return fmt.Sprintf("task %s of instance %d is %q", name, instance, found.State), found.State == state, nil
	})
	return found, err
}

// Run starts a definition, of which nothing else is started meanwhile, and
// gives the new instance as soon as it is listed.
func (p Project) Run(ctx context.Context, definition int, patience time.Duration, options ...string) (Instance, error) {
	newest, err := p.newest(ctx, definition)
	if err != nil {
		return Instance{}, err
	}
	if err := p.Start(ctx, definition, options...); err != nil {
		return Instance{}, err
	}
	var i Instance
	err = Poll(ctx, patience, func(ctx context.Context) (string, bool, error) {
		var err error
		i, err = p.newest(ctx, definition)
		return fmt.Sprintf("definition %d was started, no new instance yet", definition), i.ID > newest.ID, err
	})
	return i, err
}

// newest gives the definition's instance with the highest id, the zero value
// when there is none.
func (p Project) newest(ctx context.Context, definition int) (Instance, error) {
	page, err := p.Instances(ctx, definition, "", 1, 10)
	var newest Instance
	for _, i := range page.TotalList {
		if i.ID > newest.ID {
			newest = i
		}
	}
	return newest, err
}

// RunToEnd starts a definition and waits for the instance to end.
func (p Project) RunToEnd(ctx context.Context, definition int, patience time.Duration, options ...string) (Instance, error) {
	i, err := p.Run(ctx, definition, patience, options...)
	if err != nil {
		return i, err
	}
	return p.Await(ctx, i.ID, patience)
}
