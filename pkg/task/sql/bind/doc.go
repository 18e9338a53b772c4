// Package bind turns the placeholders of a SQL text into bound values. It reads
// the text as the database would: quotes, comments and names are found by the
// rules of its dialect, so that a value can never become part of the statement.
//
//   - ${x} becomes a bound value; quotes around it go away. Inside a longer
//     text literal the whole literal becomes one bound value.
//   - ${x} as a part of a name is an error, and in a comment it is nothing.
//   - !{x} is replaced by its value as it is, before anything else is read;
//     what it brings along is never taken for a placeholder.
//   - $[...] is replaced by its date as text. One that contains ${x} is treated
//     like a name.
//   - What is unknown stays as it was written.
//
// Statements that databases cannot bind values in, which are those that define
// things, get literals in their places, escaped by the dialect's rules; so do
// literals with a type or a charset before them, as in DATE '${day}', where
// values with quotes or backslashes are refused.
package bind
