package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// definitionOrders are the orders of lists. The id makes them total.
var definitionOrders = map[store.DefinitionOrder]string{
	"": "w.name, w.id", store.ByName: "w.name, w.id", store.ByNameDesc: "w.name DESC, w.id DESC",
	store.ByUpdate: "w.update_time, w.id", store.ByNewest: "w.update_time DESC, w.id DESC",
	store.ByCreation: "w.id", store.ByYoungest: "w.id DESC",
}

// Find pages over the workflows first and joins only the rows of the page.
func (s definitions) Find(ctx context.Context, by store.DefinitionFilter, o store.DefinitionOrder, p store.Page) ([]store.DefinitionRow, int, error) {
	order, ok := definitionOrders[o]
	if !ok {
		return nil, 0, fmt.Errorf("there is no order %q of workflows", o)
	}
	f := filter{dialect: s.db.dialect}
	f.equal("w.project_id", by.ProjectID)
	f.search("w.name", by.Search)
	f.exact("w.release_state", string(by.State))
	f.sorted(by.Folder, by.Labels)
	total, err := f.count(ctx, s.db.read, "workflow w")
	if err != nil {
		return nil, 0, mapError(err, "definition")
	}
	rows, err := query(ctx, s.db.read, scanDefinitionRow, "SELECT "+definitionShort+definitionBeside+definitionCurrent+definitionJoins+
		" JOIN (SELECT w.id FROM workflow w"+f.where()+" ORDER BY "+order+" LIMIT ? OFFSET ?) page ON page.id = w.id ORDER BY "+order,
		append(f.args, p.Size, p.Offset())...)
	return rows, total, mapError(err, "definition")
}

func (s definitions) Beside(ctx context.Context, ids []int64) (map[int64]store.Beside, error) {
	out := make(map[int64]store.Beside, len(ids))
	for part := range slices.Chunk(ids, maxInIDs) {
		if err := s.beside(ctx, part, out); err != nil {
			return nil, mapError(err, "definition")
		}
	}
	return out, nil
}

func (s definitions) beside(ctx context.Context, ids []int64, out map[int64]store.Beside) error {
	in, args := " IN ("+marks(len(ids))+")", anys(ids)
	_, err := query(ctx, s.db.read, func(row scanner) (id int64, err error) {
		var b store.Beside
		err = row.Scan(&id, &b.DraftRevision)
		out[id] = b
		return id, err
	}, "SELECT workflow_id, revision FROM workflow_draft WHERE workflow_id"+in, args...)
	if err != nil {
		return err
	}
	schedules, err := query(ctx, s.db.read, plain(scanSchedule), "SELECT "+scheduleColumns+" FROM schedule s WHERE s.definition_id"+in+" ORDER BY s.id", args...)
	if err != nil {
		return err
	}
	for _, v := range schedules {
		b := out[v.DefinitionID]
		v.Start = workflow.StartOptions{}
		b.Schedules = append(b.Schedules, v)
		out[v.DefinitionID] = b
	}
	_, err = query(ctx, s.db.read, func(row scanner) (id int64, err error) {
		last := &store.LastRun{}
		var start, end moment
		err = row.Scan(&id, &last.InstanceID, &last.State, &start, &end)
		last.Start, last.End = start.Time, end.Time
		b := out[id]
		b.Last = last
		out[id] = b
		return id, err
	}, "SELECT i.definition_id, i.id, i.state, i.start_time, i.end_time FROM instance i JOIN (SELECT MAX(id) AS id FROM instance WHERE definition_id"+
		in+" GROUP BY definition_id) n ON n.id = i.id", args...)
	return err
}

// Versions leaves out the empty one of a workflow that was never published.
func (s definitions) Versions(ctx context.Context, id int64, p store.Page) ([]store.VersionRow, int, error) {
	f := filter{dialect: s.db.dialect}
	f.add("v.workflow_id = ?", id)
	f.add("v.version > 0")
	total, err := f.count(ctx, s.db.read, "workflow_version v")
	if err != nil {
		return nil, 0, mapError(err, "definition")
	}
	rows, err := query(ctx, s.db.read, func(row scanner) (v store.VersionRow, err error) {
		var created moment
		err = row.Scan(&v.Version, &v.Name, &v.Note, &v.ModifiedBy, &v.ModifiedByName, &created, &v.Current)
		v.CreateTime = created.Time
		return v, err
	}, "SELECT v.version, v.name, v.note, v.modified_by, COALESCE(m.name, ''), v.create_time, v.version = w.version"+
		" FROM workflow_version v JOIN workflow w ON w.id = v.workflow_id LEFT JOIN user_account m ON m.id = v.modified_by"+f.where()+
		" ORDER BY v.version DESC LIMIT ? OFFSET ?", append(f.args, p.Size, p.Offset())...)
	return rows, total, mapError(err, "definition")
}
