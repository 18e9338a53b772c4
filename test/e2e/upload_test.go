package e2e

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// form calls a route with a multipart form as curl builds it; fields are as for
// its option -F.
func (g *guide) form(path string, fields ...string) (code int, data map[string]any) {
	g.Helper()
	args := []string{"-sS", "-m", "300", "-H", "token: " + g.token}
	for _, f := range fields {
		args = append(args, "-F", f)
	}
	out, err := exec.Command("curl", append(args, g.base+"/dolphinscheduler"+path)...).CombinedOutput()
	var answer struct {
		Code *int
		Data map[string]any
	}
	if err != nil || json.Unmarshal(out, &answer) != nil || answer.Code == nil {
		g.Fatalf("curl %s: %v: %s", path, err, out)
	}
	return *answer.Code, answer.Data
}

// TestUploadWithCurl is a script's way: upload, use in a task, look at the log,
// replace, use again, take back.
func TestUploadWithCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	c := cluster.ForTest(t, cluster.Config{})
	g := &guide{T: t, base: c.APIs[0].URL}
	g.accounts()
	script := filepath.Join(t.TempDir(), "report.sh")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("echo the first report\n")
	code, file := g.form("/resources/create", "file=@"+script, "type=FILE", "name=report.sh", "pid=-1", "currentDir=/", "description=of the day")
	if code != 0 || file["fullName"] != "/report.sh" {
		t.Fatalf("upload: %d %v", code, file)
	}
	if code, _ = g.form("/resources/create", "type=FILE", "name=report.sh", "pid=-1", "currentDir=/", "file=@"+script); code != 20005 {
		t.Errorf("a second upload: %d", code)
	}
	g.curl(201, "POST", "/projects/create", "projectName=reports", "description=")
	task := client.Shell("report", "sh report.sh")
	task.Params["resourceList"] = []any{map[string]any{"id": file["id"]}}
	f := client.Flow{Tasks: []client.Node{task}}
	const p = "/projects/reports"
	g.curl(201, "POST", p+"/process/save", "name=daily", "processDefinitionJson="+f.JSON(), "locations="+f.Locations(), "connects="+f.Connects())
	definition := g.id(p+"/process/list-paging", "name", "daily")
	g.curl(200, "POST", p+"/process/release", "processId="+definition, "releaseState=1")
	runs := 0
	run := func(want string) {
		t.Helper()
		runs++
		g.curl(200, "POST", p+"/executors/start-process-instance", "processDefinitionId="+definition,
			"failureStrategy=CONTINUE", "warningType=NONE", "warningGroupId=0", "scheduleTime=", "runMode=RUN_MODE_SERIAL")
		byID := "processInstanceId=" + g.instances(p, definition, runs)
		g.until(p+"/instance/select-by-id", "state", "SUCCESS", byID)
		data, _ := g.curl(200, "GET", p+"/instance/task-list-by-process-id", byID).(map[string]any)
		list, _ := data["taskList"].([]any)
		row, _ := list[0].(map[string]any)
		log := fmt.Sprint(g.curl(200, "GET", "/log/detail", fmt.Sprint("taskInstanceId=", row["id"]), "skipLineNum=0", "limit=1000"))
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q: %s", want, log)
		}
	}
	run("the first report")
	write("echo the second report\n")
	id := fmt.Sprint("id=", file["id"])
	if code, _ := g.form("/resources/update", "file=@"+script, id, "type=FILE", "name=report.sh", "description=better"); code != 0 {
		t.Errorf("update: %d", code)
	}
	run("the second report")
	out, err := exec.Command("curl", "-sSf", "-H", "token: "+g.token, "-G", "--data-urlencode", id, g.base+"/dolphinscheduler/resources/download").CombinedOutput()
	if err != nil || string(out) != "echo the second report\n" {
		t.Errorf("download: %v: %s", err, out)
	}
	out, err = exec.Command("curl", "-sS", "-H", "token: "+g.token, "-G", "--data-urlencode", id, g.base+"/dolphinscheduler/resources/delete").CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"code":20014`) {
		t.Errorf("deleted what an online workflow uses: %v: %s", err, out)
	}
}

// instances waits until the definition has n of them and gives the id of the
// last.
func (g *guide) instances(p, definition string, n int) string {
	g.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		list, _ := g.curl(200, "GET", p+"/instance/list-paging", "processDefinitionId="+definition, "pageNo=1", "pageSize=10").(map[string]any)
		rows, _ := list["totalList"].([]any)
		last := 0.0
		for _, item := range rows {
			row, _ := item.(map[string]any)
			id, _ := row["id"].(float64)
			last = max(last, id)
		}
		if len(rows) == n {
			return fmt.Sprint(last)
		}
	}
	g.Fatalf("definition %s does not have %d instances", definition, n)
	return ""
}

// TestLargeUploads watches the memory of an API server that takes large files.
func TestLargeUploads(t *testing.T) {
	t.Run("folder", func(t *testing.T) { uploadLarge(t, 1<<30, t.TempDir()) })
	t.Run("S3", func(t *testing.T) {
		backend := s3mem.New() // in this process, whose memory nobody watches
		if err := backend.CreateBucket("files"); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(gofakes3.New(backend).Server())
		t.Cleanup(server.Close)
		uploadLarge(t, 256<<20, "s3://files?insecure=1&region=us-east-1&endpoint="+strings.TrimPrefix(server.URL, "http://"),
			"PORPOISE_S3_ACCESS_KEY=access", "PORPOISE_S3_SECRET_KEY=secret")
	})
}

func uploadLarge(t *testing.T, size int64, location string, env ...string) {
	const most = 200 << 20
	s := begin(t, cluster.Config{APIs: 1, Masters: 1, Workers: 1, APIArgs: []string{"--resource-store", location}, Env: env})
	ctx := s.Context()
	file, err := os.CreateTemp(s.TempDir(), "") // a file of holes takes no disk
	s.ok(err)
	s.ok(file.Truncate(size))
	before := memory(t, s.c.APIs[0], "VmRSS:")
	id, err := s.p.Upload(ctx, -1, "/", "large.bin", file, size)
	s.ok(err)
	s.ok(file.Close())
	if id == 0 {
		s.Error("no id")
	}
	peak := memory(t, s.c.APIs[0], "VmHWM:")
	if cluster.Raced() {
		peak -= before // most of it is the race detector's
	}
	if peak > most {
		t.Errorf("the API server took %d MiB for an upload of %d MiB", peak>>20, size>>20)
	}
	t.Logf("the API server took %d MiB for an upload of %d MiB", peak>>20, size>>20)
}

// memory gives a figure of a process' memory: VmRSS what it has, VmHWM the most
// it ever had.
func memory(t *testing.T, n *cluster.Node, figure string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, figure); found {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("no %s in %s", figure, text)
	return 0
}
