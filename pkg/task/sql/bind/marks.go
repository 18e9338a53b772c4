package bind

import "strings"

// maxPlaceholder bounds what is looked at as one placeholder.
const maxPlaceholder = 512

// span is a part of a text.
type span struct{ from, to int }

// paste replaces !{x} by the text of x and tells what came in.
func paste(src string, source Source) (string, []span) {
	if !strings.Contains(src, "!{") {
		return src, nil
	}
	var (
		out   strings.Builder
		spans []span
	)
	for {
		i := strings.Index(src, "!{")
		if i < 0 {
			out.WriteString(src)
			return out.String(), spans
		}
		out.WriteString(src[:i])
		src = src[i:]
		name, size := braced(src)
		v, ok := Value{}, false
		if size > 0 {
			v, ok = source.Lookup(name)
		}
		if !ok {
			out.WriteString(src[:2])
			src = src[2:]
			continue
		}
		spans = append(spans, span{out.Len(), out.Len() + len(v.Text)})
		out.WriteString(v.Text)
		src = src[size:]
	}
}

// braced reads the name of ${name} or !{name} at the start of src; size is 0
// when it is none. Of ${a${b}} only the inner one counts.
func braced(src string) (name string, size int) {
	end := strings.IndexByte(src[:min(len(src), maxPlaceholder)], '}')
	if end < 0 || strings.Contains(src[2:end], "${") {
		return "", 0
	}
	return src[2:end], end + 1
}

// mark is a known placeholder in the source.
type mark struct {
	span
	date  bool // $[...] whose text the author alone decides
	name  string
	text  string
	value Value
}

// marks finds the placeholders of a part of the source.
func (b *binder) marks(from, to int) []mark {
	var found []mark
	for i := from; i < to; {
		if m, ok := b.mark(i, to); ok {
			found = append(found, m)
			i = m.to
			continue
		}
		i++
	}
	return found
}

// mark reads the placeholder at i, if one begins there and is known.
func (b *binder) mark(i, end int) (mark, bool) {
	rest := b.src[i:end]
	if len(rest) < 3 || rest[0] != '$' || b.isPasted(i) {
		return mark{}, false
	}
	switch rest[1] {
	case '{':
		return b.nameMark(i, rest)
	case '[':
		return b.dateMark(i, rest)
	}
	return mark{}, false
}

func (b *binder) nameMark(i int, rest string) (mark, bool) {
	name, size := braced(rest)
	if size == 0 || b.overlaps(i, i+size) {
		return mark{}, false
	}
	v, ok := b.source.Lookup(name)
	return mark{span: span{i, i + size}, name: name, text: v.Text, value: v}, ok
}

func (b *binder) dateMark(i int, rest string) (mark, bool) {
	end := strings.IndexByte(rest[:min(len(rest), maxPlaceholder)], ']')
	if end < 0 || b.overlaps(i, i+end+1) {
		return mark{}, false
	}
	expression := rest[:end+1]
	got := b.source.Date(expression)
	if got == expression || strings.HasPrefix(got, "$[") {
		return mark{}, false
	}
	return mark{
		span: span{i, i + end + 1}, date: !strings.Contains(expression, "${"),
		name: expression, text: got, value: Value{Text: got},
	}, true
}

// isPasted reports whether the byte at i came in by !{x}.
func (b *binder) isPasted(i int) bool { return b.overlaps(i, i+1) }

func (b *binder) overlaps(from, to int) bool {
	for _, s := range b.pasted {
		if from < s.to && s.from < to {
			return true
		}
	}
	return false
}

// maxWord is longer than any word that matters here.
const maxWord = 32

// words remembers what code was before a position.
type words struct {
	here string // touches the position
	last string // the word before it, when only blanks are between
}

func (w *words) add(c byte) {
	switch {
	case wordByte(c):
		if len(w.here) < maxWord {
			w.here += strings.ToUpper(string([]byte{c}))
		}
	case c <= ' ':
		w.gap()
	default:
		w.token()
	}
}

// gap is a blank or a comment.
func (w *words) gap() {
	if w.here != "" {
		w.last, w.here = w.here, ""
	}
}

// token is anything else.
func (w *words) token() { w.here, w.last = "", "" }

// typed reports whether a literal that follows has its type before it.
func (w *words) typed() bool {
	if w.here != "" {
		return false
	}
	switch w.last {
	case "DATE", "TIME", "TIMESTAMP", "DATETIME", "TIMESTAMPTZ", "INTERVAL", "ZONE":
		return true
	}
	return false
}
