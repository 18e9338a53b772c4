package native_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/local"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// withFiles gives the world a resource centre.
func (w *world) withFiles() {
	w.t.Helper()
	blobs, err := local.New(w.t.TempDir())
	must(w.t, err)
	w.uc.Blobs = blobs
}

// upload sends a form whose last part is a file.
func (w *world) upload(who as, path, name, content string, fields ...string) reply {
	w.t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	for i := 0; i+1 < len(fields); i += 2 {
		must(w.t, m.WriteField(fields[i], fields[i+1]))
	}
	if name != "" {
		part, err := m.CreateFormFile("file", name)
		must(w.t, err)
		_, err = io.WriteString(part, content)
		must(w.t, err)
	}
	must(w.t, m.Close())
	return w.send(who, "POST", path, &form, "Content-Type", m.FormDataContentType())
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	w.withFiles()
	ada, bob := w.user("ada", workflow.RoleGeneral), w.user("bob", workflow.RoleGeneral)
	a, b := w.as(ada), w.as(bob)
	folder := made[native.File](w, a, "/files/folders", native.FolderInput{Name: "jobs"})
	var f native.File
	w.upload(a, "/files", "run.sh", "echo hi\n", "parentId", fmt.Sprint(folder.ID), "description", "says hi").want(http.StatusCreated).into(&f)
	if f.FullName != "/jobs/run.sh" || f.Size != 8 || f.Owner != "ada" || !f.Editable || f.Description != "says hi" {
		t.Errorf("uploaded %+v", f)
	}
	w.upload(a, "/files", "run.sh", "x", "parentId", fmt.Sprint(folder.ID)).problem(http.StatusConflict, "resource.exists")
	w.upload(a, "/files", "", "").problem(http.StatusUnprocessableEntity, "param.invalid")
	w.upload(a, "/files", "a.sh", "x", "kind", "BOOK").problem(http.StatusUnprocessableEntity, "param.invalid")
	w.upload(b, "/files", "b.sh", "x", "parentId", fmt.Sprint(folder.ID)).problem(http.StatusForbidden, "user.forbidden")
	w.send(a, "POST", "/files", strings.NewReader("{}"), "Content-Type", "application/json").want(http.StatusUnsupportedMediaType)

	path := fmt.Sprint("/files/", f.ID)
	list := got[native.List[native.File]](w, a, "/files?path=/jobs")
	if len(list.Items) != 1 || list.Items[0].ID != f.ID {
		t.Errorf("list is %+v", list)
	}
	r := w.call(a, "GET", path+"/download", nil).want(http.StatusOK)
	if string(r.Body) != "echo hi\n" || r.Header.Get("Content-Disposition") != "attachment; filename=run.sh" || r.Header.Get("Content-Length") != "8" {
		t.Errorf("downloaded %q with %v", r.Body, r.Header)
	}
	w.call(a, "GET", fmt.Sprint("/files/", folder.ID, "/download"), nil).problem(http.StatusUnprocessableEntity, "resource.folder")
	w.call(b, "GET", path, nil).problem(http.StatusForbidden, "user.forbidden")
	w.call(a, "PUT", path, native.FileChange{Name: "go.sh"}).want(http.StatusOK).into(&f)
	if f.FullName != "/jobs/go.sh" || f.Description != "" {
		t.Errorf("renamed to %+v", f)
	}

	var g native.Grants
	w.call(b, "PUT", path+"/grants", native.Grants{UserIDs: []int64{bob.ID}}).problem(http.StatusForbidden, "user.forbidden")
	located(t, w.call(a, "PUT", path+"/grants", native.Grants{UserIDs: []int64{99}}).problem(http.StatusUnprocessableEntity, "user.not_found"), "userIds")
	w.call(a, "PUT", path+"/grants", native.Grants{UserIDs: []int64{bob.ID}}).want(http.StatusOK).into(&g)
	if diff := cmp.Diff([]int64{bob.ID}, g.UserIDs); diff != "" {
		t.Error(diff)
	}
	w.call(b, "GET", path, nil).want(http.StatusOK)
	w.call(b, "DELETE", path, nil).problem(http.StatusForbidden, "user.forbidden")
	w.call(a, "DELETE", fmt.Sprint("/files/", folder.ID), nil).want(http.StatusNoContent)
	w.call(a, "GET", path, nil).problem(http.StatusNotFound, "resource.not_found")
}

// TestFileText lets two people edit one file: the second hears of the first.
func TestFileText(t *testing.T) {
	w := newWorld(t)
	var f native.File
	w.upload(w.admin, "/files", "run.sh", "one\n").problem(http.StatusConflict, "storage.not_started")
	w.withFiles()
	w.upload(w.admin, "/files", "run.sh", "one\n").want(http.StatusCreated).into(&f)
	path := fmt.Sprint("/files/", f.ID, "/content")
	r := w.call(w.admin, "GET", path, nil).want(http.StatusOK)
	tag := r.Header.Get("ETag")
	if tag != `"`+f.SHA256+`"` || got[native.FileText](w, w.admin, path).Content != "one\n" {
		t.Errorf("tag %s, %s", tag, r.Body)
	}
	change := map[string]string{"content": "two <&>\n"}
	w.call(w.admin, "PUT", path, change).want(http.StatusUnprocessableEntity)
	w.call(w.admin, "PUT", path, change, "If-Match", tag).want(http.StatusOK)
	w.call(w.admin, "PUT", path, map[string]string{"content": "three\n"}, "If-Match", tag).problem(http.StatusPreconditionFailed, "revision.changed")
	if text := got[native.FileText](w, w.admin, path); text.Content != "two <&>\n" {
		t.Errorf("the file says %q", text.Content)
	}
	w.upload(w.admin, path, "other.sh", "four\n").want(http.StatusOK).into(&f)
	if f.Name != "run.sh" || f.Size != 5 {
		t.Errorf("replaced: %+v", f)
	}
	w.upload(w.admin, "/files", "a.bin", "\x00").want(http.StatusCreated).into(&f)
	w.call(w.admin, "GET", fmt.Sprint("/files/", f.ID, "/content"), nil).problem(http.StatusUnprocessableEntity, "resource.suffix_unsupported")
}

func TestUDFs(t *testing.T) {
	w := newWorld(t)
	w.withFiles()
	ada, bob := w.user("ada", workflow.RoleGeneral), w.user("bob", workflow.RoleGeneral)
	a, b := w.as(ada), w.as(bob)
	var jar native.File
	w.upload(a, "/files", "fn.jar", "PK", "kind", "UDF").want(http.StatusCreated).into(&jar)
	in := native.UDFInput{Kind: workflow.UDFHive, Name: "fn", ClassName: "org.example.Fn", ResourceID: jar.ID}
	u := made[native.UDF](w, a, "/udfs", in)
	if u.Resource != "/fn.jar" || u.OwnerID != ada.ID {
		t.Errorf("made %+v", u)
	}
	located(t, w.call(a, "POST", "/udfs", in).problem(http.StatusConflict, "udf.exists"), "name")
	in.Name = "1; DROP"
	located(t, w.call(a, "POST", "/udfs", in).problem(http.StatusUnprocessableEntity, "param.invalid"), "name")
	path := fmt.Sprint("/udfs/", u.ID)
	w.call(b, "GET", path, nil).problem(http.StatusForbidden, "user.forbidden")
	w.call(a, "PUT", path+"/grants", native.Grants{UserIDs: []int64{bob.ID}}).want(http.StatusOK)
	w.call(b, "GET", path, nil).want(http.StatusOK)
	w.call(a, "DELETE", path, nil).want(http.StatusNoContent)
}

// databases answer as told.
type databases struct{ fails string }

func (d databases) Validate(workflow.DataSource) error { return nil }
func (d databases) Test(_ context.Context, ds workflow.DataSource) error {
	if ds.Password == d.fails {
		return workflow.Errorf(workflow.Unavailable, "datasource.failed", "access denied")
	}
	return nil
}
func (databases) Databases(context.Context, workflow.DataSource) ([]string, error) {
	return []string{"sales"}, nil
}
func (databases) Tables(_ context.Context, _ workflow.DataSource, database string) ([]usecase.Table, error) {
	return []usecase.Table{{Name: database + "_orders", Kind: "VIEW"}}, nil
}
func (databases) Columns(_ context.Context, _ workflow.DataSource, _, table string) ([]usecase.Column, error) {
	return []usecase.Column{{Name: table + "_id", Type: "bigint", Nullable: true}}, nil
}

func TestDataSources(t *testing.T) {
	w := newWorld(t)
	w.uc.Connector, w.uc.Browser = databases{fails: "wrong"}, databases{}
	ada, bob := w.user("ada", workflow.RoleGeneral), w.user("bob", workflow.RoleGeneral)
	a, b := w.as(ada), w.as(bob)
	in := native.DataSourceInput{Name: "orders", Type: workflow.MySQL, Password: "canary",
		Connection: workflow.Connection{Host: "db", Port: 3306, Database: "sales", User: "reader"}}
	d := made[native.DataSource](w, a, "/data-sources", in)
	path := fmt.Sprint("/data-sources/", d.ID)
	for _, p := range []string{path, "/data-sources", "/data-sources?type=MYSQL&search=ord"} {
		if r := w.call(a, "GET", p, nil).want(http.StatusOK); strings.Contains(string(r.Body), "canary") || !strings.Contains(string(r.Body), `"owner":"ada"`) {
			t.Errorf("%s shows %s", p, r.Body)
		}
	}
	w.call(b, "GET", path, nil).problem(http.StatusForbidden, "user.forbidden")
	w.call(b, "POST", path+"/test", nil).problem(http.StatusForbidden, "user.forbidden")
	w.call(a, "PUT", path+"/grants", native.Grants{UserIDs: []int64{bob.ID}}).want(http.StatusOK)
	w.call(b, "PUT", path, in).problem(http.StatusForbidden, "user.forbidden")
	var tried native.Tried
	w.call(b, "POST", path+"/test", nil).want(http.StatusOK).into(&tried)
	if !tried.OK {
		t.Errorf("tried %+v", tried)
	}
	in.Password = "wrong"
	w.call(a, "POST", "/data-sources:test", in).want(http.StatusOK).into(&tried)
	if tried.OK || tried.Message != "access denied" {
		t.Errorf("tried %+v", tried)
	}
	if diff := cmp.Diff([]native.DataSourceTable{{Name: "sales_orders", Kind: "VIEW"}}, got[native.List[native.DataSourceTable]](w, b, path+"/tables?database=sales").Items); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]native.DataSourceColumn{{Name: "orders_id", Type: "bigint", Nullable: true}}, got[native.List[native.DataSourceColumn]](w, b, path+"/columns?table=orders").Items); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"sales"}, got[native.List[string]](w, b, path+"/databases").Items); diff != "" {
		t.Error(diff)
	}
	w.call(a, "DELETE", path, nil).want(http.StatusNoContent)
}

// ways are those that alerts leave by.
type ways struct{ fails bool }

func (ways) Kinds() []workflow.ChannelKind {
	return []workflow.ChannelKind{workflow.ChannelTelegram, workflow.ChannelMail}
}
func (ways) Check(_ workflow.ChannelKind, settings map[string]string) error {
	if settings["token"] == "" {
		return workflow.Errorf(workflow.Invalid, "channel.setting", "setting token is missing").At("token")
	}
	return nil
}
func (v ways) Try(_ context.Context, _ workflow.ChannelKind, settings map[string]string) error {
	if v.fails || settings["token"] != "canary" {
		return errors.New("nobody answered")
	}
	return nil
}

func TestAlerts(t *testing.T) {
	w := newWorld(t)
	w.uc.Channels = ways{}
	ada := w.user("ada", workflow.RoleGeneral)
	in := native.AlertChannelInput{Name: "ops", Kind: workflow.ChannelTelegram, Enabled: true, Settings: map[string]string{"token": "canary", "chatId": "@ops"}}
	c := made[native.AlertChannel](w, w.admin, "/alert-channels", in)
	if diff := cmp.Diff(map[string]string{"token": "***", "chatId": "@ops"}, c.Settings); diff != "" {
		t.Error(diff)
	}
	path := fmt.Sprint("/alert-channels/", c.ID)
	in.Settings, in.Description = c.Settings, "for the night shift"
	w.call(w.admin, "PUT", path, in).want(http.StatusOK)
	stored, err := w.store.AlertChannels.Get(t.Context(), c.ID)
	must(t, err)
	if stored.Settings["token"] != "canary" {
		t.Error("the token is lost")
	}
	var tried native.Tried
	w.call(w.admin, "POST", path+"/test", nil).want(http.StatusOK).into(&tried)
	if !tried.OK {
		t.Errorf("tried %+v", tried)
	}
	w.uc.Channels = ways{fails: true}
	w.call(w.admin, "POST", path+"/test", nil).want(http.StatusOK).into(&tried)
	if tried.OK || !strings.Contains(tried.Message, "nobody answered") {
		t.Errorf("tried %+v", tried)
	}
	in.Settings = map[string]string{}
	located(t, w.call(w.admin, "PUT", path, in).problem(http.StatusUnprocessableEntity, "channel.setting"), "settings.token")
	if kinds := got[native.List[native.ChannelKind]](w, w.admin, "/alert-channels/kinds"); len(kinds.Items) != 2 || !kinds.Items[0].Settings[0].Secret || kinds.Items[0].Settings[0].Title.Zh == "" {
		t.Errorf("kinds are %+v", kinds)
	}

	g := made[native.AlertGroup](w, w.admin, "/alert-groups", native.AlertGroupInput{Name: "night", UserIDs: []int64{ada.ID}, ChannelIDs: []int64{c.ID}})
	if len(g.UserIDs) != 1 || len(g.ChannelIDs) != 1 || g.Type != "EMAIL" {
		t.Errorf("made %+v", g)
	}
	group := fmt.Sprint("/alert-groups/", g.ID)
	located(t, w.call(w.admin, "PUT", group, native.AlertGroupInput{Name: "night", ChannelIDs: []int64{99}}).problem(http.StatusUnprocessableEntity, "channel.not_found"), "channelIds")
	w.call(w.admin, "PUT", group, native.AlertGroupInput{Name: "nights"}).want(http.StatusOK).into(&g)
	if g.Name != "nights" || len(g.UserIDs) != 0 || len(g.ChannelIDs) != 0 {
		t.Errorf("changed to %+v", g)
	}
	a := w.as(ada)
	w.call(a, "GET", "/alert-deliveries", nil).problem(http.StatusForbidden, "user.forbidden")
	p := made[native.Project](w, a, "/projects", native.ProjectInput{Name: "p"})
	w.call(a, "GET", fmt.Sprint("/alert-deliveries?project=", p.ID), nil).want(http.StatusOK)
	w.call(w.admin, "DELETE", group, nil).want(http.StatusNoContent)
	w.call(w.admin, "DELETE", path, nil).want(http.StatusNoContent)
}
