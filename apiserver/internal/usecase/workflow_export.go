package usecase

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ExportDocuments writes workflows with all that belongs to them, in the order
// of their names: those of the ids or, without any, those with all the labels.
// What was never published is left out. Reason: "definition.not_found".
func (s *Service) ExportDocuments(ctx context.Context, c Caller, p workflow.Project, ids []int64, labels map[string]string) ([]byte, error) {
	if len(ids) == 0 {
		var err error
		if ids, err = s.Store.Labels.Find(ctx, p.ID, "", labels); err != nil {
			return nil, err
		}
	}
	sorted, err := s.Store.Labels.Of(ctx, ids)
	if err != nil {
		return nil, err
	}
	n := s.namesFor(ctx, c, p)
	var list []manifest.Document
	for _, id := range ids {
		d, err := s.Definition(ctx, p, id)
		if err != nil {
			return nil, err
		}
		if d.Version == 0 {
			continue
		}
		doc, err := s.exported(n, &d, sorted[id])
		if err != nil {
			return nil, err
		}
		list = append(list, doc)
	}
	slices.SortFunc(list, func(a, b manifest.Document) int { return cmp.Compare(a.Name, b.Name) })
	return texts(list)
}

// exported writes a workflow with all that belongs to it.
func (s *Service) exported(n *names, d *workflow.Definition, sorting store.Sorting) (manifest.Document, error) {
	doc, err := s.documentOf(n, d)
	if err != nil {
		return doc, err
	}
	doc.Folder, doc.Labels = sorting.Folder, sorting.Labels
	if d.ReleaseState == workflow.Online {
		online := true
		doc.Online = &online
	}
	schedules, err := s.Store.Schedules.ByDefinition(n.ctx, d.ID)
	if err != nil {
		return doc, err
	}
	for i := range schedules {
		v, err := s.writeSchedule(n, &schedules[i])
		if err != nil {
			return doc, err
		}
		doc.Schedules = append(doc.Schedules, v)
	}
	return doc, nil
}

// texts writes documents with lines of three dashes between them.
func texts(list []manifest.Document) ([]byte, error) {
	var out bytes.Buffer
	for i, doc := range list {
		if i > 0 {
			out.WriteString("---\n")
		}
		t, err := text(doc)
		if err != nil {
			return nil, err
		}
		out.WriteString(t)
	}
	return out.Bytes(), nil
}
