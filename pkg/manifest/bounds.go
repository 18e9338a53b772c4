package manifest

import (
	"github.com/goccy/go-yaml/token"
)

// Bounds of what is read: parsing takes time that grows with the square of
// these, whatever the size of the text.
const (
	maxDepth  = 100     // of brackets, and of what begins on one line
	maxFields = 10_000  // of one object
	maxInline = 100_000 // fields and elements in brackets, all together
	maxTokens = 800_000
)

// bounds looks at tokens before they are parsed.
type bounds struct {
	brackets int
	inline   int // fields and elements in brackets
	line     int
	begun    int         // entries, keys and tags that begin on the line
	fields   map[int]int // of the objects that are open, by column
	opened   bool        // a line of dashes came, and nothing after it
}

// tooMuch finds what no workflow needs.
func tooMuch(tokens token.Tokens) *Problem {
	if len(tokens) > maxTokens {
		return &Problem{Message: "the text says too much for one document", Line: 1, Column: 1}
	}
	b := bounds{fields: map[int]int{}}
	for _, t := range tokens {
		if message := b.see(t); message != "" {
			return &Problem{Message: message, Line: t.Position.Line, Column: t.Position.Column}
		}
	}
	return nil
}

func (b *bounds) see(t *token.Token) string {
	if t.Position.Line != b.line {
		b.line, b.begun = t.Position.Line, 0
	}
	if message := b.separator(t); message != "" {
		return message
	}
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		b.brackets++
	case token.SequenceEndType, token.MappingEndType:
		b.brackets = max(b.brackets-1, 0)
	case token.DocumentHeaderType, token.DocumentEndType:
		clear(b.fields)
		b.brackets = 0
	case token.CollectEntryType:
		if b.inline++; b.inline > maxInline {
			return "the text has too much in brackets"
		}
	case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
		b.begun++
		b.close(t.Position.Column)
	case token.MappingValueType:
		if b.brackets == 0 {
			b.begun++
		}
		if b.begun <= maxDepth {
			return b.field(t)
		}
	}
	if b.brackets > maxDepth || b.begun > maxDepth {
		return "the text is nested too deeply"
	}
	return ""
}

// separator refuses documents with nothing in them: the parser would end there
// and lose what follows.
func (b *bounds) separator(t *token.Token) string {
	switch t.Type {
	case token.DocumentHeaderType:
		if b.opened {
			return "there is nothing between two lines of three dashes"
		}
		b.opened = true
	case token.CommentType, token.SpaceType:
	default:
		b.opened = false
	}
	return ""
}

// close forgets the objects to the right of a column.
func (b *bounds) close(column int) {
	for c := range b.fields {
		if c > column {
			delete(b.fields, c)
		}
	}
}

// field counts a key. Inside brackets columns say nothing.
func (b *bounds) field(t *token.Token) string {
	if b.brackets > 0 || t.Prev == nil {
		if b.inline++; b.inline > maxInline {
			return "the text has too much in brackets"
		}
		return ""
	}
	column := t.Prev.Position.Column
	b.close(column)
	if b.fields[column]++; b.fields[column] > maxFields {
		return "an object has too many fields"
	}
	return ""
}
