package rpc

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// clientUnary gives callers our errors.
func clientUnary(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	return FromStatus(invoke(ctx, method, request, reply, conn, options...))
}

func clientStream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, options...)
	if err != nil {
		return nil, FromStatus(err)
	}
	return translatedStream{stream}, nil
}

// translatedStream gives its reader our errors; io.EOF keeps its meaning.
type translatedStream struct{ grpc.ClientStream }

func (s translatedStream) SendMsg(m any) error { return fromStream(s.ClientStream.SendMsg(m)) }
func (s translatedStream) RecvMsg(m any) error { return fromStream(s.ClientStream.RecvMsg(m)) }

func (s translatedStream) Header() (metadata.MD, error) {
	header, err := s.ClientStream.Header()
	return header, FromStatus(err)
}

func fromStream(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	return FromStatus(err)
}
