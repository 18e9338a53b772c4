package jdbc

import "strings"

func lowered(options map[string]string) map[string]string {
	low := make(map[string]string, len(options))
	for name, value := range options {
		low[strings.ToLower(name)] = value
	}
	return low
}

func isTrue(text string) bool { return strings.EqualFold(text, "true") }

// keep picks the options of the given names.
func keep(given map[string]string, names ...string) map[string]string {
	given = lowered(given)
	kept := map[string]string{}
	for _, name := range names {
		if v := given[strings.ToLower(name)]; v != "" {
			kept[name] = v
		}
	}
	return kept
}

// rename gives an option the driver's name for it, unless that is set too.
func rename(kept, given map[string]string, from, to string) {
	if v := lowered(given)[strings.ToLower(from)]; v != "" && kept[to] == "" {
		kept[to] = v
	}
}

// mysqlOptions shuts what lets a server read files of the client, or make
// objects of what it sends.
func mysqlOptions(given map[string]string) map[string]string {
	kept := keep(given, "useUnicode", "characterEncoding", "connectionCollation", "useSSL", "requireSSL", "verifyServerCertificate",
		"sslMode", "connectTimeout", "socketTimeout", "serverTimezone", "connectionTimeZone", "useAffectedRows", "autoReconnect",
		"failOverReadOnly", "maxReconnects", "initialTimeout", "zeroDateTimeBehavior", "rewriteBatchedStatements",
		"useLegacyDatetimeCode", "tinyInt1isBit", "nullCatalogMeansCurrent", "useCursorFetch", "cachePrepStmts", "prepStmtCacheSize",
		"prepStmtCacheSqlLimit", "useServerPrepStmts", "yearIsDateType", "tcpKeepAlive", "useInformationSchema", "noAccessToProcedureBodies")
	rename(kept, given, "charset", "characterEncoding")
	rename(kept, given, "collation", "connectionCollation")
	rename(kept, given, "loc", "serverTimezone")
	if strings.HasPrefix(strings.ToLower(kept["characterEncoding"]), "utf8mb") {
		kept["characterEncoding"] = "UTF-8"
	}
	if mode, ok := map[string]string{"true": "VERIFY_IDENTITY", "skip-verify": "REQUIRED", "false": "DISABLED"}[strings.ToLower(lowered(given)["tls"])]; ok && kept["sslMode"] == "" {
		kept["sslMode"] = mode
	}
	for _, shut := range []string{"allowLoadLocalInfile", "allowUrlInLocalInfile", "autoDeserialize"} {
		kept[shut] = "false"
	}
	return kept
}

func postgresOptions(given map[string]string) map[string]string {
	kept := keep(given, "sslmode", "ssl", "connectTimeout", "loginTimeout", "ApplicationName", "currentSchema", "stringtype",
		"reWriteBatchedInserts", "tcpKeepAlive", "prepareThreshold", "defaultRowFetchSize", "socketTimeout")
	rename(kept, given, "connect_timeout", "connectTimeout")
	rename(kept, given, "application_name", "ApplicationName")
	rename(kept, given, "search_path", "currentSchema")
	return kept
}

func clickHouseOptions(given map[string]string) map[string]string {
	kept := keep(given, "ssl", "sslmode", "compress", "socket_timeout", "connection_timeout", "max_execution_time")
	if kept["ssl"] == "" && isTrue(lowered(given)["secure"]) {
		kept["ssl"] = "true"
	}
	return kept
}
