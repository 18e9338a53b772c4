package hive

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/beltran/gohive/hiveserver"
)

type operation = hiveserver.TOperationHandle

// run starts a statement and waits until it is done. When ctx ends first the
// statement is cancelled on the server.
func (s *session) run(ctx context.Context, query string, args []driver.NamedValue) (*operation, error) {
	statement, err := Fill(query, values(args))
	if err != nil {
		return nil, err
	}
	op, err := s.start(ctx, statement)
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx, op); err != nil {
		if ctx.Err() != nil {
			err = s.abandon(ctx, op)
		}
		return nil, errors.Join(err, s.closeOperation(ctx, op))
	}
	return op, nil
}

func values(args []driver.NamedValue) []any {
	var out []any
	for _, a := range args {
		out = append(out, a.Value)
	}
	return out
}

func (s *session) start(ctx context.Context, statement string) (*operation, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var response *hiveserver.TExecuteStatementResp
	// Before its answer is there the statement has no name to cancel it by.
	err := s.call(ctx, cancelGrace, func(ctx context.Context) (err error) {
		response, err = s.client.ExecuteStatement(ctx, &hiveserver.TExecuteStatementReq{
			SessionHandle: s.handle, Statement: statement, RunAsync: true,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := check(response.GetStatus()); err != nil {
		return nil, err
	}
	if response.OperationHandle == nil {
		return nil, errors.New("the server gave the statement no handle")
	}
	return response.OperationHandle, nil
}

// await asks for the state until it is a last one.
func (s *session) await(ctx context.Context, op *operation) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		done, err := s.state(ctx, op)
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

func (s *session) state(ctx context.Context, op *operation) (done bool, err error) {
	var response *hiveserver.TGetOperationStatusResp
	err = s.call(ctx, cancelGrace, func(ctx context.Context) (err error) {
		response, err = s.client.GetOperationStatus(ctx, &hiveserver.TGetOperationStatusReq{OperationHandle: op})
		return err
	})
	if err != nil {
		return false, err
	}
	if err := check(response.GetStatus()); err != nil {
		return false, err
	}
	switch state := response.GetOperationState(); state {
	case hiveserver.TOperationState_FINISHED_STATE:
		return true, nil
	case hiveserver.TOperationState_INITIALIZED_STATE, hiveserver.TOperationState_PENDING_STATE,
		hiveserver.TOperationState_RUNNING_STATE:
		return false, nil
	default:
		message := response.GetErrorMessage()
		if message == "" {
			message = fmt.Sprintf("the statement ended in state %s", state)
		}
		return false, &Error{Message: message, SQLState: response.GetSqlState(), Code: response.GetErrorCode()}
	}
}

// abandon cancels what runs and says why it had to.
func (s *session) abandon(ctx context.Context, op *operation) error {
	why := context.Cause(ctx)
	if s.broken {
		return why
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
	defer cancel()
	err := s.call(after, 0, func(ctx context.Context) error {
		response, err := s.client.CancelOperation(ctx, &hiveserver.TCancelOperationReq{OperationHandle: op})
		if err != nil {
			return err
		}
		return check(response.GetStatus())
	})
	if err != nil {
		return fmt.Errorf("%w, and the server did not cancel: %w", why, err)
	}
	return why
}

// closeOperation lets the server forget a statement.
func (s *session) closeOperation(ctx context.Context, op *operation) error {
	if s.broken {
		return nil // it goes with the connection
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
	defer cancel()
	return s.call(after, 0, func(ctx context.Context) error {
		response, err := s.client.CloseOperation(ctx, &hiveserver.TCloseOperationReq{OperationHandle: op})
		if err != nil {
			return err
		}
		return check(response.GetStatus())
	})
}
