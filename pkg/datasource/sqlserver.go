package datasource

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"
)

func sqlServerFamily() family {
	return family{
		port: 1433, optionalDB: true,
		options: append([]option{
			{"encrypt", oneOf("true", "false", "optional", "mandatory", "strict")},
			{"trustServerCertificate", aBool},
			{"applicationName", aWord}, {"app name", aWord}, {"workstationID", aWord},
			{"applicationIntent", oneOf("ReadOnly", "ReadWrite")},
			{"loginTimeout", seconds}, {"multiSubnetFailover", aBool}, {"packetSize", aNumber(32767)},
		}, without("sendStringParametersAsUnicode", "selectMethod", "responseBuffering", "socketTimeout",
			"lockTimeout", "queryTimeout")...),
		open:        openSQLServer,
		greet:       ping,
		placeholder: numbered("@p"),
		bind:        bindTime,
		call:        callSQLServer,
		catalog:     informationSchema("SCHEMA_NAME()"),
	}
}

func openSQLServer(t *target) (*sql.DB, error) {
	host, port, err := net.SplitHostPort(t.hosts[0])
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	o := t.options
	config := msdsn.Config{
		Host: host, Port: number, Database: t.Connection.Database,
		User: t.Connection.User, Password: t.Password,
		Protocols: []string{"tcp"}, ProtocolParameters: map[string]any{}, Parameters: map[string]string{},
		Encoding:    msdsn.EncodeParameters{Timezone: time.UTC},
		DialTimeout: o.duration(time.Second, t.timeout, "loginTimeout"), KeepAlive: 30 * time.Second,
		AppName: "porpoise", ReadOnlyIntent: strings.EqualFold(o.get("applicationIntent", ""), "ReadOnly"),
		MultiSubnetFailover: o.bool("multiSubnetFailover", false),
		PacketSize:          uint16(o.duration(1, 4096, "packetSize")),
		DisableRetry:        true, // a statement is sent once
	}
	if name, ok := o.first("applicationName", "app name"); ok {
		config.AppName = name
	}
	config.Workstation = o.get("workstationID", "")
	sqlServerTLS(&config, t)
	connector := mssql.NewConnectorConfig(config)
	connector.Dialer = hostDialer{t.dialer, host}
	return sql.OpenDB(connector), nil
}

// hostDialer tells the library to leave resolving the name to the dialer.
type hostDialer struct {
	*dialer
	host string
}

// HostName gives the name that is not to be resolved.
func (d hostDialer) HostName() string { return d.host }

// sqlServerTLS decides how far TLS goes. At the least the login is encrypted:
// what the protocol does without it hides a password from nobody.
func sqlServerTLS(config *msdsn.Config, t *target) {
	mode := strings.ToLower(t.options.get("encrypt", "optional"))
	level := checked
	config.Encryption = msdsn.EncryptionRequired
	switch mode {
	case "strict":
		config.Encryption = msdsn.EncryptionStrict
	case "false", "optional":
		config.Encryption, level = msdsn.EncryptionOff, trustA
	}
	if mode != "strict" && t.options.bool("trustServerCertificate", false) {
		level = trustA
	}
	config.TrustServerCertificate = level == trustA
	config.TLSConfig = t.tlsConfig(level)
	config.TLSConfig.DynamicRecordSizingDisabled = true // the server wants one record per packet
}

func sqlServerReason(e mssql.Error) string {
	switch e.Number {
	case 18456, 18452, 18470, 18486, 18487, 18488:
		return ReasonPassword
	case 4060, 911:
		return ReasonUnknownDatabase
	case 916:
		return ReasonForbidden
	}
	return ""
}

func callSQLServer(ctx context.Context, c *Conn, p procedure) error {
	var places []string
	var arguments []any
	for i, a := range p.arguments {
		name := fmt.Sprintf("a%d", i)
		if a.out {
			places = append(places, "@"+name+" OUTPUT")
			arguments = append(arguments, sql.Named(name, sql.Out{Dest: &a.result}))
			continue
		}
		places = append(places, "@"+name)
		arguments = append(arguments, sql.Named(name, a.value))
	}
	_, err := c.ExecContext(ctx, "EXEC "+p.quoted("[", "]")+" "+strings.Join(places, ", "), arguments...)
	return err
}
