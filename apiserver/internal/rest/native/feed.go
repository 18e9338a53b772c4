package native

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// Feeding is what every list takes that may be of any length.
type Feeding struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"rows of the answer, at most: there may be fewer and still more pages"`
	Cursor string `query:"cursor" maxLength:"200" doc:"next of the page before"`
}

// Feed is a page of a list of any length, newest first. Nobody counts its rows.
type Feed[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"the cursor of the next page; none: this is the last one"`
}

// fed is the answer of a feed operation.
type fed[T any] struct{ Body Feed[T] }

// place reads a cursor.
func (f Feeding) place() (store.Place, error) {
	var p store.Place
	if f.Cursor == "" {
		return p, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil {
		return p, badCursor()
	}
	var at int64
	if _, err := fmt.Sscanf(string(text), "%d.%d", &p.ID, &at); err != nil || p.ID <= 0 || strings.Contains(string(text), " ") {
		return p, badCursor()
	}
	if at != 0 {
		p.At = time.UnixMilli(at).UTC()
	}
	return p, nil
}

// feed makes an answer of a page's rows.
func feed[R, T any](rows []R, next store.Place, view func(R) T) *fed[T] {
	out := &fed[T]{Body: Feed[T]{Items: make([]T, len(rows))}}
	for i, r := range rows {
		out.Body.Items[i] = view(r)
	}
	if next.ID != 0 {
		at := int64(0)
		if !next.At.IsZero() {
			at = next.At.UnixMilli()
		}
		out.Body.Next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", next.ID, at))
	}
	return out
}
