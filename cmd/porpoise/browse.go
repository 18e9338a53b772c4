package main

import (
	"context"
	"errors"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// browser looks into databases for the API.
type browser struct{ sources *datasource.Sources }

// look opens a data source for one question.
func look[T any](ctx context.Context, b browser, ds workflow.DataSource, ask func(*datasource.DB) (T, error)) (answer T, err error) {
	db, err := b.sources.Open(ctx, ds)
	if err != nil {
		return answer, err
	}
	answer, err = ask(db)
	return answer, errors.Join(err, db.Close())
}

// Databases lists what tables are kept in.
func (b browser) Databases(ctx context.Context, ds workflow.DataSource) ([]string, error) {
	return look(ctx, b, ds, func(db *datasource.DB) ([]string, error) { return db.Databases(ctx) })
}

// Tables lists those of a database.
func (b browser) Tables(ctx context.Context, ds workflow.DataSource, database string) ([]apiserver.Table, error) {
	return look(ctx, b, ds, func(db *datasource.DB) (out []apiserver.Table, err error) {
		rows, err := db.Tables(ctx, database)
		for _, r := range rows {
			out = append(out, apiserver.Table(r))
		}
		return out, err
	})
}

// Columns lists those of a table.
func (b browser) Columns(ctx context.Context, ds workflow.DataSource, database, table string) ([]apiserver.Column, error) {
	return look(ctx, b, ds, func(db *datasource.DB) (out []apiserver.Column, err error) {
		rows, err := db.Columns(ctx, database, table)
		for _, r := range rows {
			out = append(out, apiserver.Column(r))
		}
		return out, err
	})
}
