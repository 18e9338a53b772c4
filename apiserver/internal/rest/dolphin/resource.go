package dolphin

import (
	"context"
	"io"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// rootID is what clients call the folder that everything is in.
const rootID = -1

// folderID reads the id of a folder.
func folderID(id int64) int64 {
	if id == rootID {
		return 0
	}
	return id
}

// parentID writes the id of the folder that a resource is in.
func parentID(r workflow.Resource) int64 {
	if r.ParentID == 0 {
		return rootID
	}
	return r.ParentID
}

// resourceJSON is a Resource.
type resourceJSON struct {
	ID          int64                 `json:"id"`
	PID         int64                 `json:"pid"`
	Alias       string                `json:"alias"`
	FullName    string                `json:"fullName"`
	Directory   bool                  `json:"directory"`
	Description string                `json:"description"`
	FileName    string                `json:"fileName"`
	UserID      int64                 `json:"userId"`
	Type        workflow.ResourceKind `json:"type"`
	Size        int64                 `json:"size"`
	CreateTime  Date                  `json:"createTime"`
	UpdateTime  Date                  `json:"updateTime"`
}

func encodeResource(r workflow.Resource) resourceJSON {
	return resourceJSON{
		ID: r.ID, PID: parentID(r), Alias: r.Name, FullName: r.FullName, Directory: r.Directory, Description: r.Description,
		FileName: r.FileName, UserID: r.UserID, Type: r.Kind, Size: r.Size,
		CreateTime: Date(r.CreateTime), UpdateTime: Date(r.UpdateTime),
	}
}

// encoded encodes what a use case gave.
func encoded(r workflow.Resource, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return encodeResource(r), nil
}

func resourceKind(r *Request) workflow.ResourceKind { return workflow.ResourceKind(r.Enum("type")) }

func resourceInput(r *Request, name string) usecase.ResourceInput {
	return usecase.ResourceInput{
		Kind: resourceKind(r), Name: r.String(name), Description: r.String("description"),
		ParentID: folderID(r.ID("pid")), Dir: r.String("currentDir"),
	}
}

// resource gives what a use case fills with what it makes, which is the data of
// the answer and of those to repeats.
func (r *Request) resource() *workflow.Resource {
	made := &workflow.Resource{}
	r.keeps = func() any { return encodeResource(*made) }
	return made
}

func (d *Dialect) createFolder(ctx context.Context, r *Request) (any, error) {
	made := r.resource()
	err := d.uc.CreateFolder(ctx, r.Caller, resourceInput(r, "name"), made)
	return encoded(*made, err)
}

func (d *Dialect) createFile(ctx context.Context, r *Request) (any, error) {
	made := r.resource()
	file, _ := r.File("file")
	err := d.uc.CreateFile(ctx, r.Caller, resourceInput(r, "name"), file.Upload(), made)
	return encoded(*made, err)
}

func (d *Dialect) createText(ctx context.Context, r *Request) (any, error) {
	made := r.resource()
	err := d.uc.CreateText(ctx, r.Caller, resourceInput(r, "fileName"), r.String("suffix"), r.String("content"), made)
	return encoded(*made, err)
}

// updateResource answers null when there was nothing to do.
func (d *Dialect) updateResource(ctx context.Context, r *Request) (any, error) {
	next := r.resource()
	file, _ := r.File("file")
	in := usecase.ResourceChange{Kind: resourceKind(r), Name: r.String("name"), Description: r.String("description")}
	changed, err := d.uc.UpdateResource(ctx, r.Caller, r.ID("id"), in, file.Upload(), next)
	if err != nil || !changed {
		return nil, err
	}
	return encodeResource(*next), nil
}

func (d *Dialect) updateText(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UpdateText(ctx, r.Caller, r.ID("id"), r.String("content"))
}

func (d *Dialect) deleteResource(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteResource(ctx, r.Caller, r.ID("id"))
}

func (d *Dialect) pageResources(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListResources(ctx, r.Caller, resourceKind(r), folderID(r.ID("id")), r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeResource), nil
}

func (d *Dialect) verifyResourceName(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.ResourceNameFree(ctx, resourceKind(r), r.String("fullName"))
}

// queryResource gives the resource of a full name, but by an id the folder that
// the resource is in: it is how clients go up.
func (d *Dialect) queryResource(ctx context.Context, r *Request) (any, error) {
	switch {
	case r.String("fullName") != "":
		return encoded(d.uc.ResourceNamed(ctx, r.Caller, resourceKind(r), r.String("fullName")))
	case r.Has("id"):
		return encoded(d.uc.FolderOf(ctx, r.Caller, r.ID("id")))
	}
	return nil, Fail(status.RequestParamsNotValidError, "fullName")
}

// resourceText is a piece of a resource shown as text.
type resourceText struct {
	Alias   string `json:"alias"`
	Content string `json:"content"`
}

func (d *Dialect) viewResource(ctx context.Context, r *Request) (any, error) {
	name, content, err := d.uc.ResourceText(ctx, r.Caller, r.ID("id"), r.Int("skipLineNum"), r.Int("limit"))
	if err != nil {
		return nil, err
	}
	return resourceText{Alias: name, Content: content}, nil
}

func (d *Dialect) downloadResource(ctx context.Context, r *Request) (any, error) {
	file, err := d.uc.DownloadResource(ctx, r.Caller, r.ID("id"))
	if workflow.ErrorReason(err) == "resource.not_found" {
		return nil, &Plain{HTTP: http.StatusBadRequest, Constant: status.ResourceNotExist}
	}
	if err != nil {
		return nil, err
	}
	return Attachment{Name: file.Name, Size: file.Size, Write: func(w io.Writer) error {
		err := d.uc.CopyResource(ctx, file, w)
		if workflow.ErrorReason(err) == "resource.content_missing" {
			return &Plain{HTTP: http.StatusBadRequest, Constant: status.ResourceNotExist}
		}
		return err
	}}, nil
}
