package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/yarn/yarntest"
	"github.com/porpoise-scheduler/porpoise/test/client"
)

// toolbox puts programs into a folder that tenants can reach, and gives an
// environment file that names it.
func toolbox(t *testing.T, programs map[string]string) (envFile string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "toolbox")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	env := ""
	for _, home := range []string{"SPARK_HOME1", "SPARK_HOME2", "FLINK_HOME", "HADOOP_HOME", "SQOOP_HOME", "DATAX_HOME"} {
		env += "export " + home + "=" + dir + "\n"
	}
	files := map[string]string{"env.sh": env}
	for name, script := range programs {
		files[filepath.Join("bin", name)] = "#!/bin/sh\n" + script + "\n"
	}
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, open := range []string{dir, filepath.Join(dir, "bin")} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "env.sh")
}

func yarnApp(n int) string { return fmt.Sprintf("application_1700000000000_%04d", n) }

// TestPrograms submits programs to stand-ins that show what they were given.
func TestPrograms(t *testing.T) {
	w := newWarehouse(t)
	yarn := yarntest.New(t)
	envFile := toolbox(t, map[string]string{
		"spark-submit": `printf '<%s>' spark "$@"; echo; cat lib/job.jar; echo submitted ` + yarnApp(1),
		"flink":        `printf '<%s>' flink "$@"; echo; echo submitted ` + yarnApp(2),
		"hadoop":       `printf '<%s>' hadoop "$@"; echo; echo submitted ` + yarnApp(3) + `; exit 5`,
		"sqoop":        `printf '<%s>' sqoop "$@"; echo; ls -l sqoop.password`,
		"datax.py":     `printf '<%s>' datax "$@"; echo; grep -o '"column":[^]]*]' job.json; ls -l job.json`,
	})
	s := standalone(t, "--env-file", envFile, "--python", "/bin/sh", "--yarn-resource-managers", yarn.Manager(nil).URL)
	for n := range 4 {
		yarn.Run(yarnApp(n), time.Now())
	}
	source, err := s.p.CreateDataSource(t.Context(), w.as)
	s.ok(err)
	lib, err := s.p.CreateFolder(t.Context(), -1, "/", "lib")
	s.ok(err)
	jar, err := s.p.Upload(t.Context(), lib, "/lib", "job.jar", strings.NewReader("what the jar holds\n"), 19)
	s.ok(err)

	program := func(kind string, after ...string) client.Node {
		return client.Node{Type: kind, Name: strings.ToLower(kind), Pre: after, Params: map[string]any{
			"programType": "JAVA", "mainClass": "org.example.Main", "mainJar": map[string]any{"id": jar}, "appName": "it", "mainArgs": "'two words' $HOME", "resourceList": []any{},
		}}
	}
	datax := client.Node{Type: "DATAX", Name: "datax", Params: map[string]any{
		"customConfig": 0, "dsType": "MYSQL", "dataSource": source, "dtType": "MYSQL", "dataTarget": source,
		"sql": "select * from orders", "targetTable": "copy", "preStatements": []string{}, "postStatements": []string{},
	}}
	sqoop := client.Node{Type: "SQOOP", Name: "sqoop", Params: map[string]any{
		"jobType": "TEMPLATE", "jobName": "j", "modelType": "import", "concurrency": 1, "sourceType": "MYSQL", "targetType": "HDFS",
		"sourceParams": fmt.Sprintf(`{"srcDatasource":%d,"srcTable":"orders","srcQueryType":"0","srcColumnType":"0"}`, source), "targetParams": `{"targetPath":"/x"}`,
	}}

	i := s.start(s.publish("programs", program("SPARK"), datax, sqoop))
	yarn.AwaitAsked(yarnApp(1), 2)
	s.running(i.ID, "spark") // while its application runs
	s.ok(client.Poll(t.Context(), patience, func(context.Context) (string, bool, error) {
		link := s.tasks(i.ID)["spark"].AppLink
		return "application " + link, link == yarnApp(1), nil
	}))
	yarn.End(yarnApp(1), "FINISHED", "SUCCEEDED", "")
	s.ends(i.ID, client.Success)
	s.logHas(i.ID, "spark", "<spark><--master><yarn><--deploy-mode><cluster><--class><org.example.Main><--name><it>", "<--queue><e2e-queue><lib/job.jar><two words><$HOME>", "what the jar holds", yarnApp(1)+" succeeded")
	s.logHas(i.ID, "datax", "<datax><--jvm=-Xms1G -Xmx1G></", "\"column\":[\"`id`\",\"`total`\",\"`dt`\"]", "-rw-------")
	s.logHas(i.ID, "sqoop", "<--connect><jdbc:mysql://", "<--password-file><file:///", "-rw-------", fmt.Sprintf(" %d ", len(warehousePassword)))

	i = s.start(s.publish("detached", program("FLINK")))
	yarn.AwaitAsked(yarnApp(2), 2)
	s.ok(s.p.Execute(t.Context(), i.ID, "STOP"))
	s.ends(i.ID, client.Stopped)
	s.logHas(i.ID, "flink", "<flink><run><-m><yarn-cluster><-ynm><it>", "<-d><-c><org.example.Main><lib/job.jar>", "asked YARN to kill "+yarnApp(2))

	i = s.ends(s.start(s.publish("failing", program("MR"))).ID, client.Failure)
	s.logHas(i.ID, "mr", "<hadoop><jar><lib/job.jar><org.example.Main>", "<mapreduce.job.name=it>", "exit status 5")
	killed := yarn.Killed()
	slices.Sort(killed)
	s.equal("killed in YARN", killed, []string{yarnApp(2), yarnApp(3)})

	refused := program("SPARK")
	delete(refused.Params, "mainJar")
	if _, err := s.p.Save(t.Context(), "refused", client.Flow{Tasks: []client.Node{refused}}); err == nil || !strings.Contains(err.Error(), "50020") {
		t.Errorf("without a main jar: %v", err)
	}
	s.unseen(warehousePassword)
}
