package remotelog

import (
	"context"
	"io"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
)

// Blobs reads logs that were shipped to a blob store.
type Blobs struct {
	Store blob.Store
	Key   func(attemptID int64) string // where an attempt's log is
}

var _ Shipped = Blobs{}

// ReadLog implements Shipped.
func (b Blobs) ReadLog(ctx context.Context, attemptID, offset, limit int64, w io.Writer) error {
	r, err := b.Store.Get(ctx, b.Key(attemptID), offset, limit)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(w, r)
	return err
}

// LogSize implements Shipped.
func (b Blobs) LogSize(ctx context.Context, attemptID int64) (int64, error) {
	info, err := b.Store.Stat(ctx, b.Key(attemptID))
	return info.Size, err
}
