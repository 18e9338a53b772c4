// Package cond evaluates the conditions of SWITCH tasks. Users write them in
// JavaScript; this package accepts the part of it that is an expression over
// parameters:
//
//	${total} > 10 && "${status}" === 'ok'
//	!(${name}.indexOf("x") >= 0) || ${list}.length == 3
//
// Literals are numbers, strings, true, false, null and undefined; operators
// are || && ! == != === !== < <= > >= + - * / % and parentheses; on a value
// one may ask .length, .indexOf(s), .includes(s), .startsWith(s), .endsWith(s)
// and .equals(s). Comparisons follow JavaScript, loose ones included. All else
// is refused when the condition is saved, with its position.
//
// ${name} stands for a parameter. Its value is data: it is never pasted into
// the text, so that no value can change what a condition does. A value that
// reads as a number, true, false or null is one, as if it had been written
// there; between quotes it is text.
//
// The condition is rewritten for github.com/expr-lang/expr, with every
// operator spelled as a call of a total function, and run there. Evaluation
// has no side effects, no loops, and bounds on nodes and on the length of
// strings.
package cond

import (
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// Bounds of a condition.
const (
	maxText   = 8 << 10 // bytes of a condition
	maxDepth  = 64      // parentheses within each other
	maxNodes  = 4_000
	maxString = 1 << 20 // bytes of a string made by a condition
)

// Error says what is wrong with a condition and where: Pos is the number of
// the character, from 1.
type Error struct {
	Pos int
	Msg string
}

func (e *Error) Error() string { return fmt.Sprintf("at character %d: %s", e.Pos, e.Msg) }

// Program is a condition that was checked. It never changes.
type Program struct {
	slots   []slot
	program *vm.Program
}

// Check says whether a condition is accepted. The error is an *Error.
func Check(text string) error {
	_, err := Compile(text)
	return err
}

// Eval checks and evaluates a condition.
func Eval(text string, values map[string]string) (bool, error) {
	p, err := Compile(text)
	if err != nil {
		return false, err
	}
	return p.Eval(values)
}

// Compile checks a condition. The error is an *Error.
func Compile(text string) (*Program, error) {
	source, slots, err := rewrite(text)
	if err != nil {
		return nil, err
	}
	program, cerr := expr.Compile(source, options()...)
	if cerr != nil {
		return nil, &Error{Pos: 1, Msg: "too complex"}
	}
	return &Program{slots: slots, program: program}, nil
}

func options() []expr.Option {
	opts := []expr.Option{
		expr.Env(map[string]any{"p": []any{}}),
		expr.DisableAllBuiltins(),
		expr.MaxNodes(maxNodes),
		expr.AsBool(),
	}
	for _, f := range functions() {
		opts = append(opts, expr.Function(f.name, f.call, f.signature))
	}
	return opts
}

// Eval evaluates the condition: whether its value is true in JavaScript's
// sense. A parameter it needs and values lacks is an error; so is a string
// that grows too long.
func (p *Program) Eval(values map[string]string) (bool, error) {
	args := make([]any, len(p.slots))
	for i, s := range p.slots {
		args[i] = s.text
		if !s.param {
			continue
		}
		v, ok := values[s.text]
		if !ok {
			return false, fmt.Errorf("parameter %s has no value", s.text)
		}
		args[i] = v
	}
	out, err := expr.Run(p.program, map[string]any{"p": args})
	if err != nil {
		return false, fmt.Errorf("evaluating: %w", err)
	}
	yes, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("evaluating: got %T", out)
	}
	return yes, nil
}

// Names lists the parameters the condition refers to.
func (p *Program) Names() []string {
	var names []string
	for _, s := range p.slots {
		if s.param {
			names = append(names, s.text)
		}
	}
	return names
}
