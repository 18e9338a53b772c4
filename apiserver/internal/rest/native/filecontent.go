package native

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// FileText is the content of a file as text.
type FileText struct {
	Content string `json:"content"`
	SHA256  string `json:"sha256"`
	Size    int64  `json:"size"`
}

// textAnswer carries the content's digest as a tag too.
type textAnswer struct {
	ETag string `header:"ETag"`
	Body FileText
}

// Upload is a request whose body is read while it arrives.
type Upload struct {
	IfMatch string `header:"If-Match" doc:"the sha256 of the content to replace"`
	form    *multipart.Reader
}

// Resolve implements huma.Resolver.
func (u *Upload) Resolve(ctx huma.Context) []error {
	kind, params, err := mime.ParseMediaType(ctx.Header("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return []error{huma.Error415UnsupportedMediaType("a file is sent as multipart/form-data")}
	}
	u.form = multipart.NewReader(&flowing{ctx: ctx, r: ctx.BodyReader()}, params["boundary"])
	return nil
}

// patience is how long a client may send nothing while it uploads.
const patience = time.Minute

// flowing is a body that may take any time as long as it moves.
type flowing struct {
	ctx huma.Context
	r   io.Reader
}

// Read implements io.Reader.
func (f *flowing) Read(p []byte) (int, error) {
	_ = f.ctx.SetReadDeadline(time.Now().Add(patience)) // a recorder in a test has none
	n, err := f.r.Read(p)
	if err != nil { // a deadline that passes later would end the request's context
		_ = f.ctx.SetReadDeadline(time.Time{})
	}
	return n, err
}

// formBody describes a body with a file; fields come before it.
func formBody(fields map[string]*huma.Schema) *huma.RequestBody {
	fields["file"] = &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "the last part"}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: fields, Required: []string{"file"}}},
	}}
}

func (a *API) declareFileContents() {
	const tag, path = "Files", "/files"
	text := func(what string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: what} }
	add(a, op{ID: "uploadFile", Method: http.MethodPost, Path: path, Tag: tag, Access: SignedIn, Status: http.StatusCreated, Streaming: true,
		Request: formBody(map[string]*huma.Schema{
			"kind": text("FILE or UDF; FILE, if missing"), "parentId": text("id of the folder; 0: the root"),
			"name": text("the file's own, if missing"), "description": text("what it is for"),
		}), Summary: "Upload a file"}, a.uploadFile)
	add(a, op{ID: "replaceFile", Method: http.MethodPost, Path: path + "/{id}/content", Tag: tag, Access: SignedIn, Status: http.StatusOK, Streaming: true,
		Request: formBody(map[string]*huma.Schema{}), Summary: "Replace the content of a file by an upload"}, a.replaceFile)
	add(a, op{ID: "getFileText", Method: http.MethodGet, Path: path + "/{id}/content", Tag: tag, Access: SignedIn,
		Summary: "The content of a file as text"}, a.fileText)
	add(a, op{ID: "updateFileText", Method: http.MethodPut, Path: path + "/{id}/content", Tag: tag, Access: SignedIn, MaxBody: 32 << 20,
		Summary: "Replace the content of a file by a text"}, a.updateFileText)
	add(a, op{ID: "downloadFile", Method: http.MethodGet, Path: path + "/{id}/download", Tag: tag, Access: SignedIn, Streaming: true,
		Summary: "Download a file"}, a.downloadFile)
}

// fields are the texts of a form before its file.
type fields map[string]string

// maxField bounds a text of a form, in bytes.
const maxField = 8 << 10

// receive reads a form up to its file, whose content goes to the store while it
// arrives. The caller discards the upload in the end.
func (a *API) receive(ctx context.Context, form *multipart.Reader) (fields, *usecase.Upload, error) {
	said := fields{}
	for len(said) < 16 {
		part, err := form.NextPart()
		if err != nil {
			break // no file
		}
		if part.FormName() == "file" {
			u, err := a.uc.Receive(ctx, part.FileName(), part)
			return said, u, broken(err)
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err != nil || len(value) > maxField {
			return nil, nil, invalidField(part.FormName())
		}
		said[part.FormName()] = string(value)
	}
	return nil, nil, invalidField("file")
}

// broken tells of a body that ends too soon.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return workflow.Errorf(workflow.Invalid, "upload.broken", "the upload ended before the file did").At("file")
	}
	return err
}

func invalidField(name string) error {
	return workflow.Errorf(workflow.Invalid, "param.invalid", "%s is missing or not valid", name).At(name)
}

// input reads what a form says of a new file.
func (f fields) input(fileName string) (in usecase.ResourceInput, err error) {
	in = usecase.ResourceInput{Kind: workflow.ResourceFile, Name: f["name"], Description: f["description"]}
	if in.Name == "" {
		in.Name = fileName
	}
	if kind := f["kind"]; kind != "" {
		in.Kind = workflow.ResourceKind(kind)
	}
	if in.Kind != workflow.ResourceFile && in.Kind != workflow.ResourceUDF {
		return in, invalidField("kind")
	}
	if id := f["parentId"]; id != "" {
		if in.ParentID, err = strconv.ParseInt(id, 10, 64); err != nil || in.ParentID < 0 {
			return in, invalidField("parentId")
		}
	}
	return in, nil
}

func (a *API) uploadFile(ctx context.Context, in *Upload) (*body[File], error) {
	said, u, err := a.receive(ctx, in.form)
	if err != nil {
		return nil, err
	}
	defer a.uc.Discard(ctx, u)
	input, err := said.input(u.FileName)
	if err != nil {
		return nil, err
	}
	var made workflow.Resource
	if err := a.uc.CreateFile(ctx, callerOf(ctx), input, u, &made); err != nil {
		return nil, renamed(err, fileFields())
	}
	return a.showFile(ctx, made)
}

func (a *API) replaceFile(ctx context.Context, in *struct {
	ByID
	Upload
}) (*body[File], error) {
	_, u, err := a.receive(ctx, in.form)
	if err != nil {
		return nil, err
	}
	defer a.uc.Discard(ctx, u)
	digest := tagOf(in.IfMatch)
	if digest == "" {
		digest = "*"
	}
	if err := a.uc.ReplaceContent(ctx, callerOf(ctx), in.ID, u, digest); err != nil {
		return nil, err
	}
	return a.getFile(ctx, &in.ByID)
}

// tagOf takes the quotes off a tag.
func tagOf(header string) string { return strings.Trim(strings.TrimPrefix(header, "W/"), `"`) }

func (a *API) fileText(ctx context.Context, in *ByID) (*textAnswer, error) {
	r, text, err := a.uc.WholeText(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &textAnswer{ETag: strconv.Quote(r.SHA256), Body: FileText{Content: text, SHA256: r.SHA256, Size: r.Size}}, nil
}

func (a *API) updateFileText(ctx context.Context, in *struct {
	ByID
	IfMatch string `header:"If-Match" required:"true" doc:"the sha256 of the content to replace, or *"`
	Body    struct {
		Content string `json:"content" minLength:"1"`
	}
}) (*textAnswer, error) {
	if err := a.uc.ReplaceText(ctx, callerOf(ctx), in.ID, in.Body.Content, tagOf(in.IfMatch)); err != nil {
		return nil, err
	}
	return a.fileText(ctx, &in.ByID)
}

func (a *API) downloadFile(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
	r, err := a.uc.DownloadResource(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) { a.sendFile(ctx, r) }}, nil
}

// sendFile sends a file. Headers leave with its first byte, so that a failure
// before it can still be told.
func (a *API) sendFile(ctx huma.Context, r workflow.Resource) {
	out := &attachment{ctx: ctx, r: r}
	if w, ok := ctx.BodyWriter().(http.ResponseWriter); ok {
		out.ctl = http.NewResponseController(w)
	}
	err := a.uc.CopyResource(ctx.Context(), r, out)
	switch {
	case err == nil:
		out.begin()
	case !out.begun:
		a.refuse(ctx, err)
	default:
		a.uc.Log.WarnContext(ctx.Context(), "sending a file", "file", r.FullName, "error", err)
		panic(http.ErrAbortHandler) // a cut connection tells the client that bytes are missing
	}
}

// attachment writes a file with its headers.
type attachment struct {
	ctx   huma.Context
	ctl   *http.ResponseController // nil: it knows no deadlines
	r     workflow.Resource
	begun bool
}

func (f *attachment) begin() {
	if f.begun {
		return
	}
	f.begun = true
	f.ctx.SetHeader("Content-Type", "application/octet-stream")
	f.ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.r.Name}))
	f.ctx.SetHeader("Content-Length", strconv.FormatInt(f.r.Size, 10))
	f.ctx.SetHeader("ETag", strconv.Quote(f.r.SHA256))
	f.ctx.SetStatus(http.StatusOK)
}

// Write implements io.Writer.
func (f *attachment) Write(p []byte) (int, error) {
	f.begin()
	if f.ctl != nil { // where deadlines are not possible, the client's leaving is seen all the same
		_ = f.ctl.SetWriteDeadline(time.Now().Add(patience))
	}
	n, err := f.ctx.BodyWriter().Write(p)
	if err != nil {
		err = fmt.Errorf("sending: %w", err)
	}
	return n, err
}
