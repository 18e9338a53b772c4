package cond

import (
	"slices"
	"strconv"
	"strings"
)

// rewriter reads tokens by JavaScript's precedence and writes the same
// expression for the evaluator, every operator as a call.
type rewriter struct {
	tokens []token
	at     int
	depth  int
	slots  []slot
}

// slot is a text that a condition needs when it runs: a parameter's value, or
// a constant. Neither ever becomes part of the evaluator's source.
type slot struct {
	text  string // the parameter's name, or the constant
	param bool
}

// rewrite gives the evaluator's source of a condition and what it needs, p[0]
// first.
func rewrite(text string) (source string, slots []slot, err error) {
	tokens, err := scan(text)
	if err != nil {
		return "", nil, err
	}
	r := &rewriter{tokens: tokens}
	if r.peek().kind == endToken {
		return "", nil, &Error{Pos: 1, Msg: "the condition is empty"}
	}
	source, err = r.binary(0)
	if err != nil {
		return "", nil, err
	}
	r.accept(";")
	if t := r.peek(); t.kind != endToken {
		return "", nil, unexpected(t)
	}
	return call("truthy", source), r.slots, nil
}

func (r *rewriter) peek() token { return r.tokens[r.at] }

func (r *rewriter) accept(punct string) bool {
	t := r.peek()
	if t.kind != punctToken || t.text != punct {
		return false
	}
	r.at++
	return true
}

func (r *rewriter) expect(punct string) error {
	if !r.accept(punct) {
		return &Error{Pos: r.peek().pos, Msg: "expected " + punct}
	}
	return nil
}

func unexpected(t token) error {
	switch t.kind {
	case endToken:
		return &Error{Pos: t.pos, Msg: "the condition ends too early"}
	case wordToken:
		return &Error{Pos: t.pos, Msg: t.text + " is not allowed here; a parameter is written ${" + t.text + "}"}
	case punctToken:
		return &Error{Pos: t.pos, Msg: "unexpected " + t.text}
	}
	return &Error{Pos: t.pos, Msg: "an operator is missing"}
}

// level lists the binary operators of one precedence, loosest first, with the
// functions that stand for them.
func level(n int) (ops []string, calls []string) {
	switch n {
	case 0:
		return []string{"||"}, []string{"either"}
	case 1:
		return []string{"&&"}, []string{"both"}
	case 2:
		return []string{"===", "!==", "==", "!="}, []string{"same", "differs", "equal", "unequal"}
	case 3:
		return []string{"<=", ">=", "<", ">"}, []string{"atMost", "atLeast", "less", "more"}
	case 4:
		return []string{"+", "-"}, []string{"add", "subtract"}
	case 5:
		return []string{"*", "/", "%"}, []string{"multiply", "divide", "remainder"}
	}
	return nil, nil
}

// binary reads operators of level n and tighter ones; all associate to the
// left.
func (r *rewriter) binary(n int) (string, error) {
	ops, calls := level(n)
	if ops == nil {
		return r.unary()
	}
	left, err := r.binary(n + 1)
	if err != nil {
		return "", err
	}
	for {
		t := r.peek()
		i := slices.Index(ops, t.text)
		if t.kind != punctToken || i < 0 {
			return left, nil
		}
		r.at++
		right, err := r.binary(n + 1)
		if err != nil {
			return "", err
		}
		left = call(calls[i], left, right)
	}
}

func (r *rewriter) unary() (string, error) {
	if err := r.enter(); err != nil {
		return "", err
	}
	defer r.leave()
	for i, op := range []string{"!", "-", "+"} {
		if r.accept(op) {
			operand, err := r.unary()
			if err != nil {
				return "", err
			}
			return call([]string{"invert", "negate", "number"}[i], operand), nil
		}
	}
	operand, err := r.primary()
	if err != nil {
		return "", err
	}
	return r.members(operand)
}

func (r *rewriter) enter() error {
	if r.depth++; r.depth > maxDepth {
		return &Error{Pos: r.peek().pos, Msg: "too many parts within each other"}
	}
	return nil
}

func (r *rewriter) leave() { r.depth-- }

func (r *rewriter) primary() (string, error) {
	t := r.peek()
	r.at++
	switch {
	case t.kind == numberToken:
		return call("literal", r.constant(strconv.FormatFloat(t.num, 'g', -1, 64))), nil
	case t.kind == stringToken:
		return r.text(t.parts), nil
	case t.kind == nameToken:
		return call("literal", r.param(t.text)), nil
	case t.kind == wordToken && slices.Contains([]string{"true", "false", "null", "undefined"}, t.text):
		return call("literal", r.constant(t.text)), nil
	case t.kind == punctToken && t.text == "(":
		inner, err := r.binary(0)
		if err != nil {
			return "", err
		}
		return inner, r.expect(")")
	}
	r.at-- // for a position at the end
	return "", unexpected(t)
}

// text joins the parts of a string literal.
func (r *rewriter) text(parts []part) string {
	if len(parts) == 0 {
		return r.constant("")
	}
	var out string
	for i, p := range parts {
		piece := r.slot(slot(p))
		if i == 0 {
			out = piece
			continue
		}
		out = call("concat", out, piece)
	}
	return out
}

func (r *rewriter) constant(text string) string { return r.slot(slot{text: text}) }

func (r *rewriter) param(name string) string { return r.slot(slot{text: name, param: true}) }

// slot gives the place of a text.
func (r *rewriter) slot(s slot) string {
	i := slices.Index(r.slots, s)
	if i < 0 {
		i = len(r.slots)
		r.slots = append(r.slots, s)
	}
	return "p[" + strconv.Itoa(i) + "]"
}

// members reads what is asked of a value.
func (r *rewriter) members(value string) (string, error) {
	for r.accept(".") {
		t := r.peek()
		if t.kind != wordToken {
			return "", unexpected(t)
		}
		r.at++
		if t.text == "length" {
			value = call("length", value)
			continue
		}
		name, ok := method(t.text)
		if !ok {
			return "", &Error{Pos: t.pos, Msg: "." + t.text + " is not supported"}
		}
		if err := r.expect("("); err != nil {
			return "", err
		}
		arg, err := r.binary(0)
		if err != nil {
			return "", err
		}
		if err := r.expect(")"); err != nil {
			return "", err
		}
		value = call(name, value, arg)
	}
	return value, nil
}

func method(name string) (string, bool) {
	switch name {
	case "indexOf", "includes":
		return name, true
	case "startsWith":
		return "begins", true
	case "endsWith":
		return "ends", true
	case "equals":
		return "equals", true
	}
	return "", false
}

func call(name string, args ...string) string { return name + "(" + strings.Join(args, ", ") + ")" }
