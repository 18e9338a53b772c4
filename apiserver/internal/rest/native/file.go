package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// File is a file or folder of the resource centre.
type File struct {
	ID          int64                 `json:"id"`
	Kind        workflow.ResourceKind `json:"kind"`
	ParentID    int64                 `json:"parentId" doc:"0: at the root"`
	Name        string                `json:"name"`
	FullName    string                `json:"fullName"`
	Directory   bool                  `json:"directory"`
	Description string                `json:"description"`
	OwnerID     int64                 `json:"ownerId"`
	Owner       string                `json:"owner"`
	Size        int64                 `json:"size" doc:"of a folder the sum of what is below"`
	SHA256      string                `json:"sha256"`
	Editable    bool                  `json:"editable" doc:"as text"`
	Created     *time.Time            `json:"created"`
	Updated     *time.Time            `json:"updated"`
}

// FolderInput is what a caller says of a new folder.
type FolderInput struct {
	Kind        workflow.ResourceKind `json:"kind,omitempty" enum:"FILE,UDF" default:"FILE"`
	ParentID    int64                 `json:"parentId,omitempty"`
	Name        string                `json:"name" minLength:"1" maxLength:"255"`
	Description string                `json:"description,omitempty" maxLength:"256"`
}

// FileChange is what a caller says of a file that is there.
type FileChange struct {
	Name        string `json:"name" minLength:"1" maxLength:"255"`
	Description string `json:"description,omitempty" maxLength:"256"`
	ParentID    *int64 `json:"parentId,omitempty" minimum:"0" doc:"the folder to move it to, 0: the root; by default it stays"`
}

func file(r usecase.ResourceView) File {
	return File{ID: r.ID, Kind: r.Kind, ParentID: r.ParentID, Name: r.Name, FullName: r.FullName, Directory: r.Directory, Description: r.Description,
		OwnerID: r.UserID, Owner: r.UserName, Size: r.Size, SHA256: r.SHA256, Editable: r.Editable, Created: moment(r.CreateTime), Updated: moment(r.UpdateTime)}
}

func (a *API) declareFiles() {
	const tag, path = "Files", "/files"
	add(a, op{ID: "listFiles", Method: http.MethodGet, Path: path, Tag: tag, Access: SignedIn,
		Summary: "What the caller sees in a folder"}, a.listFiles)
	add(a, op{ID: "createFolder", Method: http.MethodPost, Path: path + "/folders", Tag: tag, Access: SignedIn, Status: http.StatusCreated,
		Summary: "Make a folder"}, a.createFolder)
	add(a, op{ID: "getFile", Method: http.MethodGet, Path: path + "/{id}", Tag: tag, Access: SignedIn, Summary: "A file or folder"}, a.getFile)
	add(a, op{ID: "updateFile", Method: http.MethodPut, Path: path + "/{id}", Tag: tag, Access: SignedIn,
		Summary: "Rename, describe or move a file or folder"}, a.updateFile)
	add(a, op{ID: "deleteFile", Method: http.MethodDelete, Path: path + "/{id}", Tag: tag, Access: SignedIn,
		Summary: "Delete a file, or a folder with all that is in it"}, a.deleteFile)
	granting{One: "File", Path: path, Tag: tag, Of: a.uc.ResourceGrantees, Set: a.uc.ShareResource,
		Read: "Who may use a file or folder beside its owner", Write: "Say which users may use a file, or read a folder, beside its owner"}.declare(a)
}

func (a *API) listFiles(ctx context.Context, in *struct {
	Paging
	Kind   string `query:"kind" enum:"FILE,UDF" default:"FILE"`
	Parent int64  `query:"parent" minimum:"0" doc:"id of the folder; 0: the root"`
	Path   string `query:"path" maxLength:"2048" doc:"full name of the folder, instead of its id"`
}) (*listed[File], error) {
	kind := workflow.ResourceKind(in.Kind)
	if in.Path != "" && in.Path != "/" {
		folder, err := a.uc.ResourceNamed(ctx, callerOf(ctx), kind, in.Path)
		if err != nil {
			return nil, err
		}
		in.Parent = folder.ID
	}
	return paged(&in.Paging, func(search string, p store.Page) ([]usecase.ResourceView, int, error) {
		rows, total, err := a.uc.ListResources(ctx, callerOf(ctx), kind, in.Parent, search, p)
		if err != nil {
			return nil, 0, err
		}
		views, err := a.uc.ViewResources(ctx, rows)
		return views, total, err
	}, file)
}

func (a *API) createFolder(ctx context.Context, in *struct{ Body FolderInput }) (*body[File], error) {
	var made workflow.Resource
	err := a.uc.CreateFolder(ctx, callerOf(ctx), usecase.ResourceInput{Kind: in.Body.Kind, Name: in.Body.Name, Description: in.Body.Description,
		ParentID: in.Body.ParentID}, &made)
	if err != nil {
		return nil, renamed(err, fileFields())
	}
	return a.showFile(ctx, made)
}

// fileFields are how use cases call fields of files, and how we do.
func fileFields() []string { return []string{"pid", "parentId"} }

func (a *API) showFile(ctx context.Context, r workflow.Resource) (*body[File], error) {
	views, err := a.uc.ViewResources(ctx, []workflow.Resource{r})
	if err != nil {
		return nil, err
	}
	return answer(file(views[0])), nil
}

func (a *API) getFile(ctx context.Context, in *ByID) (*body[File], error) {
	r, err := a.uc.Resource(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return a.showFile(ctx, r)
}

func (a *API) updateFile(ctx context.Context, in *struct {
	ByID
	Body FileChange
}) (*body[File], error) {
	c := callerOf(ctx)
	r, err := a.uc.Resource(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	next := r
	change := usecase.ResourceChange{Kind: r.Kind, Name: in.Body.Name, Description: in.Body.Description, ParentID: in.Body.ParentID}
	changed, err := a.uc.UpdateResource(ctx, c, in.ID, change, nil, &next)
	if err != nil {
		return nil, renamed(err, fileFields())
	}
	if !changed {
		next = r
	}
	return a.showFile(ctx, next)
}

func (a *API) deleteFile(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, a.uc.DeleteResource(ctx, callerOf(ctx), in.ID)
}
