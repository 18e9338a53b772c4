package dolphin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Limits of bodies with files.
const (
	maxSmallFile = 16 << 20 // bytes of a file that is kept in memory
	perPart      = 64       // bytes that a part counts besides its name and text
)

// UploadedFile is a file of the request.
type UploadedFile struct {
	Name   string // as the client calls it, without folders
	Size   int64
	SHA256 string // hex

	content []byte          // of a small one
	upload  *usecase.Upload // of a route that stores files
}

// Reader gives the content of a file kept in memory; files of routes that store
// them have none.
func (f UploadedFile) Reader() io.Reader { return bytes.NewReader(f.content) }

// Upload is the stored content, for use cases that give it to something. What
// none has taken is removed after the answer. It is nil for files in memory.
func (f UploadedFile) Upload() *usecase.Upload { return f.upload }

// File gives a file; ok is false when it was not sent.
func (r *Request) File(name string) (f UploadedFile, ok bool) {
	r.declared(name)
	f, ok = r.files[name]
	return f, ok
}

// takeFile puts the content of a part away while it arrives.
type takeFile func(name string, content io.Reader) (UploadedFile, error)

// decode fills the request's parameters. Bodies that may have files wait for
// their turn before anything of them is read.
func (d *Dialect) decode(ctx context.Context, req *Request) error {
	if !req.route.takesFiles() || !hasParts(req.http) {
		return req.decode(nil)
	}
	timer := time.NewTimer(d.timeout)
	defer timer.Stop()
	select {
	case d.uploads <- struct{}{}:
		defer func() { <-d.uploads }()
	case <-timer.C:
		return workflow.Errorf(workflow.Exhausted, "upload.busy", "too many files are being uploaded")
	case <-ctx.Done():
		return ctx.Err()
	}
	if !req.route.StoresFiles {
		return req.decode(keepSmall)
	}
	if most := d.uc.MaxUpload(); req.http.ContentLength > most+maxForm {
		return usecase.TooLarge(most)
	}
	return req.decode(func(name string, content io.Reader) (UploadedFile, error) {
		u, err := d.uc.Receive(ctx, name, content)
		if err != nil {
			return UploadedFile{}, err
		}
		return UploadedFile{Name: name, Size: u.Size, SHA256: u.SHA256, upload: u}, nil
	})
}

// hasParts reports whether the body is a multipart form.
func hasParts(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// discard removes stored content that nothing has taken.
func (d *Dialect) discard(ctx context.Context, req *Request) {
	for _, f := range req.files {
		if f.upload != nil {
			d.uc.Discard(ctx, f.upload)
		}
	}
}

// keepSmall reads a file into memory.
func keepSmall(name string, content io.Reader) (UploadedFile, error) {
	text, err := io.ReadAll(io.LimitReader(content, maxSmallFile+1))
	if err != nil {
		return UploadedFile{}, err
	}
	if len(text) > maxSmallFile {
		return UploadedFile{}, usecase.TooLarge(maxSmallFile)
	}
	sum := sha256.Sum256(text)
	return UploadedFile{Name: name, Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), content: text}, nil
}

// readParts takes text parts and the declared files, in whatever order they
// come, and skips other files.
func (r *Request) readParts(parts *multipart.Reader, take takeFile) error {
	texts, skipped := int64(maxForm), int64(maxParts)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, fileName := part.FormName(), lastSegment(part)
		used := int64(len(name) + perPart)
		switch {
		case name == "":
		case fileName == "":
			var n int64
			n, err = r.addText(name, part, texts-used)
			used += n
		case r.wantsFile(name):
			err = r.addFile(name, fileName, part, take)
		default:
			var n int64
			n, err = io.Copy(io.Discard, io.LimitReader(part, skipped+1))
			skipped -= n
		}
		if texts -= used; err == nil && (texts < 0 || skipped < 0) {
			err = errFormTooLarge
		}
		if err != nil {
			return err
		}
	}
}

// addText adds a text part of at most most bytes and gives its length.
func (r *Request) addText(name string, part io.Reader, most int64) (int64, error) {
	text, err := io.ReadAll(io.LimitReader(part, max(most, 0)+1))
	if err != nil {
		return 0, err
	}
	if int64(len(text)) > most {
		return 0, errFormTooLarge
	}
	r.given.Add(name, string(text))
	return int64(len(text)), nil
}

// wantsFile reports whether the route declares the file.
func (r *Request) wantsFile(name string) bool {
	p := r.route.param(name)
	return p != nil && p.kind == fileParam
}

// addFile takes a file. What was given then has its digest, which tells
// requests apart.
func (r *Request) addFile(name, fileName string, part io.Reader, take takeFile) error {
	if _, twice := r.files[name]; twice {
		return fmt.Errorf("there are two files %s", name)
	}
	f, err := take(fileName, part)
	if err != nil {
		return err
	}
	if r.files == nil {
		r.files = map[string]UploadedFile{}
	}
	r.files[name] = f
	r.given[name] = []string{f.SHA256 + " " + f.Name}
	return nil
}

// lastSegment gives what the client calls the file, without folders of any
// system; "" when the part is no file.
func lastSegment(part *multipart.Part) string {
	name := part.FileName()
	return name[strings.LastIndexByte(name, '\\')+1:]
}
