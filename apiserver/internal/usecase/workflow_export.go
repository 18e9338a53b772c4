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
	var list []exportedText
	for _, id := range ids {
		d, err := s.Definition(ctx, p, id)
		if err != nil {
			return nil, err
		}
		if d.Version == 0 {
			continue
		}
		text, err := s.written(n, &d, sorted[id], true)
		if err != nil {
			return nil, err
		}
		list = append(list, exportedText{d.Name, text})
	}
	slices.SortFunc(list, func(a, b exportedText) int { return cmp.Compare(a.name, b.name) })
	return joined(list), nil
}

// exportedText is the text of a workflow.
type exportedText struct{ name, text string }

// joined gives texts with lines of three dashes between them.
func joined(list []exportedText) []byte {
	var out bytes.Buffer
	for i, one := range list {
		if i > 0 {
			out.WriteString("---\n")
		}
		out.WriteString(one.text)
	}
	return out.Bytes()
}

// written gives the text of a workflow's version: the one that it was made of,
// with what belongs to the workflow itself as it is now. What that text leaves
// out is added when all is wanted.
func (s *Service) written(n *names, d *workflow.Definition, sorting store.Sorting, all bool) (string, error) {
	version, err := s.documentOf(n, d)
	if err != nil {
		return "", err
	}
	whole, err := s.exported(n, d, version, sorting)
	if err != nil {
		return "", err
	}
	return s.sourceText(&d.Spec, version, whole, all)
}

// sourceText gives the text that a version was made of, while it says what the
// version does; else the version's canonical form, or that of the whole when all
// is wanted.
func (s *Service) sourceText(spec *workflow.Spec, version, whole manifest.Document, all bool) (string, error) {
	canonical, err := text(version)
	if err != nil {
		return "", err
	}
	if source, ok := manifest.SourceOf(spec, []byte(canonical)); ok {
		same := func(said, is manifest.Schedule) bool { return sameSchedule((&apply{s: s}).usual(said), is) }
		if updated, ok := manifest.Update(source, whole, all, same); ok {
			return updated, nil
		}
	}
	if all {
		return text(whole)
	}
	return canonical, nil
}

// VersionText gives the text of a version, without what belongs to the workflow
// itself: that is not the version's.
func (s *Service) VersionText(d *workflow.Definition, doc manifest.Document) (string, error) {
	return s.sourceText(&d.Spec, doc, doc, false)
}

// WorkflowText gives the text of a workflow's current version, as it was typed.
func (s *Service) WorkflowText(ctx context.Context, c Caller, p workflow.Project, d *workflow.Definition) (string, error) {
	sorted, err := s.Store.Labels.Of(ctx, []int64{d.ID})
	if err != nil {
		return "", err
	}
	return s.written(s.namesFor(ctx, c, p), d, sorted[d.ID], false)
}

// exported adds to a version all that belongs to its workflow.
func (s *Service) exported(n *names, d *workflow.Definition, doc manifest.Document, sorting store.Sorting) (manifest.Document, error) {
	doc.Folder = sorting.Folder
	if len(sorting.Labels) > 0 {
		doc.Labels = sorting.Labels
	}
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
