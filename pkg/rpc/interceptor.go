package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// interceptor stands around every handler: a panic becomes an error, an
// unexpected error is logged, and what travels is a status.
type interceptor struct{ log *slog.Logger }

func (i interceptor) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	var reply any
	err := i.guard(ctx, info.FullMethod, func() (err error) {
		reply, err = handle(ctx, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

func (i interceptor) stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	return i.guard(stream.Context(), info.FullMethod, func() error { return handle(service, stream) })
}

func (i interceptor) guard(ctx context.Context, method string, call func() error) error {
	err := recovered(call)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		// The caller has gone; whatever went wrong because of it is no news.
		i.log.DebugContext(ctx, "call ended by its caller", "method", method, "error", err)
	case workflow.ErrorCode(err) == workflow.Internal && !isStatus(err):
		i.log.ErrorContext(ctx, "call failed", "method", method, "error", err)
	default:
		i.log.DebugContext(ctx, "call refused", "method", method, "error", err)
	}
	return ToStatus(err)
}

// recovered turns a panic of call into an error with its stack.
func recovered(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return call()
}

func isStatus(err error) bool {
	_, ok := status.FromError(err)
	return ok
}
