package native

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// AuditEntry is a change that somebody made.
type AuditEntry struct {
	ID         int64           `json:"id"`
	Time       *time.Time      `json:"time"`
	UserID     int64           `json:"userId" doc:"0: the program itself"`
	User       string          `json:"user"`
	IP         string          `json:"ip"`
	Action     string          `json:"action"`
	Resource   string          `json:"resource"`
	ResourceID string          `json:"resourceId"`
	Name       string          `json:"name"`
	ProjectID  int64           `json:"projectId"`
	Before     json.RawMessage `json:"before,omitempty"`
	After      json.RawMessage `json:"after,omitempty"`
}

func (a *API) declareAudit() {
	add(a, op{ID: "listAudit", Method: http.MethodGet, Path: "/audit", Tag: "Audit", Access: AdminOnly,
		Summary: "Who changed what, newest first"}, a.listAudit)
}

// auditQuery narrows the list of changes.
type auditQuery struct {
	Limit    int       `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Cursor   string    `query:"cursor" maxLength:"200" doc:"next of the page before"`
	User     int64     `query:"user" doc:"id of who changed something"`
	Project  int64     `query:"project"`
	Resource string    `query:"resource" maxLength:"64"`
	Action   string    `query:"action" maxLength:"64"`
	From     time.Time `query:"from"`
	To       time.Time `query:"to"`
}

// Changes is a page of changes; how many there are is not counted.
type Changes struct {
	Items []AuditEntry `json:"items" nullable:"false"`
	Next  string       `json:"next,omitempty" doc:"the cursor of the next page"`
}

func (a *API) listAudit(ctx context.Context, in *auditQuery) (*body[Changes], error) {
	var before int64
	if in.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || before < 1 {
			return nil, badCursor()
		}
	}
	rows, err := a.uc.Changes(ctx, callerOf(ctx), store.AuditFilter{UserID: in.User, ProjectID: in.Project, Resource: in.Resource,
		Action: in.Action, From: in.From, To: in.To}, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := Changes{Items: []AuditEntry{}}
	for i, e := range rows {
		if i == in.Limit {
			out.Next = strconv.FormatInt(rows[i-1].ID, 10)
			break
		}
		out.Items = append(out.Items, auditEntry(e))
	}
	return answer(out), nil
}

func auditEntry(e workflow.AuditEntry) AuditEntry {
	return AuditEntry{ID: e.ID, Time: moment(e.Time), UserID: e.UserID, User: e.UserName, IP: e.IP, Action: e.Action, Resource: e.Resource,
		ResourceID: e.ResourceID, Name: e.Name, ProjectID: e.ProjectID, Before: json.RawMessage(e.Before), After: json.RawMessage(e.After)}
}
