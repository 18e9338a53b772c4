package main

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task/datax"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/pkg/yarn"
	"github.com/porpoise-scheduler/porpoise/worker"
)

// addYARN lets the worker ask the cluster, when there is one. The addresses are
// the operator's own, so they may be inside.
func addYARN(deps *worker.Deps, addresses []string) (done func(), err error) {
	if len(addresses) == 0 {
		return func() {}, nil
	}
	client, err := yarn.New(yarn.Config{
		Addresses: addresses, Guard: netguard.New(netguard.Config{AllowPrivate: true, AllowLoopback: true}),
	})
	if err != nil {
		return nil, err
	}
	deps.Applications = client
	return client.Close, nil
}

// listColumns asks data sources for the columns of queries, without a row.
func listColumns(sources sql.Sources) datax.Lister {
	if sources == nil {
		return nil
	}
	return func(ctx context.Context, source workflow.DataSource, query string) (names []string, err error) {
		db, err := sources.Open(ctx, source)
		if err != nil {
			return nil, err
		}
		defer db.Close()
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		rows, err := conn.QueryContext(ctx, "SELECT t.* FROM ("+query+"\n) t WHERE 1 = 0")
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		if names, err = rows.Columns(); err != nil {
			return nil, err
		}
		return names, rows.Err()
	}
}
