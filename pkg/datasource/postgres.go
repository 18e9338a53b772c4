package datasource

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
)

func postgresFamily() family {
	return family{
		port: 5432, manyHosts: true,
		options: append([]option{
			{"sslmode", oneOf("disable", "require", "verify-ca", "verify-full")}, {"ssl", aBool},
			{"connectTimeout", seconds}, {"connect_timeout", seconds}, {"loginTimeout", seconds},
			{"application_name", aWord}, {"ApplicationName", aWord},
			{"search_path", aPath}, {"currentSchema", aPath},
			{"statement_timeout", milliseconds}, {"lock_timeout", milliseconds},
			{"timezone", aZone}, {"client_encoding", oneOf("UTF8", "UTF-8")},
		}, without("stringtype", "reWriteBatchedInserts", "tcpKeepAlive", "prepareThreshold",
			"defaultRowFetchSize", "useUnicode", "characterEncoding", "socketTimeout")...),
		open:        openPostgres,
		greet:       ping,
		placeholder: numbered("$"),
		bind:        bindPostgres,
		call:        callPostgres,
		catalog:     informationSchema("current_schema()"),
	}
}

// aPath is a list of schemas.
func aPath(v string) error {
	for name := range strings.SplitSeq(v, ",") {
		if err := aWord(strings.Trim(strings.TrimSpace(name), `"$`)); err != nil {
			return err
		}
	}
	return nil
}

// nothing in the environment or in a password file says anything to the
// library: what it would read there is given here, and replaced below.
const nothing = "host=localhost port=5432 user=x password=x dbname=x sslmode=disable " +
	"sslcert='' sslkey='' sslrootcert='' sslcertmode=disable sslnegotiation=postgres sslsni=1 sslpassword='' " +
	"target_session_attrs=any min_protocol_version=3.0 max_protocol_version=3.0 channel_binding=prefer " +
	"require_auth='' connect_timeout=10 options='' timezone='' application_name=''"

func openPostgres(t *target) (*sql.DB, error) {
	config, err := pgx.ParseConfig(nothing)
	if err != nil {
		return nil, fmt.Errorf("preparing the driver: %w", err)
	}
	host, port, err := net.SplitHostPort(t.hosts[0])
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	o := t.options
	level := postgresEncryption(o)
	config.Host, config.Port = host, uint16(number)
	config.User, config.Password, config.Database = t.Connection.User, t.Password, t.Connection.Database
	config.TLSConfig, config.Fallbacks = t.tlsConfig(level), nil
	if level == plain {
		config.RequireAuth = "!password" // it would travel in clear
	}
	config.ConnectTimeout = o.duration(time.Second, t.timeout, "connectTimeout", "connect_timeout", "loginTimeout")
	config.RuntimeParams = postgresParams(o)
	config.DialFunc = t.dialer.DialContext
	// The dialer resolves names, which keeps the list of hosts together.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: killTimeout}
	}
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = 0, 0
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	return stdlib.OpenDB(*config), nil
}

func postgresParams(o options) map[string]string {
	params := map[string]string{"client_encoding": "UTF8", "application_name": "porpoise"}
	for param, names := range map[string][]string{
		"application_name":  {"application_name", "ApplicationName"},
		"search_path":       {"search_path", "currentSchema"},
		"statement_timeout": {"statement_timeout"},
		"lock_timeout":      {"lock_timeout"},
		"timezone":          {"timezone"},
	} {
		if v, ok := o.first(names...); ok {
			params[param] = v
		}
	}
	return params
}

func postgresEncryption(o options) encryption {
	switch mode, _ := o.first("sslmode"); strings.ToLower(mode) {
	case "require":
		return trustA
	case "verify-ca":
		return chain
	case "verify-full":
		return checked
	case "disable":
		return plain
	}
	if o.bool("ssl", false) {
		return checked
	}
	return plain
}

func postgresReason(e *pgconn.PgError) string {
	switch e.Code {
	case "28P01", "28000":
		return ReasonPassword
	case "3D000":
		return ReasonUnknownDatabase
	case "42501":
		return ReasonForbidden
	}
	return ""
}

// bindPostgres leaves every conversion to the server's types.
func bindPostgres(v Value) any {
	if v.Kind == Float {
		return v.Text // a NUMERIC takes no binary float
	}
	return bindText(v)
}

// callPostgres calls a procedure, or selects from a function of that name.
func callPostgres(ctx context.Context, c *Conn, p procedure) error {
	isFunction, err := postgresFunction(ctx, c, p)
	if err != nil {
		return err
	}
	var places []string
	var in []any
	for _, a := range p.arguments {
		switch {
		case !a.out:
			in = append(in, a.value)
			places = append(places, "$"+strconv.Itoa(len(in)))
		case !isFunction:
			places = append(places, "NULL")
		}
	}
	statement := p.quoted(`"`, `"`) + "(" + strings.Join(places, ", ") + ")"
	if isFunction {
		return p.scanRow(c.QueryContext(ctx, "SELECT * FROM "+statement, in...))
	}
	if p.outs() == 0 {
		_, err := c.ExecContext(ctx, "CALL "+statement, in...)
		return err
	}
	return p.scanRow(c.QueryContext(ctx, "CALL "+statement, in...))
}

// postgresFunction tells functions from procedures.
func postgresFunction(ctx context.Context, c *Conn, p procedure) (bool, error) {
	const query = `SELECT count(*) FILTER (WHERE p.prokind = 'p'), count(*)
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE p.proname = $1 AND (n.nspname = $2 OR $2 = '' AND pg_catalog.pg_function_is_visible(p.oid))`
	name, schema := p.name[len(p.name)-1].folded(strings.ToLower), ""
	if len(p.name) > 1 {
		schema = p.name[len(p.name)-2].folded(strings.ToLower)
	}
	var procedures, all int
	if err := c.inner.QueryRowContext(ctx, query, name, schema).Scan(&procedures, &all); err != nil {
		return false, fmt.Errorf("looking up %s: %w", p.quoted(`"`, `"`), c.target.tidy(err))
	}
	if all == 0 {
		return false, invalid("procedure", "there is no procedure or function %s", p.quoted(`"`, `"`))
	}
	return procedures == 0, nil
}
