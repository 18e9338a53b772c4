package workflow

import "time"

// DataSourceType names a kind of database.
type DataSourceType string

// Data source types.
const (
	MySQL      DataSourceType = "MYSQL"
	PostgreSQL DataSourceType = "POSTGRESQL"
	Hive       DataSourceType = "HIVE"
	Spark      DataSourceType = "SPARK" // the Spark Thrift server
	ClickHouse DataSourceType = "CLICKHOUSE"
	Oracle     DataSourceType = "ORACLE"
	SQLServer  DataSourceType = "SQLSERVER"
	DB2        DataSourceType = "DB2"
	Presto     DataSourceType = "PRESTO"
	Trino      DataSourceType = "TRINO"
	SQLite     DataSourceType = "SQLITE"
	Doris      DataSourceType = "DORIS"
	StarRocks  DataSourceType = "STARROCKS"
	TiDB       DataSourceType = "TIDB"
)

// DataSource is a named connection to a database.
type DataSource struct {
	ID         int64
	Name       string
	Note       string
	Type       DataSourceType
	UserID     int64
	Connection Connection
	// Password is sealed at rest. Dialects only ever take it: none shows it.
	Password   string
	CreateTime time.Time
	UpdateTime time.Time
}

// Connection is how a database is reached. Which fields count depends on the
// type; no field is ever pasted into a connection string.
type Connection struct {
	Host        string            `json:"host,omitempty"` // several, for those that fail over, with commas
	Port        int               `json:"port,omitempty"`
	Database    string            `json:"database,omitempty"` // a path below the configured folder for SQLITE
	User        string            `json:"user,omitempty"`
	Principal   string            `json:"principal,omitempty"`   // Kerberos
	ConnectType string            `json:"connectType,omitempty"` // ORACLE_SERVICE_NAME or ORACLE_SID
	Options     map[string]string `json:"options,omitempty"`
}
