// What the form knows of a type of database. The server checks everything
// again and has the last word.
export interface Family {
  title: string
  port?: number // none: a file, not a server
  manyHosts?: boolean
  optionalDatabase?: boolean
  optionalUser?: boolean
  kerberos?: boolean
  oracle?: boolean
  options: string[] // proposed
}

const mysql = ['charset', 'collation', 'tls', 'sslMode', 'connectTimeout', 'readTimeout', 'writeTimeout', 'serverTimezone', 'maxAllowedPacket']
const hive = ['auth', 'transportMode', 'httpPath', 'ssl', 'sslVerify', 'hive.execution.engine', 'mapreduce.job.queuename', 'tez.queue.name', 'spark.yarn.queue']
const trino = ['SSL', 'SSLVerification', 'source', 'clientTags', 'timezone', 'query_max_run_time']

export const families: Record<string, Family> = {
  MYSQL: { title: 'MySQL', port: 3306, manyHosts: true, optionalDatabase: true, options: mysql },
  POSTGRESQL: { title: 'PostgreSQL', port: 5432, manyHosts: true, options: ['sslmode', 'connect_timeout', 'application_name', 'search_path', 'statement_timeout', 'lock_timeout', 'timezone'] },
  HIVE: { title: 'Hive', port: 10000, manyHosts: true, optionalDatabase: true, optionalUser: true, kerberos: true, options: hive },
  SPARK: { title: 'Spark SQL', port: 10015, manyHosts: true, optionalDatabase: true, optionalUser: true, kerberos: true, options: hive },
  CLICKHOUSE: { title: 'ClickHouse', port: 8123, manyHosts: true, optionalDatabase: true, optionalUser: true, options: ['protocol', 'secure', 'skipVerify', 'compress', 'max_execution_time', 'max_memory_usage', 'max_threads'] },
  ORACLE: { title: 'Oracle', port: 1521, manyHosts: true, oracle: true, options: ['ssl', 'sslVerify', 'prefetchRows', 'connectTimeout', 'socketTimeout'] },
  SQLSERVER: { title: 'SQL Server', port: 1433, optionalDatabase: true, options: ['encrypt', 'trustServerCertificate', 'applicationIntent', 'applicationName', 'loginTimeout', 'packetSize'] },
  PRESTO: { title: 'Presto', port: 8080, optionalDatabase: true, options: trino },
  TRINO: { title: 'Trino', port: 8080, optionalDatabase: true, options: trino },
  SQLITE: { title: 'SQLite', optionalUser: true, options: ['mode', 'busy_timeout', 'foreign_keys'] },
  DORIS: { title: 'Apache Doris', port: 9030, manyHosts: true, optionalDatabase: true, options: mysql },
  STARROCKS: { title: 'StarRocks', port: 9030, manyHosts: true, optionalDatabase: true, options: mysql },
  TIDB: { title: 'TiDB', port: 4000, manyHosts: true, optionalDatabase: true, options: mysql },
}

export const titleOf = (type: string) => families[type]?.title ?? type
