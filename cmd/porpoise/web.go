package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/porpoise-scheduler/porpoise/pkg/lifecycle"
)

// operational answers /healthz, /readyz and /metrics.
func (e *environment) operational() *http.ServeMux {
	mux := http.NewServeMux()
	health := lifecycle.Health(e.checks...)
	mux.Handle("GET /healthz", health)
	mux.Handle("GET /readyz", health)
	mux.Handle("GET /metrics", promhttp.HandlerFor(e.metrics, promhttp.HandlerOpts{Registry: e.metrics}))
	return mux
}

// serveHTTP adds a part that answers on a listener until it is interrupted,
// then lets requests under way finish.
func (e *environment) serveHTTP(ctx context.Context, name string, l net.Listener, server *http.Server) {
	e.group.Go(ctx, name, func(ctx context.Context) error {
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(l) }()
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
		}
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		err := server.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close() // a reader that follows a log, for instance
		}
		<-failed
		return err
	})
}

// serveHealth gives master and worker an HTTP address of their own; none when
// addr is empty. It comes after the checks.
func (e *environment) serveHealth(ctx context.Context, addr string) error {
	if addr == "" {
		return nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listening for /healthz: %w", err)
	}
	e.log.Info("answering /healthz, /readyz and /metrics", "address", l.Addr().String())
	e.serveHTTP(ctx, "health", l, &http.Server{
		Handler:           e.operational(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	})
	return nil
}
