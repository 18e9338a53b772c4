// Package datasource reaches the databases that workflows work on: it checks
// the settings of a data source, opens sessions, runs statements and
// procedures, and tells in plain words why a connection failed.
//
// Settings are typed and go into the fields of a driver's own configuration.
// No connection string is ever put together from them, options are taken from
// a list per type only, and whatever lets a server or a setting reach local
// files or fall back to plain text is off. MySQL's protocol takes one statement
// at a time; the others take what their servers do.
//
// When the context of a statement ends, the statement ends on the server too:
//
//	MYSQL, TIDB, DORIS, STARROCKS  KILL on a second connection
//	POSTGRESQL                     a cancel request
//	SQLSERVER                      an attention signal
//	ORACLE                         a break marker
//	CLICKHOUSE                     KILL QUERY on a second connection
//	PRESTO, TRINO                  DELETE of the query
//	HIVE, SPARK                    CancelOperation
//	SQLITE                         an interrupt
package datasource
