package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// InstanceEdit changes the workflow of a terminal instance.
type InstanceEdit struct {
	Spec *workflow.Spec // nil: no change
	// SyncDefinition makes Spec the workflow's current version too.
	SyncDefinition bool
	// Merge may complete Spec by the version it follows.
	Merge     func(prev, next *workflow.Spec)
	Operation string // the dialect's word
}

// EditInstance saves an edit as a version of the workflow and has the instance
// go on with it: a rerun or recovery runs what was edited. Only a synchronised
// edit is what later instances run. Reasons: those of CheckSpec,
// "instance.not_found", "instance.state", "definition.not_found",
// "definition.online" for a synchronised edit.
func (s *Service) EditInstance(ctx context.Context, c Caller, p workflow.Project, id int64, edit InstanceEdit) error {
	in, err := s.Instance(ctx, p, id)
	if err != nil {
		return err
	}
	if !in.State.Terminal() {
		return workflow.Errorf(workflow.Conflict, "instance.state", "instance %s is %s: no %s", in.Name, in.State, edit.Operation).
			With(in.Name, in.State, edit.Operation)
	}
	if edit.Spec == nil {
		return nil
	}
	if err := s.CheckSpec(edit.Spec); err != nil {
		return err
	}
	d, err := s.Definition(ctx, p, in.DefinitionID)
	if err != nil {
		return err
	}
	if edit.SyncDefinition && d.ReleaseState == workflow.Online {
		return definitionOnline(d.Name)
	}
	if err := s.checkNesting(ctx, d.ID, edit.Spec); err != nil {
		return err
	}
	if err := s.checkNeeds(ctx, c, p.ID, edit.Spec); err != nil {
		return err
	}
	if err := s.saveEdit(store.Ahead(ctx), c, &in, &d, edit); err != nil {
		return err
	}
	cmd := workflow.Command{
		Shard: in.Shard, Type: workflow.CmdEdit, ProjectID: in.ProjectID, DefinitionID: in.DefinitionID,
		InstanceID: in.ID, UserID: c.User.ID, Start: workflow.StartOptions{Version: d.Version},
	}
	if err := s.Store.Commands.Insert(ctx, &cmd); err != nil {
		return err
	}
	s.nudge(cmd)
	return nil
}

// saveEdit makes the edit a version and sets d's number to it.
func (s *Service) saveEdit(ctx context.Context, c Caller, in *workflow.Instance, d *workflow.Definition, edit InstanceEdit) error {
	prev := &d.Spec
	if !edit.SyncDefinition { // the instance may be behind the workflow
		ran, err := s.versionOf(ctx, in)
		if err != nil {
			return err
		}
		if ran != nil {
			prev = &ran.Spec
		}
	}
	if edit.Merge != nil {
		edit.Merge(prev, edit.Spec)
	}
	d.Spec = *edit.Spec
	if edit.SyncDefinition {
		return s.saveVersion(ctx, c, d)
	}
	d.ModifiedBy = c.User.ID
	s.nameTasks(&d.Spec, s.Now())
	return named(s.Store.Definitions.AddVersion(ctx, d))
}
