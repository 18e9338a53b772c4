package usecase

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DefaultViewSuffixes are the ends of names of resources that are text.
func DefaultViewSuffixes() []string {
	return []string{"txt", "log", "sh", "bat", "conf", "cfg", "py", "java", "sql", "xml", "hql",
		"properties", "json", "yml", "yaml", "ini", "js"}
}

func (s *Service) viewSuffixes() []string {
	if len(s.ViewSuffixes) > 0 {
		return s.ViewSuffixes
	}
	return DefaultViewSuffixes()
}

// Resource gives a resource to who sees it in lists. Reasons:
// "resource.not_found", "user.forbidden".
func (s *Service) Resource(ctx context.Context, c Caller, id int64) (workflow.Resource, error) {
	r, err := s.Store.Resources.Get(ctx, id)
	if err != nil {
		return r, missingAs(err, resourceNotFound())
	}
	return r, s.seesResource(ctx, c, r)
}

// ResourceNamed is Resource by full name.
func (s *Service) ResourceNamed(ctx context.Context, c Caller, kind workflow.ResourceKind, fullName string) (workflow.Resource, error) {
	r, err := s.Store.Resources.ByFullName(ctx, kind, fullName)
	if err != nil {
		return r, missingAs(err, resourceNotFound())
	}
	return r, s.seesResource(ctx, c, r)
}

// FolderOf gives the folder that a resource is in; there is none at the root.
// Reasons as of Resource.
func (s *Service) FolderOf(ctx context.Context, c Caller, id int64) (workflow.Resource, error) {
	r, err := s.Resource(ctx, c, id)
	if err != nil {
		return r, err
	}
	return s.Resource(ctx, c, r.ParentID)
}

// ListResources gives a page of what the caller sees in a folder (0: at the
// root). Reason: "resource.not_found".
func (s *Service) ListResources(ctx context.Context, c Caller, kind workflow.ResourceKind, folder int64, search string, p store.Page) ([]workflow.Resource, int, error) {
	if folder != 0 {
		if _, err := s.Store.Resources.Get(ctx, folder); err != nil {
			return nil, 0, missingAs(err, resourceNotFound())
		}
	}
	return s.Store.Resources.List(ctx, store.ResourceFilter{Kind: kind, ParentID: &folder, Search: search, VisibleTo: visibleTo(c)}, s.bound(p))
}

// AllResources gives everything of a kind that the caller sees, by full name.
func (s *Service) AllResources(ctx context.Context, c Caller, kind workflow.ResourceKind) ([]workflow.Resource, error) {
	return s.Store.Resources.All(ctx, store.ResourceFilter{Kind: kind, VisibleTo: visibleTo(c)})
}

// ResourcesEnding is AllResources without the files whose names end otherwise,
// and without the folders that then lead nowhere.
func (s *Service) ResourcesEnding(ctx context.Context, c Caller, kind workflow.ResourceKind, suffix string) ([]workflow.Resource, error) {
	all, err := s.AllResources(ctx, c, kind)
	if err != nil {
		return nil, err
	}
	wanted := map[int64]bool{}
	for _, r := range slices.Backward(all) { // folders come after what is in them
		if !r.Directory && strings.HasSuffix(r.Name, suffix) || r.Directory && wanted[r.ID] {
			wanted[r.ID], wanted[r.ParentID] = true, true
		}
	}
	return slices.DeleteFunc(all, func(r workflow.Resource) bool { return !wanted[r.ID] }), nil
}

// ResourceText gives the name of a text and limit of its lines, after the first
// skip ones. A line, and all of them, may be cut at MaxViewBytes. Reasons:
// "param.invalid", "storage.not_started", "resource.not_found",
// "user.forbidden", "resource.suffix_unsupported", "resource.content_missing"
// (its full name).
func (s *Service) ResourceText(ctx context.Context, c Caller, id int64, skip, limit int) (name, content string, err error) {
	if skip < 0 {
		return "", "", invalid("skipLineNum", "skipLineNum")
	}
	if limit < 0 {
		return "", "", invalid("limit", "limit")
	}
	r, err := s.textFor(ctx, c, id, workflow.PermRead)
	if err != nil {
		return "", "", err
	}
	blob, err := s.Blobs.Get(ctx, r.Key, 0, 0)
	if err != nil {
		return "", "", missingAs(err, contentMissing(r))
	}
	defer func() { _ = blob.Close() }() // read only
	content, err = textLines(blob, skip, limit, s.MaxViewBytes())
	return r.Name, content, err
}

// textFor gives a file that may be shown as text to who may do to it what want
// says.
func (s *Service) textFor(ctx context.Context, c Caller, id int64, want workflow.Perm) (workflow.Resource, error) {
	if s.Blobs == nil {
		return workflow.Resource{}, noStorage()
	}
	r, err := s.resourceFor(ctx, c, id, want)
	if err == nil && (r.Directory || !slices.Contains(s.viewSuffixes(), suffixOf(r.Name))) {
		err = notText()
	}
	return r, err
}

// textLines reads lines, without their ends, joined by line feeds. It holds at
// most most bytes of them.
func textLines(r io.Reader, skip, limit, most int) (string, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	var out bytes.Buffer
	begins := true // a line
	for n := 0; n < skip+limit && out.Len() < most; {
		piece, err := in.ReadSlice('\n')
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return "", err
		}
		ends := err == nil
		if n >= skip && len(piece) > 0 {
			if begins && n > skip {
				out.WriteByte('\n')
			}
			out.Write(withoutEnd(piece, ends))
		}
		if err == io.EOF {
			break
		}
		if begins = ends; ends {
			n++
		}
	}
	text := out.String()
	return strings.ToValidUTF8(text[:min(len(text), most)], "\uFFFD"), nil
}

func withoutEnd(piece []byte, ends bool) []byte {
	if !ends {
		return piece
	}
	return bytes.TrimSuffix(piece[:len(piece)-1], []byte("\r"))
}

// DownloadResource gives a file to who may read it, for CopyResource. Reasons:
// "resource.not_found", "user.forbidden", "storage.not_started",
// "resource.folder".
func (s *Service) DownloadResource(ctx context.Context, c Caller, id int64) (workflow.Resource, error) {
	r, err := s.resourceFor(ctx, c, id, workflow.PermRead)
	switch {
	case err != nil:
		return r, err
	case s.Blobs == nil:
		return r, noStorage()
	case r.Directory:
		return r, workflow.Errorf(workflow.Invalid, "resource.folder", "a folder has no content")
	}
	return r, nil
}

// CopyResource copies the content of a file to w. Reason:
// "resource.content_missing" (its full name).
func (s *Service) CopyResource(ctx context.Context, r workflow.Resource, w io.Writer) error {
	content, err := s.Blobs.Get(ctx, r.Key, 0, 0)
	if err != nil {
		return missingAs(err, contentMissing(r))
	}
	_, err = io.Copy(w, content)
	return errors.Join(err, content.Close())
}

func notText() error {
	return workflow.Errorf(workflow.Invalid, "resource.suffix_unsupported", "a resource of this sort is not shown as text").At("suffix")
}

func contentMissing(r workflow.Resource) error {
	return workflow.Errorf(workflow.NotFound, "resource.content_missing", "the content of %s is missing", r.FullName).With(r.FullName)
}
