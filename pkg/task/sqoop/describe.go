package sqoop

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/task/program"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	template := map[string][]any{"jobType": {"TEMPLATE"}}
	return task.Description{
		Group: task.BigData, Icon: "sqoop", Title: task.Text{EN: "Sqoop", ZH: "Sqoop"},
		Help: task.Text{EN: "Copies rows between a database and a cluster.", ZH: "在数据库与集群之间复制数据。"},
		Fields: []task.Field{
			{Name: "jobType", Title: task.Text{EN: "Job", ZH: "作业方式"}, Default: "TEMPLATE", Choices: []task.Choice{
				{Value: "TEMPLATE", Title: task.Text{EN: "from the fields below", ZH: "由下列字段生成"}}, {Value: "CUSTOM", Title: task.Text{EN: "a script", ZH: "自定义脚本"}}}},
			{Name: "customShell", Title: task.Text{EN: "Script", ZH: "自定义脚本"}, Widget: "script", Language: "shell", Required: true, When: map[string][]any{"jobType": {"CUSTOM"}}},
			{Name: "jobName", Title: task.Text{EN: "Name of the job", ZH: "任务名称"}, When: template},
			{Name: "modelType", Title: task.Text{EN: "Direction", ZH: "流向"}, Default: "import", Required: true, When: template, Choices: program.Choices("import", "export")},
			pairsField("hadoopCustomParams", task.Text{EN: "Hadoop options", ZH: "Hadoop 参数"}, template),
			pairsField("sqoopAdvancedParams", task.Text{EN: "Sqoop options", ZH: "Sqoop 参数"}, template),
			{Name: "sourceType", Title: task.Text{EN: "Source", ZH: "数据来源"}, Default: mysql, Required: true, When: template, Choices: program.Choices(mysql, hive, hdfs)},
			{Name: "sourceParams", Title: task.Text{EN: "Source", ZH: "数据来源"}, Type: task.Object, Required: true, When: template, Fields: sourceFields()},
			{Name: "targetType", Title: task.Text{EN: "Target", ZH: "数据目的"}, Default: hdfs, Required: true, When: template, Choices: program.Choices(hive, hdfs, mysql)},
			{Name: "targetParams", Title: task.Text{EN: "Target", ZH: "数据目的"}, Type: task.Object, Required: true, When: template, Fields: targetFields()},
			{Name: "concurrency", Title: task.Text{EN: "Mappers", ZH: "并发度"}, Type: task.Integer, Default: 1, Min: task.Number(0), When: template},
			params.ResourcesField(),
		},
	}
}

func pairsField(name string, title task.Text, when map[string][]any) task.Field {
	return task.Field{Name: name, Title: title, Type: task.List, When: when, Fields: []task.Field{
		{Name: "prop", Title: task.Text{EN: "Name", ZH: "名称"}, Required: true}, {Name: "value", Title: task.Text{EN: "Value", ZH: "值"}}}}
}

func sourceFields() []task.Field {
	fromMySQL := map[string][]any{"../sourceType": {mysql}}
	byTable := map[string][]any{"../sourceType": {mysql}, "srcQueryType": {"0"}}
	return append([]task.Field{
		{Name: "srcType", Title: task.Text{EN: "Type of the data source", ZH: "数据源类型"}, Widget: "datasource-type", Default: mysql, When: fromMySQL},
		{Name: "srcDatasource", Title: task.Text{EN: "Data source", ZH: "数据源"}, Type: task.Integer, Widget: "datasource", Required: true, When: fromMySQL},
		{Name: "srcQueryType", Title: task.Text{EN: "Rows of", ZH: "模式"}, Default: "0", When: fromMySQL, Choices: []task.Choice{
			{Value: "0", Title: task.Text{EN: "a table", ZH: "单表"}}, {Value: "1", Title: task.Text{EN: "a query", ZH: "SQL"}}}},
		{Name: "srcTable", Title: task.Text{EN: "Table", ZH: "表名"}, Required: true, When: byTable},
		{Name: "srcColumnType", Title: task.Text{EN: "Columns", ZH: "列类型"}, Default: "0", When: byTable, Choices: []task.Choice{
			{Value: "0", Title: task.Text{EN: "all", ZH: "全表导入"}}, {Value: "1", Title: task.Text{EN: "some", ZH: "选择列"}}}},
		{Name: "srcColumns", Title: task.Text{EN: "Columns, with commas", ZH: "列（以逗号分隔）"}, Required: true,
			When: map[string][]any{"../sourceType": {mysql}, "srcQueryType": {"0"}, "srcColumnType": {"1"}}},
		{Name: "srcQuerySql", Title: task.Text{EN: "Query", ZH: "SQL 语句"}, Widget: "sql", Language: "sql", Required: true,
			When: map[string][]any{"../sourceType": {mysql}, "srcQueryType": {"1"}}},
		pairsField("mapColumnHive", task.Text{EN: "Types in Hive", ZH: "Hive 类型映射"}, fromMySQL),
		pairsField("mapColumnJava", task.Text{EN: "Types in Java", ZH: "Java 类型映射"}, fromMySQL),
		{Name: "exportDir", Title: task.Text{EN: "Folder", ZH: "导出目录"}, Required: true, When: map[string][]any{"../sourceType": {hdfs}}},
	}, hiveFields("../sourceType")...)
}

func targetFields() []task.Field {
	toHDFS, toMySQL, toHive := map[string][]any{"../targetType": {hdfs}}, map[string][]any{"../targetType": {mysql}}, map[string][]any{"../targetType": {hive}}
	updating := map[string][]any{"../targetType": {mysql}, "isUpdate": {true}}
	files := program.Choices(fileTypes()...)
	fields := append(hiveFields("../targetType"),
		task.Field{Name: "hiveTargetDir", Title: task.Text{EN: "Folder on the way", ZH: "目标目录"}, When: toHive},
		task.Field{Name: "createHiveTable", Title: task.Text{EN: "Make the table", ZH: "是否创建新表"}, Type: task.Boolean, Default: false, When: toHive},
		task.Field{Name: "hiveOverWrite", Title: task.Text{EN: "Overwrite", ZH: "是否覆盖数据源"}, Type: task.Boolean, Default: false, When: toHive},
		task.Field{Name: "dropDelimiter", Title: task.Text{EN: "Drop delimiters", ZH: "是否删除分隔符"}, Type: task.Boolean, Default: false, When: toHive},
		task.Field{Name: "replaceDelimiter", Title: task.Text{EN: "Replace delimiters by", ZH: "替换分隔符"}, When: toHive},
		task.Field{Name: "targetPath", Title: task.Text{EN: "Folder", ZH: "目标路径"}, Required: true, When: toHDFS},
		task.Field{Name: "deleteTargetDir", Title: task.Text{EN: "Delete the folder before", ZH: "是否删除目录"}, Type: task.Boolean, Default: false, When: toHDFS},
		task.Field{Name: "fileType", Title: task.Text{EN: "Format", ZH: "文件类型"}, Default: "--as-textfile", Choices: files, When: toHDFS},
		task.Field{Name: "compressionCodec", Title: task.Text{EN: "Compression", ZH: "压缩类型"}, When: toHDFS},
		task.Field{Name: "targetType", Title: task.Text{EN: "Type of the data source", ZH: "数据源类型"}, Widget: "datasource-type", Default: mysql, When: toMySQL},
		task.Field{Name: "targetDatasource", Title: task.Text{EN: "Data source", ZH: "数据源"}, Type: task.Integer, Widget: "datasource", Required: true, When: toMySQL},
		task.Field{Name: "targetTable", Title: task.Text{EN: "Table", ZH: "表名"}, Required: true, When: toMySQL},
		task.Field{Name: "targetColumns", Title: task.Text{EN: "Columns, with commas", ZH: "列名"}, When: toMySQL},
		task.Field{Name: "isUpdate", Title: task.Text{EN: "Update rows", ZH: "是否更新"}, Type: task.Boolean, Default: false, When: toMySQL},
		task.Field{Name: "targetUpdateKey", Title: task.Text{EN: "Key columns", ZH: "更新列"}, Required: true, When: updating},
		task.Field{Name: "targetUpdateMode", Title: task.Text{EN: "Mode", ZH: "更新类型"}, Default: "allowinsert", Choices: program.Choices("updateonly", "allowinsert"), When: updating})
	between := map[string][]any{"../targetType": {hdfs, mysql}}
	return append(fields,
		task.Field{Name: "fieldsTerminated", Title: task.Text{EN: "Between fields", ZH: "列分隔符"}, When: between},
		task.Field{Name: "linesTerminated", Title: task.Text{EN: "Between lines", ZH: "行分隔符"}, When: between})
}

func hiveFields(kind string) []task.Field {
	when := map[string][]any{kind: {hive}}
	return []task.Field{
		{Name: "hiveDatabase", Title: task.Text{EN: "Database", ZH: "数据库"}, Required: true, When: when},
		{Name: "hiveTable", Title: task.Text{EN: "Table", ZH: "表名"}, Required: true, When: when},
		{Name: "hivePartitionKey", Title: task.Text{EN: "Partition key", ZH: "分区字段"}, When: when},
		{Name: "hivePartitionValue", Title: task.Text{EN: "Partition value", ZH: "分区值"}, When: when},
	}
}
