package rpc

import (
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/keepalive"
)

const (
	// MaxMessage bounds a message in either direction.
	MaxMessage = 16 << 20

	pingEvery   = 10 * time.Second
	pingTimeout = 5 * time.Second

	// What may be on its way on a stream and on a connection: with a round
	// trip of 50 ms still 20 MB/s for a stream, and no more than that waits in
	// memory for a slow reader. Windows of a fixed size are not measured: the pings
	// and answers for that were more than a third of what a worker writes when it
	// runs one short task after the other.
	streamWindow = 1 << 20
	connWindow   = 8 << 20
)

// Dial makes a client connection to host:port or unix:path. It does not wait:
// the connection is made, and made again, as calls need it.
func (s *Security) Dial(addr string, options ...grpc.DialOption) (*grpc.ClientConn, error) {
	if err := s.permit(addr); err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(addr, append(s.dialOptions(), options...)...)
	if err != nil {
		return nil, fmt.Errorf("dialling %s: %w", addr, err)
	}
	return conn, nil
}

func (s *Security) dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(s.credentials()),
		grpc.WithNoProxy(), // a proxy for web access is no way between our roles
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessage), grpc.MaxCallSendMsgSize(MaxMessage)),
		grpc.WithStaticStreamWindowSize(streamWindow), grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: pingEvery, Timeout: pingTimeout, PermitWithoutStream: true,
		}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second,
			},
			MinConnectTimeout: pingTimeout,
		}),
		grpc.WithChainUnaryInterceptor(clientUnary),
		grpc.WithChainStreamInterceptor(clientStream),
	}
}
