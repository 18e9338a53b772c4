package sqoop

import (
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/jdbc"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/task/program"
)

// builder makes the arguments of one attempt.
type builder struct {
	*parameters
	program.Vector
	attempt  task.Attempt
	password string
}

func (b *builder) build() error {
	if b.imports {
		b.Add("import")
	} else {
		b.Add("export")
	}
	if name := b.attempt.Expand(b.name); name != "" {
		b.Add("-D", "mapred.job.name="+name)
	}
	for _, p := range b.hadoop {
		b.Add("-D", p.name+"="+b.attempt.Expand(p.value))
	}
	for _, p := range b.sqoop {
		b.Add(p.name)
		if value := b.attempt.Expand(p.value); value != "" {
			b.Add(value)
		}
	}
	b.Number("-m", b.mappers)
	if err := b.from(); err != nil {
		return err
	}
	return b.to()
}

// text gives a field with its parameters put in.
func (b *builder) text(o *params.Object, field string) string { return b.attempt.Expand(o.Text(field)) }

func (b *builder) from() error {
	switch b.sourceType {
	case hdfs:
		b.Option("--export-dir", b.text(b.source, "exportDir"))
	case hive:
		b.Option("--hcatalog-database", b.text(b.source, "hiveDatabase"))
		b.Option("--hcatalog-table", b.text(b.source, "hiveTable"))
		keys, values := b.text(b.source, "hivePartitionKey"), b.text(b.source, "hivePartitionValue")
		if keys != "" && values != "" {
			b.Add("--hcatalog-partition-keys", keys, "--hcatalog-partition-values", values)
		}
	default:
		return b.fromDatabase()
	}
	return nil
}

func (b *builder) fromDatabase() error {
	if err := b.connect(); err != nil {
		return err
	}
	if b.bySQL {
		b.Add("--query", conditioned(b.text(b.source, "srcQuerySql")))
	} else {
		b.Add("--table", b.text(b.source, "srcTable"))
		if b.columns {
			b.Add("--columns", b.text(b.source, "srcColumns"))
		}
	}
	b.mapping("--map-column-hive", b.hive)
	b.mapping("--map-column-java", b.java)
	return nil
}

func (b *builder) mapping(option string, pairs []pair) {
	var types []string
	for _, p := range pairs {
		types = append(types, p.name+"="+p.value)
	}
	b.Option(option, strings.Join(types, ","))
}

// connect adds the database and who asks it.
func (b *builder) connect() error {
	d, ok := b.attempt.DataSource(b.database)
	if !ok {
		return fmt.Errorf("data source %d did not come with the attempt", b.database)
	}
	url, err := jdbc.URL(d)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(url, "jdbc:mysql:") {
		return fmt.Errorf("data source %q is of type %s, not %s", d.Name, d.Type, mysql)
	}
	b.Add("--connect", url)
	b.Option("--username", d.Connection.User)
	if b.password = d.Password; b.password != "" {
		b.Add("--password-file", passwordURL(b.attempt))
	}
	return nil
}

// conditioned adds the condition that Sqoop replaces to share a query between
// its mappers.
func conditioned(query string) string {
	const condition = "$CONDITIONS"
	query = strings.TrimRight(lines(query), "; \n\t")
	blank := " "
	if strings.ContainsAny(query, "#-") {
		blank = "\n" // the query may end with a comment
	}
	switch {
	case strings.Contains(query, condition):
		return query
	case jdbc.HasWord(query, "or", "group", "order", "having", "limit", "union"):
		return "SELECT * FROM (" + query + blank + ") t WHERE " + condition
	case jdbc.HasWord(query, "where"):
		return query + blank + "AND " + condition
	}
	return query + blank + "WHERE " + condition
}

func (b *builder) to() error {
	switch b.targetType {
	case hive:
		b.toHive()
	case hdfs:
		b.toHDFS()
	default:
		return b.toDatabase()
	}
	return nil
}

func (b *builder) toHive() {
	o := b.target
	b.Add("--hive-import", "--hive-database", b.text(o, "hiveDatabase"), "--hive-table", b.text(o, "hiveTable"))
	if b.createTable {
		b.Add("--create-hive-table")
	}
	if b.dropDelimiters {
		b.Add("--hive-drop-import-delims")
	}
	if b.overwrite {
		b.Add("--hive-overwrite", "--delete-target-dir")
	}
	b.Option("--target-dir", b.text(o, "hiveTargetDir"))
	b.Option("--hive-delims-replacement", b.text(o, "replaceDelimiter"))
	key, value := b.text(o, "hivePartitionKey"), b.text(o, "hivePartitionValue")
	if key != "" && value != "" {
		b.Add("--hive-partition-key", key, "--hive-partition-value", value)
	}
}

func (b *builder) toHDFS() {
	o := b.target
	b.Add("--target-dir", b.text(o, "targetPath"))
	b.Option("--compression-codec", o.Text("compressionCodec"))
	if kind := o.Text("fileType"); kind != "" {
		b.Add(kind)
	}
	if b.deleteTarget {
		b.Add("--delete-target-dir")
	}
	b.terminators(o)
	b.Add("--null-non-string", "NULL", "--null-string", "NULL")
}

func (b *builder) terminators(o *params.Object) {
	b.Option("--fields-terminated-by", o.Text("fieldsTerminated"))
	b.Option("--lines-terminated-by", o.Text("linesTerminated"))
}

func (b *builder) toDatabase() error {
	if err := b.connect(); err != nil {
		return err
	}
	o := b.target
	b.Add("--table", b.text(o, "targetTable"))
	b.Option("--columns", b.text(o, "targetColumns"))
	b.terminators(o)
	if b.update {
		b.Add("--update-key", b.text(o, "targetUpdateKey"))
		b.Option("--update-mode", o.Text("targetUpdateMode"))
	}
	return nil
}
