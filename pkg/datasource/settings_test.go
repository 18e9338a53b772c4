package datasource_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// valid gives settings that every type with a host takes.
func valid(kind workflow.DataSourceType) workflow.DataSource {
	return workflow.DataSource{Type: kind, Connection: workflow.Connection{Host: "db.example", Port: 1234, Database: "d", User: "u"}}
}

func remote() []workflow.DataSourceType {
	var out []workflow.DataSourceType
	for _, kind := range datasource.Types() {
		if kind != workflow.SQLite {
			out = append(out, kind)
		}
	}
	return out
}

// TestDangerousOptionsAreRefused names what drivers of any kind have to reach
// files, run several statements, load code or lower security.
func TestDangerousOptionsAreRefused(t *testing.T) {
	sources := datasource.New(datasource.Config{SQLiteRoot: t.TempDir()})
	for _, kind := range datasource.Types() {
		for _, option := range []string{
			"allowAllFiles", "ALLOWALLFILES", "multiStatements", "allowMultiQueries", "allowCleartextPasswords",
			"allowFallbackToPlaintext", "allowOldPasswords", "interpolateParams", "allowLoadLocalInfile",
			"allowLoadLocalInfileInPath", "allowUrlInLocalInfile", "autoDeserialize", "queryInterceptors",
			"statementInterceptors", "serverPubKey", "socketFactory", "socketFactoryArg", "sslfactory", "loggerFile",
			"service", "servicefile", "passfile", "options", "sslcert", "sslkey", "sslrootcert", "krbsrvname",
			"TRACE FILE", "trace dir", "wallet", "UNIX SOCKET", "proxy client name", "dba privilege",
			"httpProxy", "socksProxy", "SSLCertPath", "SSLKeyStorePath", "KerberosKeytabPath", "accessToken",
			"custom_client", "hive.server2.proxy.user", "hive.aux.jars.path", "hive.exec.pre.hooks",
			"failoverpartner", "certificate", "change password", "krb5-keytabfile", "_pragma", "vfs", "x", "",
			"user", "password", "host", "database", "http_proxy", "debug", "session_id", "readonly",
		} {
			ds := valid(kind)
			if kind == workflow.SQLite {
				ds.Connection = workflow.Connection{Database: "a.db"}
			}
			ds.Connection.Options = map[string]string{option: "true"}
			if kind == workflow.SQLite && option == "mode" {
				continue
			}
			reason(t, sources.Validate(ds), "datasource.options")
		}
		// Without them the settings are fine.
		ds := valid(kind)
		if kind == workflow.SQLite {
			ds.Connection = workflow.Connection{Database: "a.db"}
		}
		if err := sources.Validate(ds); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestPlainTextFallBacksAreRefused: a client either encrypts or does not.
func TestPlainTextFallBacksAreRefused(t *testing.T) {
	sources := datasource.New(datasource.Config{})
	for kind, options := range map[workflow.DataSourceType]map[string]string{
		workflow.MySQL:      {"tls": "preferred", "sslMode": "PREFERRED"},
		workflow.PostgreSQL: {"sslmode": "prefer"},
		workflow.SQLServer:  {"encrypt": "disable"},
	} {
		for name, value := range options {
			ds := valid(kind)
			ds.Connection.Options = map[string]string{name: value}
			reason(t, sources.Validate(ds), "datasource.options")
		}
	}
	for _, kind := range []workflow.DataSourceType{workflow.Presto, workflow.Trino} {
		ds := valid(kind)
		ds.Password = "p"
		reason(t, sources.Validate(ds), "datasource.password")
		ds.Connection.Options = map[string]string{"SSL": "true"}
		if err := sources.Validate(ds); err != nil {
			t.Errorf("%s over TLS: %v", kind, err)
		}
	}
}

// TestOptionsOfOtherDrivers takes what people's settings hold.
func TestOptionsOfOtherDrivers(t *testing.T) {
	sources := datasource.New(datasource.Config{})
	for kind, options := range map[workflow.DataSourceType]map[string]string{
		workflow.MySQL: {"useSSL": "false", "useUnicode": "true", "characterEncoding": "UTF-8", "serverTimezone": "GMT+8",
			"zeroDateTimeBehavior": "convertToNull", "connectTimeout": "60000", "autoReconnect": "true"},
		workflow.PostgreSQL: {"sslmode": "require", "currentSchema": "a,b", "stringtype": "unspecified"},
		workflow.Hive:       {"mapreduce.job.queuename": "root.etl", "hive.execution.engine": "tez", "auth": "noSasl"},
		workflow.ClickHouse: {"socket_timeout": "300000", "max_execution_time": "60"},
		workflow.SQLServer:  {"encrypt": "true", "trustServerCertificate": "true"},
		workflow.Oracle:     {"ssl": "true"},
		workflow.Trino:      {"SSL": "true", "SSLVerification": "CA", "clientTags": "a,b"},
	} {
		ds := valid(kind)
		ds.Connection.Options = options
		if err := sources.Validate(ds); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	sources := datasource.New(datasource.Config{SQLiteRoot: t.TempDir()})
	change := func(f func(*workflow.DataSource)) workflow.DataSource {
		ds := valid(workflow.MySQL)
		f(&ds)
		return ds
	}
	for name, test := range map[string]struct {
		ds   workflow.DataSource
		want string
	}{
		"unknown type":    {change(func(d *workflow.DataSource) { d.Type = "ACCESS" }), "datasource.type"},
		"DB2":             {change(func(d *workflow.DataSource) { d.Type = workflow.DB2 }), "datasource.type"},
		"no host":         {change(func(d *workflow.DataSource) { d.Connection.Host = "" }), "datasource.host"},
		"no user":         {change(func(d *workflow.DataSource) { d.Connection.User = "" }), "datasource.user"},
		"port":            {change(func(d *workflow.DataSource) { d.Connection.Port = 65536 }), "datasource.port"},
		"negative port":   {change(func(d *workflow.DataSource) { d.Connection.Port = -1 }), "datasource.port"},
		"port of a host":  {change(func(d *workflow.DataSource) { d.Connection.Host = "a:0" }), "datasource.host"},
		"host with query": {change(func(d *workflow.DataSource) { d.Connection.Host = "a/x?allowAllFiles=true" }), "datasource.host"},
		"host with user":  {change(func(d *workflow.DataSource) { d.Connection.Host = "u@a" }), "datasource.host"},
		"host with tcp":   {change(func(d *workflow.DataSource) { d.Connection.Host = "tcp(a)" }), "datasource.host"},
		"socket":          {change(func(d *workflow.DataSource) { d.Connection.Host = "/var/run/mysqld.sock" }), "datasource.host"},
		"empty in a list": {change(func(d *workflow.DataSource) { d.Connection.Host = "a,,b" }), "datasource.host"},
		"a zone":          {change(func(d *workflow.DataSource) { d.Connection.Host = "fe80::1%eth0" }), "datasource.host"},
		"zero byte":       {change(func(d *workflow.DataSource) { d.Connection.User = "u\x00database\x00x" }), "datasource.user"},
		"line end":        {change(func(d *workflow.DataSource) { d.Connection.Database = "d\nX-Trino-User: admin" }), "datasource.database"},
		"long":            {change(func(d *workflow.DataSource) { d.Connection.Database = strings.Repeat("d", 256) }), "datasource.database"},
		"password":        {change(func(d *workflow.DataSource) { d.Password = "a\x00b" }), "datasource.password"},
		"kerberos":        {change(func(d *workflow.DataSource) { d.Connection.Principal = "hive/_HOST@X" }), "datasource.principal"},
		"connect type":    {change(func(d *workflow.DataSource) { d.Connection.ConnectType = "ORACLE_SID" }), "datasource.connectType"},
		"no database":     {change(func(d *workflow.DataSource) { d.Type, d.Connection.Database = workflow.PostgreSQL, "" }), "datasource.database"},
		"two hosts": {change(func(d *workflow.DataSource) {
			d.Type, d.Connection.Host = workflow.SQLServer, "a,b"
		}), "datasource.host"},
		"descriptor": {change(func(d *workflow.DataSource) {
			d.Type, d.Connection.Database = workflow.Oracle, "x)(SERVER=evil"
		}), "datasource.database"},
		"other connect type": {change(func(d *workflow.DataSource) {
			d.Type, d.Connection.ConnectType = workflow.Oracle, "TNS"
		}), "datasource.connectType"},
		"many options": {change(func(d *workflow.DataSource) {
			d.Connection.Options = map[string]string{}
			for i := range 65 {
				d.Connection.Options[strings.Repeat("x", i+1)] = "1"
			}
		}), "datasource.options"},
	} {
		t.Run(name, func(t *testing.T) {
			err := sources.Validate(test.ds)
			reason(t, err, test.want)
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("code %s", workflow.ErrorCode(err))
			}
			if err := sources.Test(t.Context(), test.ds); workflow.ErrorReason(err) != test.want {
				t.Errorf("a test connected: %v", err)
			}
		})
	}
}

func TestFilesStayBelowTheRoot(t *testing.T) {
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.db")
	for _, path := range []string{outside, filepath.Join(root, "plain"), filepath.Join(root, "folder", "deep")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"link.db": outside, "out": filepath.Dir(outside), "near.db": "plain",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	sources := datasource.New(datasource.Config{SQLiteRoot: root})
	for path, fine := range map[string]bool{
		"plain": true, "folder/deep": true, "folder/../plain": true,
		outside: false, "../" + filepath.Base(filepath.Dir(outside)) + "/secret.db": false, "link.db": false,
		"out/secret.db": false, "near.db": false, "folder": false, "": false, "missing.db": false, "plain?mode=ro": false,
		"file:plain": false, ":memory:": false, "plain\x00.db": false, "a%2f..%2fplain": false, "..": false, "folder/..": false,
	} {
		err := sources.Test(t.Context(), workflow.DataSource{Type: workflow.SQLite, Connection: workflow.Connection{Database: path}})
		if (err == nil) != fine {
			t.Errorf("%q: %v", path, err)
		}
	}
	none := datasource.New(datasource.Config{})
	reason(t, none.Validate(workflow.DataSource{Type: workflow.SQLite, Connection: workflow.Connection{Database: "plain"}}), "datasource.type")
}

func TestSQLiteModes(t *testing.T) {
	sources, ds := sqlite(t)
	exec(t, session(t, open(t, sources, ds)), "CREATE TABLE t (n INT)")
	ds.Connection.Options = map[string]string{"mode": "ro"}
	c := session(t, open(t, sources, ds))
	if _, err := c.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("a data source for reading was written to")
	}
	if got := text(t, c, "SELECT COUNT(*) FROM t"); got != "0" {
		t.Errorf("%s rows", got)
	}
}

func TestSQLiteOpensNoOtherFile(t *testing.T) {
	sources, ds := sqlite(t)
	c := session(t, open(t, sources, ds))
	other := filepath.Join(t.TempDir(), "other.db")
	for _, statement := range []string{
		"ATTACH DATABASE '" + other + "' AS o", "attach '" + other + "' as o", "/* x */ AtTaCh '" + other + "' AS o",
		"SELECT 1; -- it's\nATTACH '" + other + "' AS o", "\ufeffATTACH '" + other + "' AS o",
		"SELECT '--'; ATTACH '" + other + "' AS o", `SELECT "/*"; ATTACH '` + other + `' AS o`,
		"SELECT [']; ATTACH '" + other + "' AS o --']", "SELECT 'a''b'; ATTACH '" + other + "' AS o",
		"VACUUM INTO '" + other + "'", "VACUUM main INTO '" + other + "'",
		"PRAGMA temp_store_directory = '/tmp'", "EXPLAIN ATTACH '" + other + "' AS o",
	} {
		if _, err := c.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("was run: %s", statement)
		}
		if rows, err := c.QueryContext(t.Context(), statement); err == nil {
			rows.Close()
			t.Errorf("was run: %s", statement)
		}
		if _, err := os.Stat(other); err == nil {
			t.Fatalf("wrote a file: %s", statement)
		}
	}
	exec(t, c, "CREATE TABLE attached (note TEXT); INSERT INTO attached VALUES ('attach VACUUM into'); VACUUM")
	if got := text(t, c, "SELECT note FROM attached -- attach"); got != "attach VACUUM into" {
		t.Errorf("got %q", got)
	}
}

// TestTheEnvironmentSaysNothing: the settings alone decide.
func TestTheEnvironmentSaysNothing(t *testing.T) {
	ds := postgres(t)
	for name, value := range map[string]string{
		"PGHOST": "elsewhere.invalid", "PGPORT": "1", "PGUSER": "nobody", "PGPASSWORD": "x", "PGDATABASE": "x",
		"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/does/not/exist", "PGSSLCERT": "/does/not/exist",
		"PGSSLKEY": "/does/not/exist", "PGTARGETSESSIONATTRS": "standby", "PGOPTIONS": "-c nonsense=1",
		"PGREQUIREAUTH": "none", "PGCHANNELBINDING": "require", "PGPASSFILE": "/does/not/exist", "PGTZ": "Nowhere",
		"PGMINPROTOCOLVERSION": "latest", "PGCONNECT_TIMEOUT": "x", "PGSSLNEGOTIATION": "direct",
	} {
		t.Setenv(name, value)
	}
	if err := datasource.New(datasource.Config{}).Test(t.Context(), ds); err != nil {
		t.Error(err)
	}
}

// TestFieldsAreNotParsed puts the marks of connection strings into every
// field: the server is asked for exactly these names.
func TestFieldsAreNotParsed(t *testing.T) {
	sources := datasource.New(datasource.Config{})
	const odd = "d?allowAllFiles=true&x=/@:;) sslmode=prefer'"
	for _, ds := range []workflow.DataSource{mariadb(t), postgres(t)} {
		wrong := ds
		wrong.Connection.Database = odd
		fails(t, sources, wrong, datasource.ReasonUnknownDatabase)
		wrong = ds
		wrong.Connection.User = "root?allowAllFiles=true@/"
		wrong.Password = "p@tcp(1.2.3.4)/x?multiStatements=true"
		fails(t, sources, wrong, datasource.ReasonPassword)
	}
	ds := mariadb(t)
	c := session(t, open(t, sources, ds))
	exec(t, c, "CREATE DATABASE `"+odd+"`")
	defer exec(t, c, "DROP DATABASE `"+odd+"`")
	exec(t, c, "CREATE USER 'a@b?c=/:'@'%' IDENTIFIED BY 'p@ss/w?o&r=d:'")
	defer exec(t, c, "DROP USER 'a@b?c=/:'@'%'")
	exec(t, c, "GRANT ALL ON *.* TO 'a@b?c=/:'@'%'")
	ds.Connection.Database, ds.Connection.User, ds.Password = odd, "a@b?c=/:", "p@ss/w?o&r=d:"
	if got := text(t, session(t, open(t, sources, ds)), "SELECT CONCAT(DATABASE(), ' ', CURRENT_USER())"); got != odd+" a@b?c=/:@%" {
		t.Errorf("got %q", got)
	}
}

func TestOneStatementAtATime(t *testing.T) {
	c := session(t, open(t, datasource.New(datasource.Config{}), mariadb(t)))
	exec(t, c, "CREATE TABLE t (n INT)")
	if _, err := c.ExecContext(t.Context(), "SELECT 1; DROP TABLE t"); err == nil {
		t.Error("two statements were run")
	}
	exec(t, c, "SELECT 1 FROM t")
}

func TestDialIsAsked(t *testing.T) {
	for _, kind := range remote() {
		asked := make(chan string, 100)
		sources := datasource.New(datasource.Config{ConnectTimeout: time.Minute, Dial: refusing(asked)})
		if err := sources.Test(t.Context(), valid(kind)); err == nil {
			t.Errorf("%s: connected", kind)
		}
		select {
		case address := <-asked:
			if address != net.JoinHostPort("db.example", "1234") {
				t.Errorf("%s dialled %s", kind, address)
			}
		default:
			t.Errorf("%s did not ask", kind)
		}
	}
}
