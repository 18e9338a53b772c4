package sqlstore

import (
	"cmp"
	"slices"

	"gorm.io/gorm"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// dataSourceUse says that a task of a workflow's current version names a data
// source.
type dataSourceUse struct {
	WorkflowID   int64 `gorm:"primaryKey;autoIncrement:false"`
	DataSourceID int64 `gorm:"primaryKey;autoIncrement:false"`
}

func (dataSourceUse) TableName() string { return "workflow_data_source" }

// resourceUse is the same of a resource, by id or by name.
type resourceUse struct {
	WorkflowID int64  `gorm:"primaryKey;autoIncrement:false"`
	ResourceID int64  `gorm:"primaryKey;autoIncrement:false"`
	FullName   string `gorm:"primaryKey"`
}

func (resourceUse) TableName() string { return "workflow_resource" }

// writeUses replaces the links to what a workflow's current version uses.
func writeUses(tx *gorm.DB, d *workflow.Definition) error {
	sources := make([]dataSourceUse, 0, len(d.Uses.DataSources))
	for _, id := range d.Uses.DataSources {
		sources = append(sources, dataSourceUse{d.ID, id})
	}
	resources := make([]resourceUse, 0, len(d.Uses.Resources))
	for _, r := range d.Uses.Resources {
		use := resourceUse{WorkflowID: d.ID, ResourceID: r.ID}
		if r.ID == 0 {
			use.FullName = r.Name
		}
		resources = append(resources, use)
	}
	if err := replaceLinks(tx, d.ID, children(d)); err != nil {
		return err
	}
	if err := replaceLinks(tx, d.ID, distinct(sources)); err != nil {
		return err
	}
	return replaceLinks(tx, d.ID, distinct(resources))
}

// replaceLinks makes rows all that a link table has of a workflow.
func replaceLinks[R any](tx *gorm.DB, id int64, rows []R) error {
	if err := tx.Where("workflow_id = ?", id).Delete(new(R)).Error; err != nil || len(rows) == 0 {
		return err
	}
	return tx.CreateInBatches(rows, maxRows).Error
}

// distinct drops repetitions.
func distinct[R comparable](rows []R) []R {
	seen := map[R]bool{}
	var out []R
	for _, r := range rows {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}

// useColumns is the beginning of what scanUse reads.
const useColumns = "w.id, w.name, w.project_id, w.release_state"

func scanUse(row scanner) (u store.Use, err error) {
	err = row.Scan(&u.DefinitionID, &u.DefinitionName, &u.ProjectID, &u.ReleaseState, &u.Of)
	return u, err
}

// sortedUses sorts by workflow and drops repetitions: what is named both by id
// and by name.
func sortedUses(uses []store.Use) []store.Use {
	slices.SortFunc(uses, func(a, b store.Use) int {
		return cmp.Or(cmp.Compare(a.DefinitionID, b.DefinitionID), cmp.Compare(a.Of, b.Of))
	})
	return slices.Compact(uses)
}
