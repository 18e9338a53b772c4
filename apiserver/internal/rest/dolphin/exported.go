package dolphin

import (
	"context"
	"encoding/json"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ReadExport reads workflows that the export of this dialect, or of
// DolphinScheduler 1.3.9 itself, wrote.
func (d *Dialect) ReadExport(ctx context.Context, c usecase.Caller, text []byte) ([]usecase.Import, error) {
	var metas []processMetaJSON
	if err := json.Unmarshal(text, &metas); err != nil || len(metas) == 0 {
		return nil, workflow.Errorf(workflow.Invalid, "document.invalid", "the text holds no exported workflows").At("document")
	}
	items := make([]usecase.Import, 0, len(metas))
	for i := range metas {
		item, err := d.imported(ctx, c, &metas[i])
		if err != nil {
			e := workflow.Errorf(workflow.Invalid, "document.invalid", "workflow %q cannot be read", metas[i].ProcessDefinitionName)
			e.Err = err
			return nil, e.At("document")
		}
		items = append(items, item)
	}
	return items, nil
}
