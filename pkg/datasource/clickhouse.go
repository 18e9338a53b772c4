package datasource

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"
)

func clickHouseFamily() family {
	return family{
		port: 8123, manyHosts: true, optionalDB: true, optionalUse: true,
		options: append([]option{
			{"protocol", oneOf("http", "native")},
			{"ssl", aBool}, {"sslmode", oneOf("none", "strict")}, {"secure", aBool}, {"skipVerify", aBool},
			{"compress", oneOf("none", "lz4", "zstd", "true", "false", "0", "1")},
			{"connectTimeout", milliseconds}, {"connection_timeout", milliseconds},
			{"socket_timeout", milliseconds}, {"readTimeout", seconds},
			{"max_execution_time", aNumber(aDay * 30)}, {"max_memory_usage", aNumber(1 << 50)},
			{"max_threads", aNumber(1024)}, {"max_rows_to_read", aNumber(1 << 50)},
			{"max_result_rows", aNumber(1 << 50)}, {"max_block_size", aNumber(1 << 30)},
			{"max_insert_block_size", aNumber(1 << 30)}, {"join_use_nulls", aBool}, {"insert_quorum", aNumber(100)},
		}, without("use_server_time_zone", "use_time_zone", "keepAliveTimeout", "dataTransferTimeout", "timeToLiveMillis")...),
		open:        openClickHouse,
		greet:       ping,
		killer:      clickHouseKiller,
		placeholder: questionMark,
		bind:        bindText,
		catalog:     clickHouseCatalog(),
	}
}

// clickHouseSettings go to the server as they are.
var clickHouseSettings = [...]string{
	"max_execution_time", "max_memory_usage", "max_threads", "max_rows_to_read", "max_result_rows",
	"max_block_size", "max_insert_block_size", "join_use_nulls", "insert_quorum",
}

func openClickHouse(t *target) (*sql.DB, error) {
	return clickhouse.OpenDB(clickHouseOptions(t)), nil
}

func clickHouseOptions(t *target) *clickhouse.Options {
	o := t.options
	c := &clickhouse.Options{
		Protocol: clickHouseProtocol(t), Addr: t.hosts,
		Auth:     clickhouse.Auth{Database: t.Connection.Database, Username: t.Connection.User, Password: t.Password},
		Settings: clickhouse.Settings{},
		DialContext: func(ctx context.Context, address string) (net.Conn, error) {
			return t.dialer.DialContext(ctx, "tcp", address)
		},
		DialTimeout:      o.duration(time.Millisecond, t.timeout, "connectTimeout", "connection_timeout"),
		ReadTimeout:      o.duration(time.Second, o.duration(time.Millisecond, 0, "socket_timeout"), "readTimeout"),
		ConnOpenStrategy: clickhouse.ConnOpenInOrder,
	}
	if c.ReadTimeout == 0 {
		c.ReadTimeout = 30 * 24 * time.Hour // statements end by their context
	}
	switch strings.ToLower(o.get("compress", "none")) {
	case "lz4", "true", "1":
		c.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	case "zstd":
		c.Compression = &clickhouse.Compression{Method: clickhouse.CompressionZSTD}
	}
	c.TLS = t.tlsConfig(clickHouseEncryption(o))
	for _, name := range clickHouseSettings {
		if v, ok := o.first(name); ok {
			c.Settings[name] = clickHouseNumber(v)
		}
	}
	return c
}

func clickHouseNumber(v string) int {
	if strings.EqualFold(v, "true") {
		return 1
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0 // false
	}
	return n
}

// clickHouseProtocol goes by the port where nothing is said: these two are the
// ones the native protocol has.
func clickHouseProtocol(t *target) clickhouse.Protocol {
	_, port, _ := net.SplitHostPort(t.hosts[0])
	byDefault := "http"
	if port == "9000" || port == "9440" {
		byDefault = "native"
	}
	if strings.EqualFold(t.options.get("protocol", byDefault), "native") {
		return clickhouse.Native
	}
	return clickhouse.HTTP
}

func clickHouseEncryption(o options) encryption {
	switch {
	case !o.bool("ssl", false) && !o.bool("secure", false):
		return plain
	case o.bool("skipVerify", false), strings.EqualFold(o.get("sslmode", ""), "none"):
		return trustA
	}
	return checked
}

func clickHouseReason(e *clickhouse.Exception) string {
	switch e.Code {
	case 516, 192, 193, 194:
		return ReasonPassword
	case 81:
		return ReasonUnknownDatabase
	case 497:
		return ReasonForbidden
	}
	return ""
}

// clickHouseKiller names every statement, so that it can be killed by name.
// Over HTTP it names the session too, which is what temporary tables live in.
func clickHouseKiller(_ context.Context, t *target, _ *sql.Conn) (killer, error) {
	settings := clickhouse.Settings{}
	if clickHouseProtocol(t) == clickhouse.HTTP {
		settings["session_id"] = uuid.NewString()
	}
	return func(ctx context.Context) (context.Context, func(context.Context) error) {
		id := uuid.NewString()
		kill := func(ctx context.Context) error {
			// Outside of the session, which runs one statement at a time.
			db := clickhouse.OpenDB(clickHouseOptions(t))
			defer db.Close()
			_, err := db.ExecContext(ctx, fmt.Sprintf("KILL QUERY WHERE query_id = '%s' ASYNC", id))
			return t.tidy(err)
		}
		return clickhouse.Context(ctx, clickhouse.WithQueryID(id), clickhouse.WithSettings(settings)), kill
	}, nil
}
