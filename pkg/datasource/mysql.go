package datasource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// mysqlFamily serves everything that speaks MySQL's wire protocol.
func mysqlFamily(t workflow.DataSourceType) family {
	ports := map[workflow.DataSourceType]int{workflow.TiDB: 4000, workflow.Doris: 9030, workflow.StarRocks: 9030}
	f := family{
		port: 3306, manyHosts: true, optionalDB: true,
		options:     mysqlOptions(),
		open:        openMySQL,
		greet:       ping,
		killer:      mysqlKiller,
		placeholder: questionMark,
		bind:        bindText,
		catalog:     informationSchema("DATABASE()"),
	}
	if port, ok := ports[t]; ok {
		f.port = port
	}
	if t == workflow.MySQL {
		f.call = callMySQL
	}
	return f
}

func mysqlOptions() []option {
	return append([]option{
		{"charset", aWord}, {"characterEncoding", aWord}, {"collation", aWord}, {"connectionCollation", aWord},
		{"tls", oneOf("true", "false", "skip-verify")},
		{"useSSL", aBool}, {"requireSSL", aBool}, {"verifyServerCertificate", aBool},
		{"sslMode", oneOf("DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")},
		{"timeout", seconds}, {"connectTimeout", milliseconds}, {"socketTimeout", milliseconds},
		{"readTimeout", seconds}, {"writeTimeout", seconds},
		{"loc", aZone}, {"serverTimezone", aZone}, {"connectionTimeZone", aZone},
		{"maxAllowedPacket", aNumber(1 << 30)}, {"useAffectedRows", aBool},
	}, without(
		"useUnicode", "autoReconnect", "failOverReadOnly", "maxReconnects", "initialTimeout",
		"zeroDateTimeBehavior", "rewriteBatchedStatements", "useLegacyDatetimeCode", "tinyInt1isBit",
		"nullCatalogMeansCurrent", "useCursorFetch", "cachePrepStmts", "prepStmtCacheSize",
		"prepStmtCacheSqlLimit", "useServerPrepStmts", "yearIsDateType", "tcpKeepAlive",
		"useInformationSchema", "remarks", "noAccessToProcedureBodies", "parseTime",
	)...)
}

func openMySQL(t *target) (*sql.DB, error) {
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", t.hosts[0]
	config.User, config.Passwd, config.DBName = t.Connection.User, t.Password, t.Connection.Database
	config.DialFunc = t.dialer.DialContext
	config.Logger = log.New(io.Discard, "", 0) // errors are returned as well
	config.TLS = t.tlsConfig(mysqlEncryption(t.options))
	o := t.options
	config.Timeout = o.duration(time.Second, o.duration(time.Millisecond, t.timeout, "connectTimeout"), "timeout")
	config.ReadTimeout = o.duration(time.Second, o.duration(time.Millisecond, 0, "socketTimeout"), "readTimeout")
	config.WriteTimeout = o.duration(time.Second, 0, "writeTimeout")
	config.MaxAllowedPacket = int(o.duration(1, time.Duration(config.MaxAllowedPacket), "maxAllowedPacket"))
	config.ClientFoundRows = !o.bool("useAffectedRows", true)
	if err := mysqlLocale(config, o); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// mysqlLocale sets character set, collation and zone.
func mysqlLocale(config *mysql.Config, o options) error {
	charset, named := o.first("charset", "characterEncoding")
	if !named || strings.EqualFold(charset, "utf8") || strings.EqualFold(charset, "utf-8") {
		charset = "utf8mb4"
	}
	config.Collation, _ = o.first("collation", "connectionCollation")
	if config.Collation == "" {
		if err := config.Apply(mysql.Charset(charset, "")); err != nil {
			return err
		}
	}
	if zone, ok := o.first("loc", "serverTimezone", "connectionTimeZone"); ok {
		loc, err := loadZone(zone)
		if err != nil {
			return err
		}
		config.Loc = loc
	}
	return nil
}

func mysqlEncryption(o options) encryption {
	switch mode, _ := o.first("sslMode", "tls"); strings.ToUpper(mode) {
	case "REQUIRED", "SKIP-VERIFY":
		return trustA
	case "VERIFY_CA":
		return chain
	case "VERIFY_IDENTITY", "TRUE":
		return checked
	case "DISABLED", "FALSE":
		return plain
	}
	switch {
	case !o.bool("useSSL", false) && !o.bool("requireSSL", false):
		return plain
	case o.bool("verifyServerCertificate", true):
		return checked
	}
	return trustA
}

// mysqlKiller remembers the session's number. The driver answers the end of a
// context by hanging up, which a busy server notices only when it is done, so
// another connection tells it.
func mysqlKiller(ctx context.Context, t *target, conn *sql.Conn) (killer, error) {
	var id uint64
	if err := conn.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		return nil, fmt.Errorf("asking for the number of the session: %w", err)
	}
	kill := func(ctx context.Context) error {
		db, err := openMySQL(t)
		if err != nil {
			return t.tidy(err)
		}
		defer db.Close()
		// The whole session: a statement that is still on its way must not start.
		_, err = db.ExecContext(ctx, fmt.Sprintf("KILL CONNECTION %d", id))
		var gone *mysql.MySQLError
		if errors.As(err, &gone) && gone.Number == mysqlNoSuchThread {
			return nil
		}
		return t.tidy(err)
	}
	return func(ctx context.Context) (context.Context, func(context.Context) error) { return ctx, kill }, nil
}

const (
	mysqlDatabaseDenied  = 1044
	mysqlAccessDenied    = 1045
	mysqlUnknownDatabase = 1049
	mysqlNoSuchThread    = 1094
	mysqlNoPassword      = 1698
)

func mysqlReason(e *mysql.MySQLError) string {
	switch e.Number {
	case mysqlAccessDenied, mysqlNoPassword:
		return ReasonPassword
	case mysqlDatabaseDenied:
		return ReasonForbidden
	case mysqlUnknownDatabase:
		return ReasonUnknownDatabase
	}
	return ""
}

// callMySQL passes variables of the session for what comes out.
func callMySQL(ctx context.Context, c *Conn, p procedure) error {
	var (
		places, variables []string
		in                []any
	)
	for i, a := range p.arguments {
		if a.out {
			variable := fmt.Sprintf("@porpoise_out_%d", i)
			variables, places = append(variables, variable), append(places, variable)
			continue
		}
		places, in = append(places, "?"), append(in, a.value)
	}
	if _, err := c.ExecContext(ctx, "CALL "+p.quoted("`", "`")+"("+strings.Join(places, ", ")+")", in...); err != nil {
		return err
	}
	if len(variables) == 0 {
		return nil
	}
	return p.scanRow(c.QueryContext(ctx, "SELECT "+strings.Join(variables, ", ")))
}
