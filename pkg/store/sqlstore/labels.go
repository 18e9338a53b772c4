package sqlstore

import (
	"context"
	"maps"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// labels implements store.Labels.
type labels struct{ db *database }

// pair is a column's text of a workflow.
type pair struct {
	id          int64
	label, text string
}

func scanPair(row scanner) (p pair, err error) {
	err = row.Scan(&p.id, &p.label, &p.text)
	return p, err
}

func (s labels) Of(ctx context.Context, ids []int64) (map[int64]store.Sorting, error) {
	out := make(map[int64]store.Sorting, len(ids))
	for part := range slices.Chunk(ids, maxInIDs) {
		in := " WHERE workflow_id IN (" + marks(len(part)) + ")"
		found, err := query(ctx, s.db.read, scanPair, "SELECT workflow_id, '', folder FROM workflow_folder"+in, anys(part)...)
		if err != nil {
			return nil, mapError(err, "label")
		}
		for _, p := range found {
			out[p.id] = store.Sorting{Folder: p.text}
		}
		if found, err = query(ctx, s.db.read, scanPair, "SELECT workflow_id, label, value FROM workflow_label"+in, anys(part)...); err != nil {
			return nil, mapError(err, "label")
		}
		for _, p := range found {
			sorting := out[p.id]
			if sorting.Labels == nil {
				sorting.Labels = map[string]string{}
			}
			sorting.Labels[p.label] = p.text
			out[p.id] = sorting
		}
	}
	return out, nil
}

func (s labels) Set(ctx context.Context, id int64, to store.Sorting) error {
	return mapError(s.db.transact(ctx, func(tx querier) error { return setSorting(ctx, tx, id, to) }), "label")
}

// setSorting replaces a workflow's folder and labels.
func setSorting(ctx context.Context, tx querier, id int64, to store.Sorting) error {
	for _, statement := range []string{"DELETE FROM workflow_folder WHERE workflow_id = ?", "DELETE FROM workflow_label WHERE workflow_id = ?"} {
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return err
		}
	}
	if to.Folder != "" {
		if _, err := tx.ExecContext(ctx, "INSERT INTO workflow_folder (workflow_id, folder) VALUES (?, ?)", id, to.Folder); err != nil {
			return err
		}
	}
	for _, label := range slices.Sorted(maps.Keys(to.Labels)) {
		if _, err := tx.ExecContext(ctx, "INSERT INTO workflow_label (workflow_id, label, value) VALUES (?, ?, ?)", id, label, to.Labels[label]); err != nil {
			return err
		}
	}
	return nil
}

func (s labels) Find(ctx context.Context, projectID int64, folder string, wanted map[string]string) ([]int64, error) {
	f := filter{dialect: s.db.dialect}
	f.add("w.project_id = ?", projectID)
	f.sorted(folder, wanted)
	ids, err := query(ctx, s.db.read, scanID, "SELECT w.id FROM workflow w"+f.where()+" ORDER BY w.id", f.args...)
	return ids, mapError(err, "label")
}

// sorted narrows workflows w to those in a folder, or below it, that have all
// the labels.
func (f *filter) sorted(folder string, wanted map[string]string) {
	if folder != "" {
		below := folder + "/"
		f.add("EXISTS (SELECT 1 FROM workflow_folder f WHERE f.workflow_id = w.id AND (f.folder = ? OR SUBSTR(f.folder, 1, ?) = ?))",
			folder, len([]rune(below)), below)
	}
	for _, label := range slices.Sorted(maps.Keys(wanted)) {
		f.add("EXISTS (SELECT 1 FROM workflow_label l WHERE l.workflow_id = w.id AND l.label = ? AND l.value = ?)", label, wanted[label])
	}
}

func (s labels) Folders(ctx context.Context, projectID int64) (map[string]int, error) {
	out := map[string]int{}
	_, err := query(ctx, s.db.read, func(row scanner) (struct{}, error) {
		var folder string
		var n int
		err := row.Scan(&folder, &n)
		out[folder] = n
		return struct{}{}, err
	}, "SELECT f.folder, COUNT(*) FROM workflow_folder f JOIN workflow w ON w.id = f.workflow_id WHERE w.project_id = ? GROUP BY f.folder", projectID)
	return out, mapError(err, "label")
}
