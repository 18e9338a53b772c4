package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
)

// sourceOptions say how data sources are reached. Workers, which run SQL, and
// API servers, which try connections, take the same.
type sourceOptions struct {
	sqliteRoot string
	timeout    time.Duration
}

func (o *sourceOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.sqliteRoot, "datasource-sqlite-root", "", "folder below which files of SQLITE data sources lie; the same on workers and API servers, closed to tenants (default none: SQLITE is refused)")
	f.DurationVar(&o.timeout, "datasource-connect-timeout", 10*time.Second, "how long connecting to a data source may take")
}

// sources opens data sources wherever they are, but for what is no database by
// any means: metadata services and link-local addresses.
func (o *sourceOptions) sources() (*datasource.Sources, error) {
	if o.timeout <= 0 {
		return nil, fmt.Errorf("setting datasource-connect-timeout: %v is no time to connect in", o.timeout)
	}
	root := o.sqliteRoot
	if root != "" {
		var err error
		if root, err = filepath.Abs(root); err != nil {
			return nil, fmt.Errorf("setting datasource-sqlite-root: %w", err)
		}
	}
	guard := netguard.New(netguard.Config{AllowPrivate: true, AllowLoopback: true})
	return datasource.New(datasource.Config{
		SQLiteRoot: root, ConnectTimeout: o.timeout, Dial: guard.Dialer(o.timeout).DialContext,
	}), nil
}
