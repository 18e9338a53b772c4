package dolphin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// dataSourceJSON is a DataSource.
type dataSourceJSON struct {
	ID               int64                   `json:"id"`
	UserID           int64                   `json:"userId"`
	UserName         *string                 `json:"userName"`
	Name             string                  `json:"name"`
	Note             string                  `json:"note"`
	Type             workflow.DataSourceType `json:"type"`
	ConnectionParams string                  `json:"connectionParams"`
	CreateTime       Date                    `json:"createTime"`
	UpdateTime       Date                    `json:"updateTime"`
}

func encodeDataSource(r store.DataSourceRow) dataSourceJSON {
	return dataSourceJSON{
		ID: r.ID, UserID: r.UserID, UserName: orNull(r.UserName), Name: r.Name, Note: r.Note, Type: r.Type,
		ConnectionParams: connectionParams(r.DataSource), CreateTime: Date(r.CreateTime), UpdateTime: Date(r.UpdateTime),
	}
}

// dataSourceForm is what an editor fills its form with.
type dataSourceForm struct {
	Name        string                  `json:"name"`
	Note        string                  `json:"note"`
	Type        workflow.DataSourceType `json:"type"`
	ConnectType string                  `json:"connectType,omitempty"`
	Host        string                  `json:"host"`
	Port        string                  `json:"port"`
	Principal   string                  `json:"principal"`
	Database    string                  `json:"database"`
	UserName    string                  `json:"userName"`
	Password    string                  `json:"password"`
	Other       map[string]string       `json:"other"`
}

func encodeDataSourceForm(d workflow.DataSource) dataSourceForm {
	c := d.Connection
	f := dataSourceForm{
		Name: d.Name, Note: d.Note, Type: d.Type, Host: c.Host, Port: portText(c.Port), Principal: c.Principal,
		Database: c.Database, UserName: c.User, Password: usecase.HiddenPassword, Other: map[string]string{},
	}
	maps.Copy(f.Other, c.Options)
	if d.Type == workflow.Oracle {
		f.ConnectType = connectTypeOf(c)
	}
	return f
}

func connectTypeOf(c workflow.Connection) string {
	if c.ConnectType == "" {
		return "ORACLE_SERVICE_NAME"
	}
	return c.ConnectType
}

func portText(port int) string {
	if port == 0 {
		return ""
	}
	return strconv.Itoa(port)
}

// connectionJSON are the connection parameters as 1.3.9 keeps them: JSON inside
// a text. Nothing here connects by them.
type connectionJSON struct {
	ConnectType string `json:"connectType,omitempty"`
	Address     string `json:"address"`
	Database    string `json:"database"`
	JDBCURL     string `json:"jdbcUrl"`
	User        string `json:"user"`
	Password    string `json:"password"`
	Other       string `json:"other,omitempty"`
}

// jdbcScheme begins the address of a type with a host.
func jdbcScheme(t workflow.DataSourceType) string {
	switch t {
	case workflow.TiDB, workflow.Doris, workflow.StarRocks:
		return "mysql"
	case workflow.Hive, workflow.Spark:
		return "hive2"
	}
	return strings.ToLower(string(t))
}

func connectionParams(d workflow.DataSource) string {
	c := d.Connection
	p := connectionJSON{
		Address: address(d), Database: c.Database, User: c.User, Password: usecase.HiddenPassword, Other: otherText(d),
	}
	p.JDBCURL = p.Address + "/" + c.Database
	switch {
	case d.Type == workflow.SQLServer:
		p.JDBCURL = p.Address + ";databaseName=" + c.Database
	case d.Type == workflow.SQLite:
		p.JDBCURL = p.Address + c.Database
	case d.Type == workflow.Oracle:
		p.ConnectType = connectTypeOf(c)
		if p.ConnectType == "ORACLE_SID" {
			p.JDBCURL = p.Address + ":" + c.Database
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		panic(fmt.Sprintf("encoding connection parameters: %v", err)) // texts always encode
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func address(d workflow.DataSource) string {
	c := d.Connection
	var hosts []string
	for host := range strings.SplitSeq(c.Host, ",") {
		if c.Port != 0 {
			host += ":" + strconv.Itoa(c.Port)
		}
		hosts = append(hosts, host)
	}
	all := strings.Join(hosts, ",")
	switch {
	case d.Type == workflow.SQLite:
		return "jdbc:sqlite:"
	case d.Type == workflow.Oracle && connectTypeOf(c) == "ORACLE_SID":
		return "jdbc:oracle:thin:@" + all
	case d.Type == workflow.Oracle:
		return "jdbc:oracle:thin:@//" + all
	}
	return "jdbc:" + jdbcScheme(d.Type) + "://" + all
}

// otherText writes options the way the type's driver for Java takes them.
func otherText(d workflow.DataSource) string {
	separator := "&"
	switch d.Type {
	case workflow.Hive, workflow.Spark, workflow.DB2, workflow.SQLServer:
		separator = ";"
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(d.Connection.Options)) {
		out = append(out, name+"="+d.Connection.Options[name])
	}
	return strings.Join(out, separator)
}

// portOf reads a port; an empty one is the type's own.
func portOf(text string) (int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, &Failure{Constant: status.DatasourcePortIllegal, Detail: "a port is a number from 1 to 65535"}
	}
	return int(port), nil
}

// optionsOf reads a JSON object of texts, numbers and truth values.
func optionsOf(text string) (map[string]string, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "null" {
		return nil, nil
	}
	var given map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil || decoder.More() {
		return nil, &Failure{Constant: status.DatasourceOtherParamsIllegal, Detail: "other is a JSON object"}
	}
	options := map[string]string{}
	for name, v := range given {
		switch v := v.(type) {
		case string:
			options[name] = v
		case bool:
			options[name] = strconv.FormatBool(v)
		case json.Number:
			options[name] = v.String()
		default:
			return nil, &Failure{Constant: status.DatasourceOtherParamsIllegal, Detail: "the values of other are texts"}
		}
	}
	return options, nil
}
