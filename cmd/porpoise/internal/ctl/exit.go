package ctl

import (
	"context"
	"errors"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// Exit codes of every command.
const (
	ExitRefused     = 1 // the server said no, or something failed
	ExitUsage       = 2 // the command line is wrong
	ExitUnreachable = 3 // the server was not reached, or did not let us in
	ExitInstance    = 4 // what --wait waited for did not succeed
	ExitInterrupted = 130
)

const exitHelp = `Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the server was not
reached or did not accept the login, 4 the instance that --wait or watch waited
for did not succeed, 130 interrupted.`

// coded is an error that decides the exit code.
type coded struct {
	error
	code int
}

// ExitCode is for main.
func (c coded) ExitCode() int { return c.code }

// Unwrap gives the cause.
func (c coded) Unwrap() error { return c.error }

// wrong is an error of whoever typed the command.
func wrong(format string, args ...any) error { return coded{fmt.Errorf(format, args...), ExitUsage} }

// withCode gives an error its exit code, unless it has one.
func withCode(err error) error {
	var has coded
	var away *client.Unreachable
	switch {
	case err == nil, errors.As(err, &has):
		return err
	case errors.Is(err, context.Canceled):
		return coded{errors.New("interrupted"), ExitInterrupted}
	case errors.As(err, &away), client.NotSignedIn(err):
		return coded{err, ExitUnreachable}
	}
	return coded{err, ExitRefused}
}
