package sqoop

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// Ends.
const (
	mysql = "MYSQL"
	hive  = "HIVE"
	hdfs  = "HDFS"
)

// parameters of a task.
type parameters struct {
	script         string // of the custom form; the rest is of the template
	name           string
	imports        bool
	mappers        int64
	sourceType     string
	targetType     string
	source, target *params.Object
	hadoop, sqoop  []pair
	hive, java     []pair // types of columns
	update         bool
	database       int64 // id of the data source
	bySQL          bool
	columns        bool // not all of them
	createTable    bool
	dropDelimiters bool
	overwrite      bool
	deleteTarget   bool
}

// pair is a name with a value.
type pair struct{ name, value string }

func read(raw json.RawMessage) (*parameters, error) {
	o := params.Read(raw)
	p := &parameters{}
	o.Resources("resourceList")
	form := strings.ToUpper(o.Text("jobType"))
	if o.Err() != nil {
		return nil, o.Err()
	}
	switch form {
	case "", "TEMPLATE":
		return p, p.readTemplate(o)
	case "CUSTOM":
		p.script = lines(o.Text("customShell"))
		if o.Err() == nil && strings.TrimSpace(p.script) == "" {
			return nil, o.Invalid("customShell", "must not be blank")
		}
		return p, o.Err()
	}
	return nil, o.Invalid("jobType", "must be TEMPLATE or CUSTOM")
}

func (p *parameters) readTemplate(o *params.Object) error {
	p.name, p.mappers = o.Text("jobName"), o.Int("concurrency", 1)
	model := strings.ToLower(o.Text("modelType"))
	p.imports = model == "import"
	p.sourceType, p.targetType = strings.ToUpper(o.Text("sourceType")), strings.ToUpper(o.Text("targetType"))
	p.source, p.target = o.Object("sourceParams"), o.Object("targetParams")
	p.hadoop, p.sqoop = pairs(o.List("hadoopCustomParams")), pairs(o.List("sqoopAdvancedParams"))
	sources, targets := []string{mysql}, []string{hive, hdfs}
	if !p.imports {
		sources, targets = targets, sources
	}
	switch {
	case o.Err() != nil:
		return o.Err()
	case model != "import" && model != "export":
		return o.Invalid("modelType", "must be import or export")
	case !slices.Contains(sources, p.sourceType):
		return o.Invalid("sourceType", "must be %s for an %s", strings.Join(sources, " or "), model)
	case !slices.Contains(targets, p.targetType):
		return o.Invalid("targetType", "must be %s for an %s", strings.Join(targets, " or "), model)
	case p.mappers < 0:
		return o.Invalid("concurrency", "must not be negative")
	}
	if err := p.readSource(); err != nil {
		return err
	}
	if err := p.readTarget(); err != nil {
		return err
	}
	// What may be missing is read here as well, so that it is text when it is
	// put into arguments.
	for _, field := range []string{"srcColumns", "hivePartitionKey", "hivePartitionValue"} {
		p.source.Text(field)
	}
	for _, field := range []string{
		"hiveTargetDir", "replaceDelimiter", "hivePartitionKey", "hivePartitionValue", "compressionCodec",
		"fieldsTerminated", "linesTerminated", "targetColumns", "targetUpdateMode",
	} {
		p.target.Text(field)
	}
	return o.Err()
}

// required fails for the first field that is blank.
func required(o *params.Object, fields ...string) error {
	for _, field := range fields {
		if text := o.Text(field); o.Err() == nil && strings.TrimSpace(text) == "" {
			return o.Invalid(field, "must not be blank")
		}
	}
	return o.Err()
}

func (p *parameters) readSource() error {
	o := p.source
	switch p.sourceType {
	case hive:
		return required(o, "hiveDatabase", "hiveTable")
	case hdfs:
		return required(o, "exportDir")
	}
	p.database, p.bySQL, p.columns = o.Int("srcDatasource", 0), o.Text("srcQueryType") == "1", o.Text("srcColumnType") == "1"
	p.hive, p.java = pairs(o.List("mapColumnHive")), pairs(o.List("mapColumnJava"))
	switch {
	case o.Err() != nil:
		return o.Err()
	case p.database <= 0:
		return o.Invalid("srcDatasource", "is required")
	case p.bySQL:
		return required(o, "srcQuerySql")
	case p.columns:
		return required(o, "srcTable", "srcColumns")
	}
	return required(o, "srcTable")
}

func (p *parameters) readTarget() error {
	o := p.target
	switch p.targetType {
	case hive:
		p.createTable, p.dropDelimiters, p.overwrite = o.Bool("createHiveTable", false), o.Bool("dropDelimiter", false), o.Bool("hiveOverWrite", false)
		return required(o, "hiveDatabase", "hiveTable")
	case hdfs:
		p.deleteTarget = o.Bool("deleteTargetDir", false)
		if kind := o.Text("fileType"); kind != "" && !slices.Contains(fileTypes(), kind) {
			return o.Invalid("fileType", "must be one of %s", strings.Join(fileTypes(), ", "))
		}
		return required(o, "targetPath")
	}
	p.database, p.update = o.Int("targetDatasource", 0), o.Bool("isUpdate", false)
	if o.Err() == nil && p.database <= 0 {
		return o.Invalid("targetDatasource", "is required")
	}
	if mode := o.Text("targetUpdateMode"); p.update && mode != "" && mode != "updateonly" && mode != "allowinsert" {
		return o.Invalid("targetUpdateMode", "must be updateonly or allowinsert")
	}
	if p.update {
		return required(o, "targetTable", "targetUpdateKey")
	}
	return required(o, "targetTable")
}

func fileTypes() []string {
	return []string{"--as-textfile", "--as-avrodatafile", "--as-sequencefile", "--as-parquetfile"}
}

// pairs leaves out what has no name.
func pairs(list []*params.Object) []pair {
	var out []pair
	for _, o := range list {
		if name := strings.TrimSpace(o.Text("prop")); name != "" {
			out = append(out, pair{name, o.Text("value")})
		}
	}
	return out
}
