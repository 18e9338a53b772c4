// Package s3 keeps blobs as objects of a bucket that speaks the S3 protocol.
package s3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// partSize bounds the memory that an upload of unknown size takes.
const partSize = 16 << 20

// Config names a bucket.
type Config struct {
	Endpoint  string // host:port; s3.amazonaws.com when empty
	Region    string
	Bucket    string
	Prefix    string // of every object, without slashes at its ends
	AccessKey string
	SecretKey string
	Insecure  bool              // http instead of https
	Transport http.RoundTripper // nil: the library's
}

// Store keeps blobs in a bucket.
type Store struct {
	core   minio.Core
	bucket string
	prefix string // "" or with a slash at its end
}

var _ blob.Store = (*Store)(nil)

// New checks that the bucket is there; it is not made.
func New(ctx context.Context, c Config) (*Store, error) {
	if c.Endpoint == "" {
		c.Endpoint = "s3.amazonaws.com"
	}
	core, err := minio.NewCore(c.Endpoint, &minio.Options{
		Creds:     credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:    !c.Insecure,
		Region:    c.Region,
		Transport: c.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("making S3 client: %w", err)
	}
	s := &Store{core: *core, bucket: c.Bucket}
	if prefix := strings.Trim(c.Prefix, "/"); prefix != "" {
		if err := blob.CheckKey(prefix); err != nil {
			return nil, fmt.Errorf("prefix in bucket: %w", err)
		}
		s.prefix = prefix + "/"
	}
	found, err := s.core.BucketExists(ctx, c.Bucket)
	if err != nil {
		return nil, fmt.Errorf("looking for bucket %s: %w", c.Bucket, err)
	}
	if !found {
		return nil, fmt.Errorf("there is no bucket %s at %s", c.Bucket, c.Endpoint)
	}
	return s, nil
}

// Close has nothing to do: connections belong to the transport.
func (s *Store) Close() error { return nil }

// Put uploads an object; it appears when it is complete.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	// Chunks that are signed one by one are more than many services of other
	// makers understand; the parts carry checksums.
	options := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableContentSha256: true}
	source := blob.Exactly(ctx, r, size)
	body := bufio.NewReader(source)
	if size < 0 {
		options.PartSize, size = partSize, -1
		if _, err := body.Peek(1); err == io.EOF {
			size = 0
		}
	}
	if size == 0 { // any other body is sent without a length, which services refuse
		return s.put(ctx, key, source, http.NoBody, 0, options)
	}
	return s.put(ctx, key, source, body, size, options)
}

func (s *Store) put(ctx context.Context, key string, source *blob.Source, body io.Reader, size int64, options minio.PutObjectOptions) error {
	_, err := s.core.Client.PutObject(ctx, s.bucket, s.prefix+key, body, size, options)
	if cause := source.Err(); cause != nil {
		return fmt.Errorf("reading blob %s: %w", key, cause)
	}
	if err != nil {
		return translate(key, err)
	}
	return nil
}

// Get reads a range of an object.
func (s *Store) Get(ctx context.Context, key string, offset, limit int64) (io.ReadCloser, error) {
	if err := errors.Join(blob.CheckKey(key), blob.CheckRange(offset, limit)); err != nil {
		return nil, err
	}
	var options minio.GetObjectOptions
	if err := setRange(&options, offset, limit); err != nil {
		return nil, fmt.Errorf("blob %s: %w", key, err)
	}
	body, _, _, err := s.core.GetObject(ctx, s.bucket, s.prefix+key, options)
	if minio.ToErrorResponse(err).Code == minio.InvalidRange { // beyond the end of an object that is there
		return io.NopCloser(strings.NewReader("")), nil
	}
	if err != nil {
		return nil, translate(key, err)
	}
	return body, nil
}

func setRange(options *minio.GetObjectOptions, offset, limit int64) error {
	switch {
	case limit > 0:
		return options.SetRange(offset, offset+limit-1)
	case offset > 0:
		return options.SetRange(offset, 0)
	}
	return nil
}

// Stat describes an object.
func (s *Store) Stat(ctx context.Context, key string) (blob.Info, error) {
	if err := blob.CheckKey(key); err != nil {
		return blob.Info{}, err
	}
	info, err := s.core.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return blob.Info{}, translate(key, err)
	}
	return blob.Info{Key: key, Size: info.Size, ModTime: info.LastModified}, nil
}

// Delete removes an object.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	err := s.core.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
	if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchKey {
		return translate(key, err)
	}
	return nil
}

// List yields objects page by page.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		if err := blob.CheckPrefix(prefix); err != nil {
			yield(blob.Info{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		options := minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true}
		for object := range s.core.ListObjectsIter(ctx, s.bucket, options) {
			if object.Err != nil {
				yield(blob.Info{}, translate(prefix, object.Err))
				return
			}
			key := strings.TrimPrefix(object.Key, s.prefix)
			if blob.CheckKey(key) != nil { // not made by us
				continue
			}
			if !yield(blob.Info{Key: key, Size: object.Size, ModTime: object.LastModified}, nil) {
				return
			}
		}
	}
}

// translate turns an error of the service into one of the store.
func translate(key string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("blob %s: %w", key, err)
	}
	response := minio.ToErrorResponse(err)
	switch {
	case response.Code == minio.NoSuchKey, response.StatusCode == http.StatusNotFound && response.Code != minio.NoSuchBucket:
		return blob.NotFound(key)
	case response.StatusCode == 0, response.StatusCode >= http.StatusInternalServerError:
		return &workflow.Error{Code: workflow.Unavailable, Reason: "blob.unavailable",
			Message: fmt.Sprintf("blob %s: the object store does not answer", key), Err: err}
	}
	return fmt.Errorf("blob %s: %w", key, err)
}
