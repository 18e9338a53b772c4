package datasource

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	ora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/configurations"
	"github.com/sijms/go-ora/v2/network"
)

// Connect types of Oracle.
const (
	oracleService = "ORACLE_SERVICE_NAME"
	oracleSID     = "ORACLE_SID"
)

func oracleFamily() family {
	return family{
		port: 1521, manyHosts: true,
		options: append([]option{
			{"ssl", aBool}, {"sslVerify", aBool}, {"prefetchRows", aNumber(100_000)},
			{"connectTimeout", seconds}, {"socketTimeout", seconds},
		}, without("oracle.jdbc.ReadTimeout", "oracle.net.CONNECT_TIMEOUT", "defaultRowPrefetch", "remarksReporting")...),
		check:       checkOracle,
		open:        openOracle,
		greet:       ping,
		placeholder: numbered(":"),
		bind:        bindOracle,
		call:        callOracle,
		catalog:     oracleCatalog(),
	}
}

// checkOracle keeps the parts of a connect descriptor free of its marks.
func checkOracle(t *target) error {
	c := t.Connection
	switch c.ConnectType {
	case "", oracleService, oracleSID:
	default:
		return invalid("connectType", "%q is neither %s nor %s", clip(c.ConnectType), oracleService, oracleSID)
	}
	if strings.ContainsFunc(c.Database, func(r rune) bool { return !isWord(r) && !strings.ContainsRune(".-$#", r) }) {
		return invalid("database", "%q is no service name or SID", clip(c.Database))
	}
	return nil
}

func openOracle(t *target) (*sql.DB, error) {
	// The library fills in what the protocol wants; every setting is replaced.
	config, err := configurations.ParseConfig("oracle://x:x@localhost:1521/x")
	if err != nil {
		return nil, fmt.Errorf("preparing the driver: %w", err)
	}
	config.ProgramPath, config.ProgramName = "porpoise", "porpoise"
	config.UserID, config.DatabaseInfo.Password = t.Connection.User, t.Password
	config.ServiceName, config.SID = t.Connection.Database, ""
	if t.Connection.ConnectType == oracleSID {
		config.ServiceName, config.SID = "", t.Connection.Database
	}
	config.Servers = nil
	for _, address := range t.hosts {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			return nil, err
		}
		config.Servers = append(config.Servers, configurations.ServerAddr{Protocol: "tcp", Addr: host, Port: number})
	}
	oracleTLS(config, t)
	config.Timeout = t.options.duration(time.Second, 0, "socketTimeout")
	config.PrefetchRows = int(t.options.duration(1, 1000, "prefetchRows"))
	config.Dialer = t.dialer
	return sql.OpenDB(oracleConnector{config}), nil
}

func oracleTLS(config *configurations.ConnectionConfig, t *target) {
	if !t.options.bool("ssl", false) {
		config.SSL, config.Protocol = false, "tcp"
		return
	}
	level := checked
	if !t.options.bool("sslVerify", true) {
		level = trustA
	}
	config.SSL, config.SSLVerify, config.Protocol = true, level == checked, "tcps"
	config.TLSConfig = t.tlsConfig(level)
	for i := range config.Servers {
		config.Servers[i].Protocol = "tcps"
	}
}

// oracleConnector connects from a configuration; the library's own takes a
// connection string.
type oracleConnector struct {
	config *configurations.ConnectionConfig
}

func (c oracleConnector) Connect(ctx context.Context) (driver.Conn, error) {
	config := *c.config // the library counts through the servers in it
	config.ResetServerIndex()
	conn, err := ora.NewConnection("", &config)
	if err != nil {
		return nil, err
	}
	if err := conn.OpenWithContext(ctx); err != nil {
		return nil, err
	}
	return conn, nil
}

func (c oracleConnector) Driver() driver.Driver { return ora.NewDriver() }

func oracleReason(e *network.OracleError) string {
	switch e.ErrCode {
	case 1017, 28000, 28001, 1005:
		return ReasonPassword
	case 12514, 12505, 12516, 1034, 12154:
		return ReasonUnknownDatabase
	case 1045:
		return ReasonForbidden
	}
	return ""
}

// bindOracle has no type for truth: 1 and 0 stand for it.
func bindOracle(v Value) any {
	if v.Kind == Bool {
		if v.Bool {
			return int64(1)
		}
		return int64(0)
	}
	return bindTime(v)
}

// oracleText is the longest text that comes out of a procedure, in bytes.
const oracleText = 32767

func callOracle(ctx context.Context, c *Conn, p procedure) error {
	var places []string
	var arguments []any
	for i, a := range p.arguments {
		places = append(places, ":"+strconv.Itoa(i+1))
		if a.out {
			arguments = append(arguments, ora.Out{Dest: &a.result, Size: oracleText})
			continue
		}
		arguments = append(arguments, a.value)
	}
	_, err := c.ExecContext(ctx, "BEGIN "+p.quoted(`"`, `"`)+"("+strings.Join(places, ", ")+"); END;", arguments...)
	return err
}
