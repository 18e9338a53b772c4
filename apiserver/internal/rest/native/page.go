package native

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Paging is what every list takes.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"rows of the answer"`
	Cursor string `query:"cursor" maxLength:"200" doc:"next of the page before"`
	Search string `query:"search" maxLength:"200" doc:"part of the name"`
}

// List is a page of a list. Next is empty on the last one.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Total int    `json:"total" doc:"rows of all pages"`
	Next  string `json:"next,omitempty" doc:"the cursor of the next page"`
}

// listed is the answer of a list operation.
type listed[T any] struct{ Body List[T] }

// page turns a cursor into the store's pages. Cursors are opaque to clients:
// they hold how many rows came before.
func (p Paging) page() (store.Page, error) {
	if p.Cursor == "" {
		return store.Page{Number: 1, Size: p.Limit}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil {
		return store.Page{}, badCursor()
	}
	before, err := strconv.Atoi(string(text))
	if err != nil || before < 0 || before%p.Limit != 0 {
		return store.Page{}, badCursor()
	}
	return store.Page{Number: before/p.Limit + 1, Size: p.Limit}, nil
}

func badCursor() error {
	return workflow.Errorf(workflow.Invalid, "cursor.invalid", "the cursor is none of this list, or the limit has changed").At("cursor")
}

// list makes an answer of a page's rows.
func list[R, T any](rows []R, total int, p store.Page, view func(R) T) *listed[T] {
	out := &listed[T]{Body: List[T]{Items: make([]T, len(rows)), Total: total}}
	for i, r := range rows {
		out.Body.Items[i] = view(r)
	}
	if after := p.Offset() + len(rows); after < total && len(rows) > 0 {
		out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(after)))
	}
	return out
}

// moment is a time on the wire, nil when there is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// body is the answer of an operation that gives one thing.
type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{Body: v} }
