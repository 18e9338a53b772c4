// Package lifecycle starts the parts of a process together and stops them
// together: the first part to return stops the rest, and Run waits for all.
package lifecycle

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

// Group is a set of parts. The zero Group is ready to use; it is not meant for
// several goroutines, and runs once.
type Group struct {
	parts []part
}

type part struct {
	name      string
	execute   func() error
	interrupt func(cause error)
}

// Add adds a part. Execute works until it has nothing left to do or interrupt
// is called, with the error that ended the first part; after that it must
// return. Interrupt is called once, also when execute has returned already.
func (g *Group) Add(name string, execute func() error, interrupt func(cause error)) {
	g.parts = append(g.parts, part{name, execute, interrupt})
}

// Go adds a part that is interrupted by the end of its context. When it was
// interrupted, an error that is only the context's is none.
func (g *Group) Go(ctx context.Context, name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancelCause(ctx)
	g.Add(name, func() error {
		err := run(ctx)
		if ctx.Err() != nil && (err == context.Canceled || err == context.Cause(ctx)) {
			return nil
		}
		return err
	}, func(cause error) { cancel(cause) })
}

// Run starts all parts and, when one returns, interrupts all in the order they
// were added. It waits for every part and returns the error of the first,
// prefixed with its name; later errors are handed to late, if there is one.
func (g *Group) Run(late func(error)) error {
	if len(g.parts) == 0 {
		return nil
	}
	ends := make(chan error, len(g.parts))
	for _, p := range g.parts {
		go func() { ends <- p.run() }()
	}
	first := <-ends
	for _, p := range g.parts {
		p.interrupt(first)
	}
	for range len(g.parts) - 1 {
		if err := <-ends; err != nil && late != nil {
			late(err)
		}
	}
	return first
}

func (p part) run() error {
	if err := p.execute(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

// Signals gives a context that ends when one of the signals arrives. A second
// signal has its usual effect, so that a person who is tired of waiting can
// end the process. Stop frees what it took.
func Signals(parent context.Context, signals ...os.Signal) (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(parent, signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
