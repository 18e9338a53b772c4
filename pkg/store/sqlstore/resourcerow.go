package sqlstore

import (
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxFullName is what the column of full names holds, in bytes.
const maxFullName = 2048

// resourceRow is a file or folder. Full names are compared byte by byte, in
// MySQL too: the column is binary there.
type resourceRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	Kind        workflow.ResourceKind
	ParentID    int64
	FullName    string
	Name        string
	FileName    string
	IsDirectory bool
	Description string
	UserID      int64
	Size        int64
	BlobKey     string
	SHA256      string `gorm:"column:sha256"`
	CreateTime  moment
	UpdateTime  moment
}

func (resourceRow) TableName() string { return "resource" }

func newResourceRow(r *workflow.Resource) *resourceRow {
	return &resourceRow{ID: r.ID, Kind: r.Kind, ParentID: r.ParentID, FullName: r.FullName, Name: r.Name, FileName: r.FileName,
		IsDirectory: r.Directory, Description: r.Description, UserID: r.UserID, Size: r.Size, BlobKey: r.Key, SHA256: r.SHA256,
		CreateTime: moment{r.CreateTime}, UpdateTime: moment{r.UpdateTime}}
}

func (r resourceRow) resource() workflow.Resource {
	return workflow.Resource{ID: r.ID, Kind: r.Kind, ParentID: r.ParentID, FullName: r.FullName, Name: r.Name, FileName: r.FileName,
		Directory: r.IsDirectory, Description: r.Description, UserID: r.UserID, Size: r.Size, Key: r.BlobKey, SHA256: r.SHA256,
		CreateTime: r.CreateTime.Time, UpdateTime: r.UpdateTime.Time}
}

// lockTree makes the changes of the tree of resources wait for each other.
// They are few and short; so no path can change under one that is using it.
func (db *database) lockTree(tx *gorm.DB) error {
	var id int
	return tx.Raw("SELECT id FROM resource_tree WHERE id = 1" + db.updateLock()).Scan(&id).Error
}

// under is the condition of all that is below a folder: full names between the
// two that folderBounds gives, which sort around all that begin with the
// folder's name and a slash.
const under = "kind = ? AND full_name > ? AND full_name < ?"

func folderBounds(fullName string) (from, to string) { return fullName + "/", fullName + "0" }

// above gives the full names of the folders that a resource is in.
func above(fullName string) (names []string) {
	for i := 1; i < len(fullName); i++ {
		if fullName[i] == '/' {
			names = append(names, fullName[:i])
		}
	}
	return names
}

// grow adds to the sizes of the folders above a resource.
func grow(tx *gorm.DB, kind workflow.ResourceKind, fullName string, by int64) error {
	folders := above(fullName)
	if by == 0 || len(folders) == 0 {
		return nil
	}
	return tx.Exec("UPDATE resource SET size = size + ? WHERE kind = ? AND full_name IN ?", by, kind, folders).Error
}

// placed refuses a resource that is not where its parent and its name say.
func placed(tx *gorm.DB, r *workflow.Resource) error {
	if len(r.FullName) > maxFullName || utf8.RuneCountInString(r.Name) > nameLength || utf8.RuneCountInString(r.FileName) > nameLength {
		return resourceTooLong()
	}
	parent := resourceRow{}
	if r.ParentID != 0 {
		if err := tx.Where("id = ? AND kind = ?", r.ParentID, r.Kind).Take(&parent).Error; err != nil {
			return mapError(err, "resource")
		}
		if !parent.IsDirectory {
			return workflow.Errorf(workflow.Invalid, "resource.parent", "%s is no folder", parent.FullName).At("parentId")
		}
	}
	if r.Name == "" || strings.Contains(r.Name, "/") || !utf8.ValidString(r.Name) || r.FullName != parent.FullName+"/"+r.Name {
		return workflow.Errorf(workflow.Invalid, "resource.name", "%q is not the name of something in %s/", r.FullName, parent.FullName).At("name")
	}
	return nil
}

func resourceTooLong() error {
	return workflow.Errorf(workflow.Invalid, "resource.too_long", "a full name has at most %d bytes and each part of it %d characters", maxFullName, nameLength).At("name")
}
