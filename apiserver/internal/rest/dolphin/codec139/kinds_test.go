package codec139

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/datax"
	"github.com/porpoise-scheduler/porpoise/pkg/task/flink"
	"github.com/porpoise-scheduler/porpoise/pkg/task/mr"
	"github.com/porpoise-scheduler/porpoise/pkg/task/spark"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sqoop"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func programKinds() *task.Registry {
	return task.NewRegistry(spark.New(), flink.New(), mr.New(), datax.New("", nil), sqoop.New())
}

// programs are complete parameters as clients of 1.3.9 send them.
var programs = []struct {
	name, kind, params string
	needs              task.Needs
}{
	{"spark", "SPARK", `{"programType":"SCALA","mainClass":"org.example.Wc","mainJar":{"id":12},"deployMode":"cluster","sparkVersion":"SPARK2","driverCores":1,"driverMemory":"512M","numExecutors":2,"executorMemory":"2G","executorCores":2,"appName":"wc","queue":"","mainArgs":"/in /out","others":"","localParams":[],"resourceList":[]}`,
		task.Needs{Resources: []workflow.ResourceRef{{ID: 12}}}},
	{"spark of Python with resources", "SPARK", `{"programType":"PYTHON","mainClass":"","mainJar":{"id":12,"res":"a.py"},"deployMode":"local","sparkVersion":"SPARK1","driverCores":"1","others":"--jars b.jar","mainArgs":"'a b' ${day}","localParams":[{"prop":"day","direct":"IN","type":"VARCHAR","value":"$[yyyy-MM-dd]"}],"resourceList":[{"id":13,"name":"b.jar","res":"b.jar"}]}`,
		task.Needs{Resources: []workflow.ResourceRef{{ID: 12}, {ID: 13}}}},
	{"flink", "FLINK", `{"programType":"JAVA","mainClass":"org.example.Job","mainJar":{"id":13},"deployMode":"cluster","flinkVersion":"<1.10","slot":1,"parallelism":2,"taskManager":"2","jobManagerMemory":"1G","taskManagerMemory":"2G","appName":"job","queue":"","mainArgs":"","others":"","localParams":[],"resourceList":[]}`,
		task.Needs{Resources: []workflow.ResourceRef{{ID: 13}}}},
	{"flink since 1.10", "FLINK", `{"programType":"SCALA","mainJar":{"id":13},"deployMode":"local","flinkVersion":">=1.10","slot":"1","localParams":[]}`,
		task.Needs{Resources: []workflow.ResourceRef{{ID: 13}}}},
	{"mapreduce", "MR", `{"programType":"JAVA","mainClass":"org.example.Mr","mainJar":{"id":14},"appName":"mr","queue":"","mainArgs":"/in /out","others":"","localParams":[],"resourceList":[]}`,
		task.Needs{Resources: []workflow.ResourceRef{{ID: 14}}}},
	{"datax", "DATAX", `{"customConfig":0,"dsType":"MYSQL","dataSource":3,"dtType":"POSTGRESQL","dataTarget":4,"sql":"select id, name from src","targetTable":"dst","jobSpeedByte":1048576,"jobSpeedRecord":1000,"preStatements":["truncate table dst"],"postStatements":[],"localParams":[]}`,
		task.Needs{DataSources: []int64{3, 4}}},
	{"datax, custom", "DATAX", `{"customConfig":1,"json":"{\"job\":{\"content\":[{\"n\":${n}}]}}","localParams":[],"xms":1,"xmx":2}`, task.Needs{}},
	{"sqoop", "SQOOP", `{"jobType":"TEMPLATE","jobName":"copy_orders","modelType":"import","concurrency":1,"sourceType":"MYSQL","targetType":"HIVE","sourceParams":"{\"srcDatasource\":3,\"srcTable\":\"orders\",\"srcQueryType\":\"0\",\"srcQuerySql\":\"\",\"srcColumnType\":\"1\",\"srcColumns\":\"id,total\",\"srcConditionList\":[],\"mapColumnHive\":[],\"mapColumnJava\":[]}","targetParams":"{\"hiveDatabase\":\"dw\",\"hiveTable\":\"orders\",\"createHiveTable\":true,\"dropDelimiter\":false,\"hiveOverWrite\":true,\"hiveTargetDir\":\"\",\"replaceDelimiter\":\"\",\"hivePartitionKey\":\"dt\",\"hivePartitionValue\":\"${day}\"}","hadoopCustomParams":[],"sqoopAdvancedParams":[],"localParams":[]}`,
		task.Needs{DataSources: []int64{3}}},
	{"sqoop, export", "SQOOP", `{"jobType":"TEMPLATE","modelType":"export","concurrency":2,"sourceType":"HDFS","targetType":"MYSQL","sourceParams":"{\"exportDir\":\"/x\"}","targetParams":"{\"targetDatasource\":5,\"targetTable\":\"t\",\"isUpdate\":false}","hadoopCustomParams":[{"prop":"a","direct":"IN","type":"VARCHAR","value":"b"}],"sqoopAdvancedParams":[],"localParams":[]}`,
		task.Needs{DataSources: []int64{5}}},
	{"sqoop, custom", "SQOOP", `{"jobType":"CUSTOM","customShell":"sqoop version","localParams":[]}`, task.Needs{}},
}

// TestProgramsComeBack saves, checks and reads back what the kinds that submit
// programs are given.
func TestProgramsComeBack(t *testing.T) {
	kinds := programKinds()
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			text := `{"globalParams":[],"tasks":[{"type":"` + p.kind + `","id":"tasks-1","name":"a","params":` + p.params + `,"preTasks":[]}],"tenantId":1,"timeout":0}`
			spec := stored(t, mustDecode(t, text))
			wantSame(t, EncodeProcess(&spec), text)
			kind, ok := kinds.Get(spec.Tasks[0].Kind)
			if !ok {
				t.Fatalf("kind %s", spec.Tasks[0].Kind)
			}
			if err := kind.Validate(spec.Tasks[0].Params); err != nil {
				t.Error(err)
			}
			needs, err := kind.(task.Needer).Needs(spec.Tasks[0].Params)
			if err != nil || !reflect.DeepEqual(needs.DataSources, p.needs.DataSources) || cmp.Diff(p.needs.Resources, needs.Resources) != "" && len(needs.Resources) > 0 {
				t.Errorf("needs %+v %v, want %+v", needs, err, p.needs)
			}
			for _, r := range needs.Resources {
				if ids := strings.Split(ResourceIDs(&spec), ","); !slices.Contains(ids, strconv.FormatInt(r.ID, 10)) || len(ids) != len(needs.Resources) {
					t.Errorf("resources %v, want %v", ids, needs.Resources)
				}
			}
		})
	}
}

// TestProgramsWithoutWhatTheyMustHave leaves out one field at a time.
func TestProgramsWithoutWhatTheyMustHave(t *testing.T) {
	must := map[string][]string{
		"SPARK": {"mainJar", "programType"}, "FLINK": {"mainJar", "programType"}, "MR": {"mainJar", "programType"},
		"DATAX": {"dsType", "dataSource", "dtType", "dataTarget", "sql", "targetTable"}, "SQOOP": {"modelType", "sourceType", "targetType"},
	}
	kinds, seen := programKinds(), map[string]bool{}
	for _, p := range programs {
		if seen[p.kind] {
			continue
		}
		seen[p.kind] = true
		kind, _ := kinds.Get(workflow.Kind(p.kind))
		for _, field := range must[p.kind] {
			params, err := object(json.RawMessage(p.params))
			if err != nil {
				t.Fatal(err)
			}
			delete(params, field)
			var e *workflow.Error
			if err := kind.Validate(encode(params)); !errors.As(err, &e) || e.Code != workflow.Invalid || e.Field != field {
				t.Errorf("%s without %s: %v", p.kind, field, err)
			}
		}
	}
	if len(seen) != len(must) {
		t.Errorf("kinds %v", seen)
	}
}
