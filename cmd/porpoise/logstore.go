package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/blob/open"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/remotelog"
	"github.com/porpoise-scheduler/porpoise/worker"
)

// openLogStore opens where finished logs are shipped to, if anywhere.
func (e *environment) openLogStore(ctx context.Context, location string) error {
	if location == "" {
		return nil
	}
	if !strings.Contains(location, "://") {
		dir, err := filepath.Abs(location)
		if err != nil {
			return err
		}
		location = dir
	}
	store, err := open.Open(ctx, location, os.Getenv)
	if err != nil {
		return err
	}
	e.logStore = store
	e.atEnd(store.Close)
	return nil
}

// shipped reads what was shipped; nil when nothing is.
func (e *environment) shipped() remotelog.Shipped {
	if e.logStore == nil {
		return nil
	}
	return remotelog.Blobs{Store: e.logStore, Key: worker.LogKey}
}
