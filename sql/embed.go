// Package sql holds the database schema: numbered migrations, a folder per
// dialect. A released migration never changes; a change is a new number.
package sql

import "embed"

// Migrations are the folders mysql and sqlite.
//
//go:embed mysql/*.sql sqlite/*.sql
var Migrations embed.FS
