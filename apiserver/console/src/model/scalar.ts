// How texts are written in YAML: the rules of docs/workflows.md. The server has
// them too; both share the tests in pkg/manifest/testdata/canonical.

// words mean something else than a text, in any case of letters.
const words = new Set(['null', 'true', 'false', 'yes', 'no', 'on', 'off'])

const hidden = '\\u00AD\\u1680\\u180E\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u3000\\uD800-\\uDFFF\\uFEFF\\uFFFE\\uFFFF'
const unseen = new RegExp(`[^ -~\\u00A1-\\u{10FFFF}]|[${hidden}]`, 'u')
const unseenInBlock = new RegExp(`[^\\n\\t -~\\u00A1-\\u{10FFFF}]|[${hidden}]`, 'u')
const begins = /^(?:\.{1,2}\/|[A-Za-z0-9_/$(\u00A1-\u{10FFFF}])/u
const numeric = /^(?:\d{4}-\d|\d[0-9a-fA-FxXoO_.,:+-]*$)/
// What has a meaning in brackets, too.
const inBrackets = /[,[\]{}]/

// isPlain says whether every reader of YAML takes a text as it is.
function isPlain(s: string): boolean {
  if (s === '' || /[ :]$|: | #/.test(s) || words.has(s.toLowerCase()) || numeric.test(s)) return false
  return begins.test(s) && !unseen.test(s)
}

// scalarText writes a text in one line.
export function scalarText(s: string, flow = false): string {
  return isPlain(s) && !(flow && inBrackets.test(s)) ? s : quoted(s)
}

const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }

function quoted(s: string): string {
  let out = '"'
  for (const c of s) out += escapes[c] ?? (unseen.test(c) ? `\\u${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}` : c)
  return out + '"'
}

// isBlock says whether a text has lines and can be written as they are.
export function isBlock(s: string): boolean {
  const body = s.endsWith('\n') ? s.slice(0, -1) : s
  if (!s.includes('\n') || /[ \t\n]$/.test(body) || /^[ \t\n]/.test(s)) return false
  return !/^[ \t]+$/m.test(body) && !unseenInBlock.test(body)
}

// block writes a text as a literal block, of which every line is indented.
export function block(s: string, indent: number): string {
  const ended = s.endsWith('\n')
  const body = ended ? s.slice(0, -1) : s
  const lead = ' '.repeat(indent)
  return (ended ? '|' : '|-') + body.split('\n').map((line) => (line === '' ? '\n' : `\n${lead}${line}`)).join('')
}
