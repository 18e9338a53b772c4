package rpc_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestErrorsComeBackAsTheyWere(t *testing.T) {
	for code, wire := range map[workflow.Code]codes.Code{
		workflow.Invalid:         codes.InvalidArgument,
		workflow.Unauthenticated: codes.Unauthenticated,
		workflow.Forbidden:       codes.PermissionDenied,
		workflow.NotFound:        codes.NotFound,
		workflow.Exists:          codes.AlreadyExists,
		workflow.Conflict:        codes.FailedPrecondition,
		workflow.Fenced:          codes.Aborted,
		workflow.Exhausted:       codes.ResourceExhausted,
		workflow.Unavailable:     codes.Unavailable,
		workflow.Internal:        codes.Internal,
	} {
		sent := workflow.Errorf(code, "log.gone", "the log of attempt %d is gone", 7).At("attempt")
		travelling := rpc.ToStatus(sent)
		if got := status.Code(travelling); got != wire {
			t.Errorf("%s travels as %s, want %s", code, got, wire)
		}
		back := rpc.FromStatus(travelling)
		var e *workflow.Error
		if !errors.As(back, &e) {
			t.Fatalf("%s came back as %T", code, back)
		}
		if e.Code != code || e.Reason != "log.gone" || e.Field != "attempt" || e.Error() != sent.Error() {
			t.Errorf("sent %+v, got %+v", sent, e)
		}
		if got := status.Code(back); got != wire {
			t.Errorf("%s lost its status: %s", code, got)
		}
	}
}

func TestForeignErrors(t *testing.T) {
	if rpc.ToStatus(nil) != nil || rpc.FromStatus(nil) != nil {
		t.Fatal("nil is no error")
	}
	if got := rpc.FromStatus(io.ErrClosedPipe); got != io.ErrClosedPipe {
		t.Errorf("what is no status became %v", got)
	}
	secret := rpc.ToStatus(errors.New("password is hunter2"))
	if s, _ := status.FromError(secret); s.Code() != codes.Internal || s.Message() != "internal error" {
		t.Errorf("a foreign error travels as %v", secret)
	}
	hidden := rpc.ToStatus(&workflow.Error{Code: workflow.Internal, Err: errors.New("hunter2")})
	if s, _ := status.FromError(hidden); s.Message() != "internal error" {
		t.Errorf("the cause of an internal error travels: %v", hidden)
	}
	for _, want := range []error{context.Canceled, context.DeadlineExceeded} {
		back := rpc.FromStatus(rpc.ToStatus(want))
		if !errors.Is(back, want) || workflow.ErrorCode(back) != workflow.Unavailable {
			t.Errorf("%v came back as %v", want, back)
		}
	}
	back := rpc.FromStatus(status.Error(codes.Unimplemented, "unknown method"))
	if workflow.ErrorCode(back) != workflow.Internal || workflow.ErrorReason(back) != "rpc.Unimplemented" {
		t.Errorf("got %v", back)
	}
}
