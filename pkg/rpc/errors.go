package rpc

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// domain marks details that are ours.
const domain = "porpoise"

// codeOf is the one table from our codes to gRPC's; wordOf reads it the other
// way and adds what only gRPC says.
func codeOf(c workflow.Code) codes.Code {
	switch c {
	case workflow.Invalid:
		return codes.InvalidArgument
	case workflow.Unauthenticated:
		return codes.Unauthenticated
	case workflow.Forbidden:
		return codes.PermissionDenied
	case workflow.NotFound:
		return codes.NotFound
	case workflow.Exists:
		return codes.AlreadyExists
	case workflow.Conflict:
		return codes.FailedPrecondition
	case workflow.Fenced:
		return codes.Aborted
	case workflow.Exhausted:
		return codes.ResourceExhausted
	case workflow.Unavailable:
		return codes.Unavailable
	default:
		return codes.Internal
	}
}

func wordOf(c codes.Code) workflow.Code {
	switch c {
	case codes.InvalidArgument, codes.OutOfRange:
		return workflow.Invalid
	case codes.Unauthenticated:
		return workflow.Unauthenticated
	case codes.PermissionDenied:
		return workflow.Forbidden
	case codes.NotFound:
		return workflow.NotFound
	case codes.AlreadyExists:
		return workflow.Exists
	case codes.FailedPrecondition:
		return workflow.Conflict
	case codes.Aborted:
		return workflow.Fenced
	case codes.ResourceExhausted:
		return workflow.Exhausted
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return workflow.Unavailable
	default:
		return workflow.Internal
	}
}

// ToStatus turns an error into what travels: nil and errors that are a status
// already stay as they are.
func ToStatus(err error) error {
	if err == nil {
		return nil
	}
	var e *workflow.Error
	if errors.As(err, &e) {
		return fromError(e)
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "out of time")
	}
	return status.Error(codes.Internal, "internal error")
}

func fromError(e *workflow.Error) error {
	message := e.Message
	switch {
	case message != "":
	case e.Code == workflow.Internal:
		message = "internal error"
	default:
		message = e.Error()
	}
	s := status.New(codeOf(e.Code), message)
	info := &errdetails.ErrorInfo{Reason: e.Reason, Domain: domain}
	if e.Field != "" {
		info.Metadata = map[string]string{"field": e.Field}
	}
	if detailed, err := s.WithDetails(info); err == nil {
		s = detailed
	}
	return s.Err()
}

// answered is an error that came over a connection: both ours, by errors.As,
// and gRPC's, by status.FromError.
type answered struct {
	err    *workflow.Error
	status *status.Status
}

func (a *answered) Error() string              { return a.err.Error() }
func (a *answered) Unwrap() error              { return a.err }
func (a *answered) GRPCStatus() *status.Status { return a.status }

// FromStatus turns what a call returned into a *workflow.Error. The status
// stays within reach of status.FromError, and the end of the caller's context
// within reach of errors.Is. What is no status stays as it is.
func FromStatus(err error) error {
	if err == nil {
		return nil
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	e := &workflow.Error{
		Code:    wordOf(s.Code()),
		Reason:  "rpc." + s.Code().String(),
		Message: s.Message(),
	}
	switch s.Code() {
	case codes.Canceled:
		e.Err = context.Canceled
	case codes.DeadlineExceeded:
		e.Err = context.DeadlineExceeded
	}
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == domain {
			e.Reason, e.Field = info.GetReason(), info.GetMetadata()["field"]
		}
	}
	return &answered{e, s}
}
