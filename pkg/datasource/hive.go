package datasource

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource/hive"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// hiveFamily serves HiveServer2 and Spark's Thrift server.
func hiveFamily(t workflow.DataSourceType) family {
	f := family{
		port: 10000, manyHosts: true, optionalDB: true, optionalUse: true,
		options: append([]option{
			{"auth", oneOf("none", "ldap", "custom", "noSasl")},
			{"transportMode", oneOf("binary", "http")}, {"httpPath", aWord},
			{"ssl", aBool}, {"sslVerify", aBool},
		}, hiveOptions()...),
		open:        openHive,
		greet:       ping,
		placeholder: questionMark,
		bind:        bindText,
		catalog:     hiveCatalog(),
	}
	if t == workflow.Spark {
		f.port = 10015
	}
	return f
}

// hiveSettings of a session: they say how a statement runs, not as whom.
var hiveSettings = [...]string{
	"hive.exec.dynamic.partition", "hive.exec.dynamic.partition.mode", "hive.exec.max.dynamic.partitions",
	"hive.exec.max.dynamic.partitions.pernode", "hive.exec.parallel", "hive.exec.parallel.thread.number",
	"hive.exec.reducers.max", "hive.exec.reducers.bytes.per.reducer", "hive.execution.engine",
	"hive.auto.convert.join", "hive.merge.mapfiles", "hive.merge.mapredfiles", "hive.merge.tezfiles",
	"hive.optimize.skewjoin", "hive.groupby.skewindata", "hive.map.aggr", "hive.strict.checks.cartesian.product",
	"hive.mapred.mode", "hive.vectorized.execution.enabled", "hive.resultset.use.unique.column.names",
	"hive.query.timeout.seconds", "mapred.job.name", "mapred.reduce.tasks", "mapred.job.queue.name",
	"mapreduce.job.name", "mapreduce.job.queuename", "mapreduce.job.reduces", "mapreduce.map.memory.mb",
	"mapreduce.reduce.memory.mb", "tez.queue.name", "tez.am.resource.memory.mb", "hive.tez.container.size",
	"spark.app.name", "spark.yarn.queue", "spark.executor.memory", "spark.executor.cores", "spark.executor.instances",
	"spark.sql.shuffle.partitions", "spark.sql.adaptive.enabled", "spark.sql.autoBroadcastJoinThreshold",
}

func hiveOptions() []option {
	var out []option
	for _, name := range hiveSettings {
		out = append(out, option{name, aWord})
	}
	return out
}

func openHive(t *target) (*sql.DB, error) {
	o := t.options
	level := plain
	if o.bool("ssl", false) {
		level = checked
		if !o.bool("sslVerify", true) {
			level = trustA
		}
	}
	config := hive.Config{
		Address: t.hosts[0], Dial: t.dialer.DialContext, TLS: t.tlsConfig(level), Auth: hive.SASL,
		// A server without passwords wants some text for both all the same.
		User: cmp.Or(t.Connection.User, "anonymous"), Password: cmp.Or(t.Password, "anonymous"),
		Database: t.Connection.Database, Settings: map[string]string{},
	}
	if strings.EqualFold(o.get("auth", "none"), "noSasl") {
		config.Auth = hive.Plain
	}
	if strings.EqualFold(o.get("transportMode", "binary"), "http") {
		config.HTTPPath = o.get("httpPath", "cliservice")
	}
	for _, name := range hiveSettings {
		if v, ok := o.first(name); ok {
			config.Settings[name] = v
		}
	}
	return sql.OpenDB(hive.NewConnector(config)), nil
}

// hiveReason goes by what servers say: there are no codes for logging in.
func hiveReason(err error) string {
	var e *hive.Error
	switch {
	case errors.As(err, &e) && (e.Code == 10072 || strings.Contains(e.Message, "NoSuchDatabaseException")):
		return ReasonUnknownDatabase
	case strings.Contains(err.Error(), "Error validating the login"),
		strings.Contains(err.Error(), "Peer indicated failure"),
		strings.Contains(err.Error(), "HTTP Response code: 401"): // not 401 alone, which is part of ports
		return ReasonPassword
	}
	return ""
}

func hiveCatalog() catalog {
	quote := func(name string) string { return quoteName(name, "`", "`") }
	return catalog{
		databases: "SHOW DATABASES",
		tables: func(schema string) (string, []any) {
			if schema == "" {
				return "SHOW TABLES", nil
			}
			return "SHOW TABLES IN " + quote(schema), nil
		},
		columns: func(schema, table string) (string, []any) {
			if schema == "" {
				return "DESCRIBE " + quote(table), nil
			}
			return fmt.Sprintf("DESCRIBE %s.%s", quote(schema), quote(table)), nil
		},
	}
}
