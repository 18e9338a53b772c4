package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/master/retention"
	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/open"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/remotelog"
	"github.com/porpoise-scheduler/porpoise/worker"
)

// openLogStore opens where finished logs are shipped to, if anywhere.
func (e *environment) openLogStore(ctx context.Context, location string) error {
	store, err := e.openBlobs(ctx, location)
	if err == nil && store != nil {
		e.logStore = store
	}
	return err
}

// openResourceStore opens where the contents of resources are, if anywhere.
func (e *environment) openResourceStore(ctx context.Context, location string) error {
	store, err := e.openBlobs(ctx, location)
	if err == nil && store != nil {
		e.resources = store
	}
	return err
}

// openBlobs opens a store until the process ends; nil when it has no location.
func (e *environment) openBlobs(ctx context.Context, location string) (blob.Store, error) {
	if location == "" {
		return nil, nil
	}
	if !strings.Contains(location, "://") {
		dir, err := filepath.Abs(location)
		if err != nil {
			return nil, err
		}
		location = dir
	}
	store, err := open.Open(ctx, location, os.Getenv)
	if err != nil {
		return nil, err
	}
	e.atEnd(store.Close)
	return store, nil
}

// shipped reads what was shipped; nil when nothing is.
func (e *environment) shipped() remotelog.Shipped {
	if e.logStore == nil {
		return nil
	}
	return remotelog.Blobs{Store: e.logStore, Key: worker.LogKey}
}

// shippedLogs is what is shipped, for the removal of old logs.
func (e *environment) shippedLogs() retention.Logs {
	return retention.Logs{Store: e.logStore, Prefix: worker.LogPrefix, Attempt: worker.LogAttempt}
}
