package jdbc

import (
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const shut = "allowLoadLocalInfile=false&allowUrlInLocalInfile=false&autoDeserialize=false"

func TestURL(t *testing.T) {
	for _, c := range []struct {
		kind       workflow.DataSourceType
		connection workflow.Connection
		want       string
	}{
		{workflow.MySQL, workflow.Connection{Host: "db.example", Port: 3307, Database: "shop"}, "jdbc:mysql://db.example:3307/shop?" + shut},
		{workflow.TiDB, workflow.Connection{Host: "a, b:4001", Database: "x"}, "jdbc:mysql://a:4000,b:4001/x?" + shut},
		{workflow.MySQL, workflow.Connection{Host: "h", Database: "a?allowLoadLocalInfile=true&b", Options: map[string]string{
			"allowLoadLocalInfile": "true", "AutoDeserialize": "true", "useSSL": "true", "serverTimezone": "GMT+8&x=y", "tls": "skip-verify", "charset": "utf8mb4", "parseTime": "true",
		}}, "jdbc:mysql://h:3306/a%3FallowLoadLocalInfile=true&b?" + shut + "&characterEncoding=UTF-8&serverTimezone=GMT%2B8%26x%3Dy&sslMode=REQUIRED&useSSL=true"},
		{workflow.PostgreSQL, workflow.Connection{Host: "::1", Database: "d b"}, "jdbc:postgresql://[::1]:5432/d%20b"},
		{workflow.PostgreSQL, workflow.Connection{Host: "p", Port: 1, Database: "d", Options: map[string]string{"sslmode": "require", "search_path": "a b", "socketFactory": "evil"}},
			"jdbc:postgresql://p:1/d?currentSchema=a%20b&sslmode=require"},
		{workflow.Oracle, workflow.Connection{Host: "o", Database: "orcl.example"}, "jdbc:oracle:thin:@//o:1521/orcl.example"},
		{workflow.Oracle, workflow.Connection{Host: "o", Database: "ORCL", ConnectType: "ORACLE_SID"}, "jdbc:oracle:thin:@o:1521:ORCL"},
		{workflow.Oracle, workflow.Connection{Host: "o", Database: "S", Options: map[string]string{"ssl": "true"}}, "jdbc:oracle:thin:@tcps://o:1521/S"},
		{workflow.SQLServer, workflow.Connection{Host: "s", Database: "a};encrypt=false;x={", Options: map[string]string{"encrypt": "true", "integratedSecurity": "true"}},
			"jdbc:sqlserver://s:1433;databaseName={a}};encrypt=false;x={};encrypt={true}"},
		{workflow.ClickHouse, workflow.Connection{Host: "c", Database: "d", Options: map[string]string{"secure": "true"}}, "jdbc:clickhouse://c:8123/d?ssl=true"},
	} {
		got, err := URL(workflow.DataSource{Name: "it", Type: c.kind, Connection: c.connection, Password: "secret"})
		if err != nil || got != c.want {
			t.Errorf("%s %+v:\n got %s %v\nwant %s", c.kind, c.connection, got, err, c.want)
		}
	}
	for _, d := range []workflow.DataSource{
		{Type: workflow.Hive, Connection: workflow.Connection{Host: "h", Port: 1}}, {Type: workflow.MySQL},
		{Type: workflow.MySQL, Connection: workflow.Connection{Host: "h/x?a=b"}}, {Type: workflow.MySQL, Connection: workflow.Connection{Host: "h:0"}},
		{Type: workflow.MySQL, Connection: workflow.Connection{Host: "h:99999"}}, {Type: workflow.MySQL, Connection: workflow.Connection{Host: "a,,b"}},
		{Type: workflow.Oracle, Connection: workflow.Connection{Host: "h", Database: "x?y=z"}},
	} {
		if got, err := URL(d); err == nil {
			t.Errorf("%+v: %s", d, got)
		}
	}
}

func TestColumns(t *testing.T) {
	for sql, want := range map[string]string{
		"select id, name from src":                                            "id name",
		"SELECT DISTINCT a.id , b.s.total AS Sum FROM a":                      "id Sum",
		"select `order`, \"Desc\", [a b] from t":                              "'order' 'Desc' 'a b'",
		"select count(*) n, sum(case when x in (1,2) then 1 end) as s from t": "n s",
		"select case when a then 'x, from y' else b end c from t":             "c",
		"select 'it''s, from' as s, 1 one, 'z' two":                           "s one two",
		"-- select x\nselect /* a, b from */ id # more\n, n from t":           "id n",
		"select id from (select * from x) y union select z from w":            "id",
		"select top 10 a, b from t":                                           "a b",
		"select top (5) a from t;":                                            "a",
		"select date, time from t":                                            "date time",
		"select row_number() over (partition by x order by y) rn, x from t":   "rn x",
		"select 名称, a.编号 as 号 from t":                                         "名称 号",
		"select a || b as c, (select max(x) from y) m from t":                 "c m",
		"select dt + interval 1 day as next from t":                           "next",
	} {
		columns, ok := Columns(sql)
		var got []string
		for _, c := range columns {
			if c.Quoted {
				c.Name = "'" + c.Name + "'"
			}
			got = append(got, c.Name)
		}
		if !ok || strings.Join(got, " ") != want {
			t.Errorf("%s: %v %v, want %s", sql, got, ok, want)
		}
	}
	for _, sql := range []string{
		"", "select", "select * from t", "select t.* from t", "select a, * from t", "select count(*) from t", "select a + b from t",
		"with x as (select 1) select a from x", "select 'open from t", "select (a from t", "select a /* open", "delete from t",
		"select case when a then b end from t", "select not x from t", "select a is null from t", "select dt + interval 1 day from t",
		"select a, from t", "select null from t", "select a collate utf8_bin from t", "select ts at time zone utc from t", "select 1 from t",
		"select a b c from t", "select -a from t",
	} {
		if columns, ok := Columns(sql); ok {
			t.Errorf("%s: %v", sql, columns)
		}
	}
}

func TestHasWord(t *testing.T) {
	for sql, want := range map[string]bool{
		"select a from t where b": true, "select a from t WHERE(b)": true, "select a from (select b from c where d) t": false,
		"select 'where' from t": false, "select \"where\" from t": false, "select a -- where\nfrom t": false, "select a from nowhere": false,
	} {
		if got := HasWord(sql, "where"); got != want {
			t.Errorf("%s: %v", sql, got)
		}
	}
}

func FuzzColumns(f *testing.F) {
	f.Add("select a, 'b''' as c from (x) -- y")
	f.Fuzz(func(t *testing.T, sql string) {
		columns, ok := Columns(sql)
		if ok != (len(columns) > 0) {
			t.Errorf("%q: %v %v", sql, columns, ok)
		}
		HasWord(sql, "where")
	})
}
