package dolphin_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// script makes a file of the owner in a folder.
func (s *show) script() (folder, file int64) {
	s.t.Helper()
	folder = s.folder(s.asUser, "FILE", -1, "/", "d")
	return folder, s.file(s.asUser, "FILE", folder, "/d", "a.sh", "one\ntwo\nthree")
}

// gone reports whether there is no such resource.
func (s *show) gone(id int64) bool {
	s.t.Helper()
	_, err := s.store.Resources.Get(s.t.Context(), id)
	return workflow.ErrorCode(err) == workflow.NotFound
}

// What scenarios about a sort of things begin with: one of them.
func aUDF(s *show) int64    { return s.udf("f") }
func aSource(s *show) int64 { return s.source("d") }
func aGroup(s *show) int64  { return s.group("g", s.owner.ID) }

// removal deletes a thing; look says what the store knows of it then.
func removal(made func(*show) int64, look func(s *show, id int64) error) scenario {
	return func(s *show) {
		id := made(s)
		s.ok("id", fmt.Sprint(id))
		err := look(s, id)
		s.is(workflow.ErrorCode(err) == workflow.NotFound, "it is there: %v", err)
	}
}

// nameCheck asks for a free name and for that of a thing which is there.
func nameCheck(made func(*show) int64, path, param, name string, taken status.Constant) scenario {
	return func(s *show) {
		made(s)
		s.ok(param, "free")
		s.get(path, param, name).is(s.t, ok, taken)
	}
}

// ungranted lists what a user may not use, with a thing that he may not.
func ungranted(made func(*show) int64) scenario {
	return func(s *show) {
		made(s)
		s.ok("userId", fmt.Sprint(s.user("eve", workflow.RoleGeneral).ID))
	}
}

// grantedTo lists what a user was granted, with a thing.
func grantedTo(made func(*show) int64, grant func(s *show, userID, id int64) error) scenario {
	return func(s *show) {
		u := s.user("eve", workflow.RoleGeneral)
		must(s.t, grant(s, u.ID, made(s)))
		s.ok("userId", fmt.Sprint(u.ID))
	}
}

func resourceScenarios() map[string]scenario {
	all := map[string]scenario{
		"Resources.createDirectory": func(s *show) {
			r := into[resource](s.t, s.okAs(s.asUser, "type", "FILE", "name", "d", "description", "x", "pid", "-1", "currentDir", "/"))
			got, err := s.store.Resources.Get(s.t.Context(), r.ID)
			s.is(err == nil && got.Directory && got.FullName == "/d" && got.UserID == s.owner.ID, "folder is %+v, %v", got, err)
		},
		"Resources.createResource": func(s *show) {
			r := into[resource](s.t, s.okAs(s.asUser, "type", "FILE", "name", "a.sh", "description", "x", "pid", "-1", "currentDir", "/", "@file", "b.sh:content"))
			s.is(s.text(r.ID) == "content" && r.Size == 7, "file is %+v %q", r, s.text(r.ID))
		},
		"Resources.updateResource": func(s *show) {
			_, file := s.script()
			s.ok("id", fmt.Sprint(file), "type", "FILE", "name", "b.sh", "description", "new", "@file", "b.sh:new content")
			got, err := s.store.Resources.Get(s.t.Context(), file)
			s.is(err == nil && got.FullName == "/d/b.sh" && s.text(file) == "new content", "file is %+v, %v", got, err)
		},
		"Resources.queryResourceList": func(s *show) {
			s.script()
			got := names(into[[]node](s.t, s.ok("type", "FILE")))
			s.is(slices.Equal(got, []string{"/d", "/d/a.sh"}), "tree is %v", got)
		},
		"Resources.queryResourceListPaging": func(s *show) {
			folder, _ := s.script()
			r := s.ok(append(firstPage, "type", "FILE", "id", fmt.Sprint(folder), "searchVal", "a")...)
			s.is(strings.Contains(string(r.Data), `"total":1`), "answered %s", r.Data)
		},
		"Resources.deleteResource": func(s *show) {
			folder, file := s.script()
			s.ok("id", fmt.Sprint(folder))
			s.is(s.gone(folder) && s.gone(file), "it is there")
		},
		"Resources.verifyResourceName": func(s *show) {
			s.script()
			s.ok("fullName", "/d/free.sh", "type", "FILE")
			s.get("/resources/verify-name", "fullName", "/d/a.sh", "type", "FILE").is(s.t, ok, status.ResourceExist)
		},
		"Resources.queryResourceJarList": func(s *show) {
			s.file(s.asUser, "FILE", -1, "/", "a.jar", "x")
			s.script()
			got := names(into[[]node](s.t, s.ok("type", "FILE", "programType", "JAVA")))
			s.is(slices.Contains(got, "/a.jar") && !slices.Contains(got, "/d/a.sh"), "tree is %v", got)
		},
		"Resources.queryResource": func(s *show) {
			_, file := s.script()
			r := into[resource](s.t, s.ok("fullName", "/d/a.sh", "type", "FILE"))
			s.is(r.ID == file, "resource is %+v", r)
		},
		"Resources.viewResource": func(s *show) {
			_, file := s.script()
			got := into[struct{ Alias, Content string }](s.t, s.ok("id", fmt.Sprint(file), "skipLineNum", "1", "limit", "1"))
			s.is(got.Alias == "a.sh" && strings.TrimSpace(got.Content) == "two", "text is %+v", got)
		},
		"Resources.onlineCreateResource": func(s *show) {
			r := into[resource](s.t, s.okAs(s.asUser, "type", "FILE", "fileName", "a", "suffix", "sh", "description", "x", "content", "echo", "pid", "-1", "currentDir", "/"))
			s.is(r.FullName == "/a.sh" && s.text(r.ID) == "echo", "file is %+v", r)
		},
		"Resources.updateResourceContent": func(s *show) {
			_, file := s.script()
			s.ok("id", fmt.Sprint(file), "content", "new")
			s.is(s.text(file) == "new", "text is %q", s.text(file))
		},
		"Resources.downloadResource": func(s *show) {
			_, file := s.script()
			r := s.ok("id", fmt.Sprint(file))
			s.is(string(r.Body) == "one\ntwo\nthree", "text is %q", r.Body)
		},
		"Resources.authorizedFile": func(s *show) {
			folder, _ := s.script()
			u := s.user("eve", workflow.RoleGeneral)
			must(s.t, s.store.Resources.Grant(s.t.Context(), u.ID, map[int64]workflow.Perm{folder: workflow.PermRead}))
			got := names(into[[]node](s.t, s.ok("userId", fmt.Sprint(u.ID))))
			s.is(slices.Equal(got, []string{"/d", "/d/a.sh"}), "granted %v", got)
		},
		"Resources.authorizeResourceTree": func(s *show) {
			s.script()
			got := names(into[[]node](s.t, s.ok("userId", fmt.Sprint(s.user("eve", workflow.RoleGeneral).ID))))
			s.is(slices.Equal(got, []string{"/d", "/d/a.sh"}), "to grant %v", got)
		},
	}
	for name, story := range udfScenarios() {
		all[name] = story
	}
	return all
}

func udfScenarios() map[string]scenario {
	fields := func(s *show, name string) []string {
		return []string{"type", "HIVE", "funcName", name, "className", "a.B", "argTypes", "int", "database", "d", "description", "x",
			"resourceId", fmt.Sprint(s.file(s.asUser, "UDF", -1, "/", name+"-new.jar", "x"))}
	}
	return map[string]scenario{
		"Resources.createUdfFunc": func(s *show) {
			s.okAs(s.asUser, fields(s, "f")...)
			got, err := s.store.UDFs.ByName(s.t.Context(), "f")
			s.is(err == nil && got.UserID == s.owner.ID && got.ClassName == "a.B" && got.Kind == workflow.UDFHive, "function is %+v, %v", got, err)
		},
		"Resources.viewUIUdfFunction": func(s *show) {
			s.is(strings.Contains(string(s.ok("id", fmt.Sprint(s.udf("f"))).Data), `"funcName":"f"`), "another function")
		},
		"Resources.updateUdfFunc": func(s *show) {
			id := s.udf("f")
			s.ok(append(fields(s, "g"), "id", fmt.Sprint(id))...)
			got, err := s.store.UDFs.Get(s.t.Context(), id)
			s.is(err == nil && got.Name == "g" && got.ArgTypes == "int", "function is %+v, %v", got, err)
		},
		"Resources.queryUdfFuncListPaging": func(s *show) { s.udf("f"); s.ok(firstPage...) },
		"Resources.queryUdfFuncList":       func(s *show) { s.udf("f"); s.ok("type", "HIVE") },
		"Resources.verifyUdfFuncName":      nameCheck(aUDF, "/resources/udf-func/verify-name", "name", "f", status.UDFFunctionExists),
		"Resources.deleteUdfFunc":          removal(aUDF, func(s *show, id int64) error { _, err := s.store.UDFs.Get(s.t.Context(), id); return err }),
		"Resources.unauthUDFFunc":          ungranted(aUDF),
		"Resources.authorizedUDFFunction":  grantedTo(aUDF, func(s *show, user, id int64) error { return s.store.UDFs.Grant(s.t.Context(), user, []int64{id}) }),
	}
}

func dataSourceScenarios() map[string]scenario {
	return map[string]scenario{
		"DataSource.createDataSource": func(s *show) {
			databases(s.tt(), s.world)
			s.okAs(s.asUser, sourceForm("mine")...)
			got, err := s.store.DataSources.ByName(s.t.Context(), "mine")
			s.is(err == nil && got.UserID == s.owner.ID && got.Password == theSecret && got.Connection.Database == "mine.db", "data source is %+v, %v", got, err)
		},
		"DataSource.updateDataSource": func(s *show) {
			databases(s.tt(), s.world)
			id := s.source("d")
			s.ok(append(sourceForm("e", "password", ""), "id", fmt.Sprint(id))...)
			got, err := s.store.DataSources.Get(s.t.Context(), id)
			s.is(err == nil && got.Name == "e" && got.Type == workflow.SQLite && got.Password == "hidden", "data source is %+v, %v", got, err)
		},
		"DataSource.queryDataSource": func(s *show) {
			r := s.ok("id", fmt.Sprint(s.source("d")))
			s.is(strings.Contains(string(r.Data), `"port":"3306"`) && !strings.Contains(string(r.Body), "hidden"), "answered %s", r.Data)
		},
		"DataSource.queryDataSourceList": func(s *show) {
			s.source("d")
			r := s.ok("type", "MYSQL")
			s.is(!strings.Contains(string(r.Body), "hidden"), "answered %s", r.Data)
		},
		"DataSource.queryDataSourceListPaging": func(s *show) {
			s.source("d")
			s.ok(append(firstPage, "searchVal", "d")...)
		},
		"DataSource.connectDataSource": func(s *show) {
			databases(s.tt(), s.world)
			s.ok(sourceForm("try")...)
			_, err := s.store.DataSources.ByName(s.t.Context(), "try")
			s.is(workflow.ErrorCode(err) == workflow.NotFound, "the settings were stored: %v", err)
		},
		"DataSource.connectionTest": func(s *show) {
			databases(s.tt(), s.world)
			d := workflow.DataSource{Name: "lite", Type: workflow.SQLite, UserID: s.owner.ID,
				Connection: workflow.Connection{Database: "lite.db", Options: map[string]string{"mode": "rwc"}}}
			must(s.t, s.store.DataSources.Create(s.t.Context(), &d))
			s.ok("id", fmt.Sprint(d.ID))
		},
		"DataSource.delete":               removal(aSource, func(s *show, id int64) error { _, err := s.store.DataSources.Get(s.t.Context(), id); return err }),
		"DataSource.verifyDataSourceName": nameCheck(aSource, "/datasources/verify-name", "name", "d", status.DatasourceExist),
		"DataSource.unauthDatasource":     ungranted(aSource),
		"DataSource.authedDatasource": grantedTo(aSource, func(s *show, user, id int64) error {
			return s.store.DataSources.Grant(s.t.Context(), user, []int64{id})
		}),
		"DataSource.getKerberosStartupState": func(s *show) { s.ok() },
	}
}

func alertScenarios() map[string]scenario {
	return map[string]scenario{
		"AlertGroup.createAlertgroup": func(s *show) {
			s.ok("groupName", "g", "groupType", "EMAIL", "description", "d")
			got, err := s.store.AlertGroups.ByName(s.t.Context(), "g")
			s.is(err == nil && got.Type == "EMAIL" && got.Description == "d", "group is %+v, %v", got, err)
		},
		"AlertGroup.list":       func(s *show) { s.ok() },
		"AlertGroup.listPaging": func(s *show) { s.ok(firstPage...) },
		"AlertGroup.updateAlertgroup": func(s *show) {
			id := s.group("g")
			s.ok("id", fmt.Sprint(id), "groupName", "h", "groupType", "SMS", "description", "e")
			got, err := s.store.AlertGroups.Get(s.t.Context(), id)
			s.is(err == nil && got.Name == "h" && got.Type == "SMS" && got.Description == "e", "group is %+v, %v", got, err)
		},
		"AlertGroup.delAlertgroupById": removal(aGroup, func(s *show, id int64) error { _, err := s.store.AlertGroups.Get(s.t.Context(), id); return err }),
		"AlertGroup.verifyGroupName":   nameCheck(aGroup, "/alert-group/verify-group-name", "groupName", "g", status.AlertGroupExist),
		"AlertGroup.grantUser": func(s *show) {
			id := s.group("g")
			s.ok("alertgroupId", fmt.Sprint(id), "userIds", fmt.Sprintf("%d,1", s.owner.ID))
			users, err := s.store.AlertGroups.Users(s.t.Context(), id)
			s.is(err == nil && len(users) == 2, "users are %+v, %v", users, err)
		},
	}
}
