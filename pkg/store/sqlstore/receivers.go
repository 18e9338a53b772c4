package sqlstore

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// SetReceivers changes addresses in place: they say whom to tell about runs,
// not what a version runs.
func (s definitions) SetReceivers(ctx context.Context, id int64, receivers, receiversCc string) error {
	none := workflow.Errorf(workflow.NotFound, "definition.not_found", "there is no workflow %d", id)
	return mapError(s.db.change(ctx, none, `UPDATE workflow_version SET receivers = ?, receivers_cc = ?
		WHERE workflow_id = ? AND version = (SELECT w.version FROM workflow w WHERE w.id = ?)`, receivers, receiversCc, id, id), "definition")
}
