package workflow

import "time"

// ResourceKind separates the trees of the resource centre.
type ResourceKind string

// Resource kinds: files of tasks, and the archives of user-defined functions.
const (
	ResourceFile ResourceKind = "FILE"
	ResourceUDF  ResourceKind = "UDF"
)

// Resource is a file or folder of the resource centre. A file's content is an
// immutable blob: new content gets a new Key.
type Resource struct {
	ID          int64
	Kind        ResourceKind
	ParentID    int64  // 0: at the root
	FullName    string // absolute and unique within the kind: /folder/run.sh
	Name        string // its last segment
	FileName    string // as the uploaded file was called
	Directory   bool
	Description string
	UserID      int64
	Size        int64  // bytes; of a folder the sum of what is below
	Key         string // in the blob store, empty for folders
	SHA256      string // hex, empty for folders
	CreateTime  time.Time
	UpdateTime  time.Time
}

// UDFKind says which engine a function is for.
type UDFKind string

// UDF kinds.
const (
	UDFHive  UDFKind = "HIVE"
	UDFSpark UDFKind = "SPARK"
)

// UDF is a user-defined function of a SQL engine.
type UDF struct {
	ID           int64
	UserID       int64
	Kind         UDFKind
	Name         string
	ClassName    string
	ArgTypes     string
	Database     string
	Description  string
	ResourceID   int64
	ResourceName string // full name of the archive
	CreateTime   time.Time
	UpdateTime   time.Time
}

// ResourceRef is how a task names a resource: by id, or by full name.
type ResourceRef struct {
	ID   int64
	Name string
}
