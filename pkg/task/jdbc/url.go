// Package jdbc is what kinds need that start programs which speak JDBC: the
// address of a data source, and a look at what a query selects. No password is
// part of an address.
package jdbc

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// URL gives the address of a data source. Every part is checked or escaped, so
// that none can add an option; options without a meaning to the driver are
// left out.
func URL(d workflow.DataSource) (string, error) {
	hosts, err := hostList(d)
	if err != nil {
		return "", fmt.Errorf("data source %q: %w", d.Name, err)
	}
	c := d.Connection
	switch d.Type {
	case workflow.MySQL, workflow.TiDB, workflow.Doris, workflow.StarRocks:
		return "jdbc:mysql://" + strings.Join(hosts, ",") + "/" + url.PathEscape(c.Database) + query(mysqlOptions(c.Options)), nil
	case workflow.PostgreSQL:
		return "jdbc:postgresql://" + strings.Join(hosts, ",") + "/" + url.PathEscape(c.Database) + query(postgresOptions(c.Options)), nil
	case workflow.ClickHouse:
		return "jdbc:clickhouse://" + hosts[0] + "/" + url.PathEscape(c.Database) + query(clickHouseOptions(c.Options)), nil
	case workflow.Oracle:
		return oracle(d, hosts[0])
	case workflow.SQLServer:
		return sqlServer(c, hosts[0]), nil
	default:
		return "", fmt.Errorf("data source %q: programs do not reach type %s over JDBC", d.Name, d.Type)
	}
}

func defaultPort(t workflow.DataSourceType) int {
	return map[workflow.DataSourceType]int{
		workflow.MySQL: 3306, workflow.TiDB: 4000, workflow.Doris: 9030, workflow.StarRocks: 9030,
		workflow.PostgreSQL: 5432, workflow.ClickHouse: 8123, workflow.Oracle: 1521, workflow.SQLServer: 1433,
	}[t]
}

// hostList gives every host with its port.
func hostList(d workflow.DataSource) ([]string, error) {
	port := d.Connection.Port
	if port == 0 {
		port = defaultPort(d.Type)
	}
	var list []string
	for part := range strings.SplitSeq(d.Connection.Host, ",") {
		host, number := strings.TrimSpace(part), strconv.Itoa(port)
		if h, p, err := net.SplitHostPort(host); err == nil {
			host, number = h, p
		}
		host = strings.Trim(host, "[]")
		if n, err := strconv.ParseUint(number, 10, 16); err != nil || n == 0 || !plainHost(host) {
			return nil, fmt.Errorf("%q is no host", part)
		}
		list = append(list, net.JoinHostPort(host, number))
	}
	return list, nil
}

func plainHost(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune(".-_:%", r)
	})
}

func query(options map[string]string) string {
	if len(options) == 0 {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		parts = append(parts, name+"="+strings.ReplaceAll(url.QueryEscape(options[name]), "+", "%20"))
	}
	return "?" + strings.Join(parts, "&")
}

func oracle(d workflow.DataSource, host string) (string, error) {
	name := d.Connection.Database
	if strings.ContainsFunc(name, func(r rune) bool { return !plainHost(string(r)) && r != '$' && r != '#' }) {
		return "", fmt.Errorf("data source %q: %q is no service name or SID", d.Name, name)
	}
	if d.Connection.ConnectType == "ORACLE_SID" {
		return "jdbc:oracle:thin:@" + host + ":" + name, nil
	}
	if isTrue(lowered(d.Connection.Options)["ssl"]) {
		return "jdbc:oracle:thin:@tcps://" + host + "/" + name, nil
	}
	return "jdbc:oracle:thin:@//" + host + "/" + name, nil
}

// sqlServer writes properties; braces quote a value, and a closing one is
// doubled.
func sqlServer(c workflow.Connection, host string) string {
	var b strings.Builder
	b.WriteString("jdbc:sqlserver://" + host)
	put := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, ";%s={%s}", name, strings.ReplaceAll(value, "}", "}}"))
		}
	}
	put("databaseName", c.Database)
	given := lowered(c.Options)
	for _, name := range []string{"encrypt", "trustServerCertificate", "applicationName", "applicationIntent", "loginTimeout",
		"multiSubnetFailover", "packetSize", "sendStringParametersAsUnicode", "selectMethod", "responseBuffering", "socketTimeout", "lockTimeout", "queryTimeout"} {
		put(name, given[strings.ToLower(name)])
	}
	return b.String()
}
