package dolphin_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/local"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

var placedAtRoot = []string{"type", "FILE", "pid", "-1", "currentDir", "/"}

// stream posts a file whose content is written by write, with the text parts
// before or after it.
func (w *world) stream(ctx context.Context, fileName string, textsFirst bool, write func(io.Writer) error, texts ...string) (reply, error) {
	pr, pw := io.Pipe()
	form := multipart.NewWriter(pw)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pw.CloseWithError(writeForm(form, fileName, textsFirst, write, texts))
	}()
	defer func() { _ = pr.Close(); <-done }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/resources/create", pr)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("token", w.admin)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	r := reply{HTTP: res.StatusCode, Header: res.Header}
	if r.Body, err = io.ReadAll(res.Body); err == nil {
		r.decode()
	}
	return r, err
}

func writeForm(form *multipart.Writer, fileName string, textsFirst bool, write func(io.Writer) error, texts []string) error {
	fields := func() error {
		for i := 0; i < len(texts); i += 2 {
			if err := form.WriteField(texts[i], texts[i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	if textsFirst {
		if err := fields(); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", fileName)
	if err != nil {
		return err
	}
	if err := write(part); err != nil {
		return err
	}
	if !textsFirst {
		if err := fields(); err != nil {
			return err
		}
	}
	return form.Close()
}

// noise writes n bytes that do not repeat, and calls watch now and then.
func noise(n int64, watch func()) func(io.Writer) error {
	return func(w io.Writer) error {
		src, buf := rand.NewChaCha8([32]byte{1}), make([]byte, 64<<10)
		for n > 0 {
			piece := buf[:min(n, int64(len(buf)))]
			_, _ = src.Read(piece) // never fails
			if _, err := w.Write(piece); err != nil {
				return err
			}
			if n -= int64(len(piece)); n%(16<<20) == 0 {
				watch()
			}
		}
		return nil
	}
}

// TestLargeUploadsTakeLittleMemory sends a file that is larger than the heap may
// become.
func TestLargeUploadsTakeLittleMemory(t *testing.T) {
	const size, most = 256 << 20, 48 << 20
	for name, textsFirst := range map[string]bool{"texts first": true, "texts last": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			runtime.GC()
			var before, now runtime.MemStats
			runtime.ReadMemStats(&before)
			highest := uint64(0)
			r, err := w.stream(t.Context(), "large.bin", textsFirst, noise(size, func() {
				runtime.ReadMemStats(&now)
				highest = max(highest, now.HeapInuse)
			}), append(placedAtRoot, "name", "large.bin")...)
			if err != nil || r.Code != 0 {
				t.Fatalf("answered %s, %v", r.Body, err)
			}
			if grown := int64(highest) - int64(before.HeapInuse); grown > most {
				t.Errorf("the heap grew by %d bytes", grown)
			}
			got, err := w.store.Resources.ByFullName(t.Context(), workflow.ResourceFile, "/large.bin")
			must(t, err)
			digest := sha256.New()
			must(t, noise(size, func() {})(digest))
			if got.Size != size || got.SHA256 != hex.EncodeToString(digest.Sum(nil)) {
				t.Errorf("kept %+v", got)
			}
			kept := sha256.New()
			must(t, w.uc.CopyResource(t.Context(), got, kept))
			if hex.EncodeToString(kept.Sum(nil)) != got.SHA256 {
				t.Error("the content is not what was sent")
			}
		})
	}
}

// TestLargeDownloads takes a file back, in full and cut off.
func TestLargeDownloads(t *testing.T) {
	w := newWorld(t)
	const size = 8 << 20
	r, err := w.stream(t.Context(), "l.bin", true, noise(size, func() {}), append(placedAtRoot, "name", "l.bin")...)
	if err != nil || r.Code != 0 {
		t.Fatalf("answered %s, %v", r.Body, err)
	}
	got := w.get("/resources/download", "id", "1")
	if len(got.Body) != size || got.Header.Get("Content-Length") != fmt.Sprint(size) {
		t.Errorf("got %d bytes, %v", len(got.Body), got.Header)
	}
	// A content that is shorter than its row says must not look complete.
	resource, err := w.store.Resources.Get(t.Context(), 1)
	must(t, err)
	must(t, w.uc.Blobs.Put(t.Context(), resource.Key, strings.NewReader("short"), 5))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/resources/download?id=1", nil)
	must(t, err)
	req.Header.Set("token", w.admin)
	res, err := http.DefaultTransport.RoundTrip(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Error("a cut content looks complete")
	}
	must(t, w.uc.Blobs.Delete(t.Context(), resource.Key))
	if r := w.get("/resources/download", "id", "1"); r.HTTP != http.StatusBadRequest || string(r.Body) != "resource not exist" {
		t.Errorf("a lost content: HTTP %d %q", r.HTTP, r.Body)
	}
}

// TestAbortedUploadsLeaveNothing cuts uploads at many places.
func TestAbortedUploadsLeaveNothing(t *testing.T) {
	t.Run("disk", func(t *testing.T) {
		w, folder := newWorld(t), t.TempDir()
		store, err := local.New(folder)
		must(t, err)
		t.Cleanup(func() { _ = store.Close() })
		w.uc.Blobs = store
		abortUploads(t, w)
		must(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				t.Errorf("left %s", path)
			}
			return err
		}))
	})
	t.Run("bucket", func(t *testing.T) {
		w := newWorld(t)
		core, err := minio.NewCore(w.bucket(), &minio.Options{Creds: credentials.NewStaticV4("access", "secret", "")})
		must(t, err)
		abortUploads(t, w)
		begun, err := core.ListMultipartUploads(t.Context(), "files", "", "", "", "", 100)
		must(t, err)
		if len(begun.Uploads) != 0 {
			t.Errorf("left parts: %+v", begun.Uploads)
		}
	})
}

func abortUploads(t *testing.T, w *world) {
	t.Helper()
	ends := make(chan error, 1)
	w.uc.Blobs = &watched{Store: w.uc.Blobs, ends: ends}
	for _, after := range []int64{1, 64 << 10, 1 << 20, 20 << 20} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := w.stream(ctx, "a.bin", after%2 == 0, func(out io.Writer) error {
			if err := noise(after, func() {})(out); err != nil {
				return err
			}
			cancel()
			<-ctx.Done()
			return ctx.Err()
		}, append(placedAtRoot, "name", "a.bin")...)
		cancel()
		if err == nil {
			t.Errorf("after %d bytes: no error", after)
		}
		if err := <-ends; err == nil {
			t.Errorf("after %d bytes: content was stored", after)
		}
	}
	if left := append(w.rows(), w.stored()...); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// watched tells how each Put ended.
type watched struct {
	blob.Store
	ends chan error
}

func (s *watched) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	err := s.Store.Put(ctx, key, r, size)
	s.ends <- err
	return err
}

// TestUploadsCutBetweenParts has the file whole, but not what comes after it.
func TestUploadsCutBetweenParts(t *testing.T) {
	w := newWorld(t)
	body := "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.sh\"\r\n\r\ncontent\r\n--cut\r\n" +
		"Content-Disposition: form-data; name=\"name\"\r\n\r\na.s"
	w.send(token(w.admin), http.MethodPost, "/resources/create", "multipart/form-data; boundary=cut", body).is(t, ok, status.CreateResourceError)
	whole := body + "h\r\n--cut--\r\n" // but without type, pid and currentDir
	w.send(token(w.admin), http.MethodPost, "/resources/create", "multipart/form-data; boundary=cut", whole).is(t, ok, status.CreateResourceError)
	w.send(nil, http.MethodPost, "/resources/create", "multipart/form-data; boundary=cut", whole)
	if left := append(w.rows(), w.stored()...); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// TestUploadLimit sends what is too large, with and without saying so.
func TestUploadLimit(t *testing.T) {
	w := newWorld(t)
	w.uc.Limits.UploadBytes = 1 << 20
	for _, size := range []int64{1<<20 + 1, 3 << 20} {
		r, err := w.stream(t.Context(), "a.bin", true, noise(size, func() {}), append(placedAtRoot, "name", "a.bin")...)
		if err == nil {
			r.is(t, ok, status.ResourceSizeExceedLimit)
		}
	}
	w.sendFile(token(w.admin), "FILE", -1, "/", "a.bin", strings.Repeat("x", 1<<20+1)).is(t, ok, status.ResourceSizeExceedLimit)
	w.sendFile(token(w.admin), "FILE", -1, "/", "b.bin", strings.Repeat("x", 1<<20)).is(t, ok, status.Success)
	w.uc.Limits.ViewBytes = 10
	w.post("/resources/online-create", append(placedAtRoot, "fileName", "t", "suffix", "txt", "content", strings.Repeat("x", 11))...).
		is(t, ok, status.ResourceSizeExceedLimit)
	if n := len(w.stored()); n != 1 {
		t.Errorf("%d contents are left", n)
	}
}

// TestManySmallParts cannot make the server remember more than a form's size.
func TestManySmallParts(t *testing.T) {
	w := newWorld(t)
	var body strings.Builder
	for i := range 90_000 {
		fmt.Fprintf(&body, "--cut\r\nContent-Disposition: form-data; name=\"p%d\"\r\n\r\n\r\n", i)
	}
	body.WriteString("--cut--\r\n")
	w.send(token(w.admin), http.MethodPost, "/resources/create?"+form, "multipart/form-data; boundary=cut", body.String()).
		is(t, ok, status.CreateResourceError)
	w.send(token(w.admin), http.MethodPost, "/queue/create?queue=q&queueName=q", "multipart/form-data; boundary=cut", body.String()).
		is(t, ok, status.CreateQueueError)
}

// TestOneNameOneWinner uploads different contents under one name at once.
func TestOneNameOneWinner(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		answers := make([]reply, 12)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				answers[i] = w.sendFile(token(w.admin), "FILE", -1, "/", "a.sh", fmt.Sprint("content ", i))
			})
		}
		wg.Wait()
		winner := -1
		for i, r := range answers {
			switch {
			case r.Code == 0 && winner < 0:
				winner = i
			case r.Code != status.ResourceExist.Code():
				t.Errorf("answered %s", r.Body)
			}
		}
		if winner < 0 || w.text(into[resource](t, answers[winner]).ID) != fmt.Sprint("content ", winner) {
			t.Errorf("upload %d won", winner)
		}
		if keys := w.stored(); len(keys) != 1 {
			t.Errorf("stored %v", keys)
		}
	})
}

// TestConcurrentReplacements keeps one whole content, and loses none it
// answered with success unless a later one replaced it.
func TestConcurrentReplacements(t *testing.T) {
	w := newWorld(t)
	id := fmt.Sprint(w.file(token(w.admin), "FILE", -1, "/", "a.sh", "content"))
	answers := make([]reply, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = w.call(token(w.admin), http.MethodPost, "/resources/update", "id", id, "type", "FILE", "name", "a.sh",
				"description", "", "@file", fmt.Sprint("a.sh:content ", i))
		})
	}
	wg.Wait()
	won := []string{}
	for i, r := range answers {
		switch r.Code {
		case 0:
			won = append(won, fmt.Sprint("content ", i))
		case status.UpdateResourceError.Code(): // changed in between
		default:
			t.Errorf("answered %s", r.Body)
		}
	}
	if got := w.text(1); !slices.Contains(won, got) {
		t.Errorf("the content is %q, winners are %v", got, won)
	}
	if keys := w.stored(); len(keys) != len(won)+1 { // those replaced stay for a while
		t.Errorf("stored %v after %d winners", keys, len(won))
	}
}

// TestRepeatedUploadsHappenOnce sends an upload twice under one key.
func TestRepeatedUploadsHappenOnce(t *testing.T) {
	w := newWorld(t)
	who := as{"token": w.admin, "Idempotency-Key": "k"}
	first := w.sendFile(who, "FILE", -1, "/", "a.sh", "content")
	same(t, "repeated", w.sendFile(who, "FILE", -1, "/", "a.sh", "content"), first)
	if r := w.sendFile(who, "FILE", -1, "/", "a.sh", "other"); r.HTTP != http.StatusUnprocessableEntity {
		t.Errorf("another content under the key: HTTP %d %s", r.HTTP, r.Body)
	}
	if first.Code != 0 || len(w.stored()) != 1 || w.text(1) != "content" {
		t.Errorf("answered %s, stored %v", first.Body, w.stored())
	}
}

// lossy is a store of resources whose news of a commit gets lost, or that fails
// before it.
type lossy struct {
	store.Resources
	commits bool
}

func (s lossy) Create(ctx context.Context, r *workflow.Resource) error {
	if s.commits {
		if err := s.Resources.Create(ctx, r); err != nil {
			return err
		}
	}
	return workflow.Errorf(workflow.Unavailable, "database.away", "the database is away")
}

// TestContentsAndRowsAgreeAfterFailures sees that no row is ever without its
// content, and that the sweep removes contents without a row.
func TestContentsAndRowsAgreeAfterFailures(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		now := time.Now()
		w.uc.Now = func() time.Time { return now }
		real := w.store.Resources
		for name, commits := range map[string]bool{"kept.sh": true, "lost.sh": false} {
			w.store.Resources = lossy{real, commits}
			if r := w.sendFile(token(w.admin), "FILE", -1, "/", name, "content of "+name); r.HTTP != http.StatusServiceUnavailable {
				t.Errorf("%s: HTTP %d %s", name, r.HTTP, r.Body)
			}
		}
		w.store.Resources = real
		sweep := func() int {
			n, err := w.uc.SweepResources(t.Context(), time.Millisecond)
			must(t, err)
			return n
		}
		if n := sweep(); n != 0 || len(w.stored()) != 2 {
			t.Errorf("swept %d contents that were just made", n)
		}
		now = now.Add(25 * time.Hour)
		if n := sweep(); n != 1 || len(w.stored()) != 1 {
			t.Errorf("swept %d", n)
		}
		kept, err := real.ByFullName(t.Context(), workflow.ResourceFile, "/kept.sh")
		must(t, err)
		if got := w.text(kept.ID); got != "content of kept.sh" {
			t.Errorf("downloaded %q", got)
		}
		w.post("/resources/update-content", "id", fmt.Sprint(kept.ID), "content", "new").is(t, ok, status.Success)
		if n := sweep(); n != 1 || w.text(kept.ID) != "new" { // what was replaced
			t.Errorf("swept %d", n)
		}
	})
}

// TestSweepLetsReadersFinish gives up when it is stopped while it waits.
func TestSweepLetsReadersFinish(t *testing.T) {
	w := newWorld(t)
	now := time.Now().Add(48 * time.Hour)
	w.uc.Now = func() time.Time { return now }
	must(t, w.uc.Blobs.Put(t.Context(), "resources/old", strings.NewReader("x"), 1))
	must(t, w.uc.Blobs.Put(t.Context(), "logs/old", strings.NewReader("x"), 1))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if n, err := w.uc.SweepResources(ctx, time.Hour); n != 0 || err == nil || len(w.stored()) != 2 {
		t.Errorf("swept %d, %v", n, err)
	}
	if n, err := w.uc.SweepResources(t.Context(), 0); n != 1 || err != nil || !slices.Equal(w.stored(), []string{"logs/old"}) {
		t.Errorf("swept %d, %v, left %v", n, err, w.stored())
	}
	w.uc.Blobs = nil
	if _, err := w.uc.SweepResources(t.Context(), 0); workflow.ErrorReason(err) != "storage.not_started" {
		t.Errorf("without storage: %v", err)
	}
}

// TestSlowUploads may take longer than a request as long as they move, and no
// longer.
func TestSlowUploads(t *testing.T) {
	w := newWorld(t).again(dolphin.Config{Timeout: 4 * time.Second})
	slow := func(name string, every time.Duration) (reply, error) {
		return w.stream(t.Context(), name, true, func(out io.Writer) error {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for range 14 {
				<-tick.C
				if err := noise(20<<10, func() {})(out); err != nil {
					return err
				}
			}
			return nil
		}, append(placedAtRoot, "name", name)...)
	}
	if r, err := slow("moving.bin", 400*time.Millisecond); err != nil || r.Code != 0 {
		t.Errorf("a slow upload: %s, %v", r.Body, err)
	}
	if r, err := slow("stuck.bin", 9*time.Second); err == nil {
		r.is(t, ok, status.CreateResourceError)
	}
	if keys := w.stored(); len(keys) != 1 {
		t.Errorf("stored %v", keys)
	}
}

// TestUploadsWaitTheirTurn sends more at a time than the server reads.
func TestUploadsWaitTheirTurn(t *testing.T) {
	w := newWorld(t).again(dolphin.Config{Timeout: 5 * time.Second, Uploads: 1})
	reading, done := make(chan struct{}), make(chan struct{})
	var first reply
	var wg sync.WaitGroup
	wg.Go(func() {
		first, _ = w.stream(t.Context(), "a.bin", true, func(out io.Writer) error {
			// More than the network holds: the server is reading it.
			if err := noise(32<<20, func() {})(out); err != nil {
				return err
			}
			close(reading)
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-done:
					return nil
				case <-tick.C:
					if err := noise(20<<10, func() {})(out); err != nil {
						return err
					}
				}
			}
		}, append(placedAtRoot, "name", "a.bin")...)
	})
	<-reading
	r := w.sendFile(token(w.admin), "FILE", -1, "/", "b.bin", "x")
	if r.HTTP != http.StatusTooManyRequests || r.Code != status.CreateResourceError.Code() || r.Header.Get("Retry-After") == "" {
		t.Errorf("HTTP %d %s", r.HTTP, r.Body)
	}
	w.post("/resources/update", "id", "1", "type", "FILE", "name", "c.bin").is(t, ok, status.ResourceNotExist) // no file: no queue
	close(done)
	wg.Wait()
	if first.Code != 0 {
		t.Errorf("the first: %s", first.Body)
	}
	w.sendFile(token(w.admin), "FILE", -1, "/", "b.bin", "x").is(t, ok, status.Success)
}
