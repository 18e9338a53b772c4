package workflow

import "time"

// Draft is a workflow being edited. It need not be valid: publishing makes a
// version of it, which must be.
type Draft struct {
	DefinitionID int64
	// Revision grows with every save; a save names the one it began with.
	Revision    int64
	Document    string // YAML, as the editor left it
	BaseVersion int    // the version it was begun from; 0: none yet
	UserID      int64  // who saved last
	UpdateTime  time.Time
}
