package usecase

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// resourceKeys begins the keys of contents of resources.
const resourceKeys = "resources/"

// Upload is content in the blob store that no resource names yet.
type Upload struct {
	FileName string // as the client calls it
	Size     int64
	SHA256   string // hex

	key string
	// named says that a row may name the content, so that only the sweep, which
	// looks, may remove it.
	named bool
}

// Receive puts content under a new key while it arrives, and nothing there
// when r fails before its end. The caller discards the upload in the end.
// Reasons: "storage.not_started", "resource.too_large".
func (s *Service) Receive(ctx context.Context, fileName string, r io.Reader) (*Upload, error) {
	if s.Blobs == nil {
		return nil, noStorage()
	}
	u := &Upload{FileName: fileName, key: resourceKeys + uuid.NewString()}
	digest := sha256.New()
	// The store goes on for a moment after a client left, to clean up.
	storing, cancel := outlive(ctx, 10*time.Second)
	defer cancel()
	content := &bounded{ctx: ctx, r: io.TeeReader(r, digest), most: s.MaxUpload()}
	if err := s.Blobs.Put(storing, u.key, content, -1); err != nil {
		return nil, err
	}
	u.Size, u.SHA256 = content.n, hex.EncodeToString(digest.Sum(nil))
	return u, nil
}

// Discard removes an upload that no resource has taken.
func (s *Service) Discard(ctx context.Context, u *Upload) {
	if !u.named {
		s.dropBlobs(ctx, u.key)
	}
}

// give makes the upload the content of a resource, once its row is written.
func (u *Upload) give(r *workflow.Resource) {
	r.FileName, r.Size, r.Key, r.SHA256 = u.FileName, u.Size, u.key, u.SHA256
}

// take lets write name the upload in a row. After a clear refusal none does;
// after any other error one might. Without an upload it is just write.
func (u *Upload) take(write func() error) error {
	if u == nil {
		return write()
	}
	u.named = true
	err := write()
	switch workflow.ErrorCode(err) {
	case workflow.Invalid, workflow.NotFound, workflow.Exists, workflow.Conflict, workflow.Forbidden:
		u.named = false
	}
	return err
}

// dropBlobs removes contents that no row names. What fails here the sweep
// removes later.
func (s *Service) dropBlobs(ctx context.Context, keys ...string) {
	if s.Blobs == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	for _, key := range keys {
		if err := s.Blobs.Delete(ctx, key); err != nil {
			s.Log.WarnContext(ctx, "removing the content of a resource; the sweep will try again", "key", key, "error", err)
		}
	}
}

// TooLarge is the refusal of a file of more than most bytes.
func TooLarge(most int64) error {
	return workflow.Errorf(workflow.Invalid, "resource.too_large", "the file is larger than %d bytes", most).At("file")
}

func noStorage() error {
	return workflow.Errorf(workflow.Conflict, "storage.not_started", "this server has no storage for resources")
}

// bounded is content of at most most bytes. It fails once ctx has ended.
type bounded struct {
	ctx  context.Context // of the one upload that reads
	r    io.Reader
	n    int64 // read so far
	most int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.r.Read(p)
	if b.n += int64(n); b.n > b.most {
		return 0, TooLarge(b.most)
	}
	return n, err
}

// outlive gives a context that ends some time after ctx.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}
