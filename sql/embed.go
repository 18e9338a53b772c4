// Package sql holds the database schema: numbered migrations, a folder per
// dialect. A released migration never changes; a change is a new number. Builds
// before a migration go on working after it: new columns have defaults, nothing
// is renamed or removed. One that cannot be like that begins the next thousand.
package sql

import "embed"

// Migrations are the folders mysql and sqlite.
//
//go:embed mysql/*.sql sqlite/*.sql
var Migrations embed.FS
