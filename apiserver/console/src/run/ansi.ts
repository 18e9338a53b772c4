// Colours and weights of terminal output, read from escape sequences. The
// result is text and names of styles, never markup: what a task prints is
// shown, not run.

// Colour is an index of the 256 colours, or red, green and blue.
export type Colour = number | readonly [number, number, number]

export interface Style {
  readonly fg?: Colour
  readonly bg?: Colour
  readonly bold?: boolean
  readonly dim?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly inverse?: boolean
  readonly strike?: boolean
}

export interface Span {
  readonly text: string
  readonly style: Style
}

export const plainStyle: Style = {}

// One escape sequence (CSI, OSC and other strings, or a short one), or a
// control character that shows nothing. Unended sequences go to the end of the
// line: the rest of them is no text either.
const sequence = /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~]|$)|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009a\u009c-\u009f]/g

// overwritten is what remains of a line that a lone carriage return began
// anew, as progress bars do.
export function overwritten(line: string): string {
  const text = line.endsWith('\r') ? line.replace(/\r+$/, '') : line
  return text.slice(text.lastIndexOf('\r') + 1)
}

// strip gives the text without its sequences.
export function strip(line: string): string {
  return overwritten(line).replace(sequence, '')
}

// parse cuts a line into spans of one style each; style is how the line
// before it ended, and end how this one does.
export function parse(line: string, style: Style = plainStyle): { spans: Span[]; end: Style } {
  const text = overwritten(line)
  const spans: Span[] = []
  let last = 0
  let pending = ''
  const flush = () => {
    if (pending) spans.push({ text: pending, style })
    pending = ''
  }
  for (const found of text.matchAll(sequence)) {
    pending += text.slice(last, found.index)
    last = found.index + found[0].length
    if (found[2] !== 'm') continue
    const next = rendition(style, found[1] ?? '')
    if (next === style) continue
    flush()
    style = next
  }
  pending += text.slice(last)
  flush()
  return { spans, end: style }
}

// rendition applies the parameters of one "select graphic rendition".
function rendition(style: Style, parameters: string): Style {
  if (!/^[\d;:]*$/.test(parameters)) return style
  const codes = parameters.split(/[;:]/).map((p) => (p === '' ? 0 : Number(p)))
  let s: Style = style
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const { colour, used } = extended(codes, i + 1)
      if (colour !== undefined) s = code === 38 ? { ...s, fg: colour } : { ...s, bg: colour }
      i += used
      continue
    }
    s = simple(s, code)
  }
  return s
}

function simple(s: Style, code: number): Style {
  if (code === 0) return plainStyle
  if (code >= 30 && code <= 37) return { ...s, fg: code - 30 }
  if (code >= 40 && code <= 47) return { ...s, bg: code - 40 }
  if (code >= 90 && code <= 97) return { ...s, fg: code - 82 }
  if (code >= 100 && code <= 107) return { ...s, bg: code - 92 }
  switch (code) {
    case 1:
      return { ...s, bold: true }
    case 2:
      return { ...s, dim: true }
    case 3:
      return { ...s, italic: true }
    case 4:
      return { ...s, underline: true }
    case 7:
      return { ...s, inverse: true }
    case 9:
      return { ...s, strike: true }
    case 22:
      return { ...s, bold: undefined, dim: undefined }
    case 23:
      return { ...s, italic: undefined }
    case 24:
      return { ...s, underline: undefined }
    case 27:
      return { ...s, inverse: undefined }
    case 29:
      return { ...s, strike: undefined }
    case 39:
      return { ...s, fg: undefined }
    case 49:
      return { ...s, bg: undefined }
  }
  return s
}

// extended reads "5;n" or "2;r;g;b" at the place i.
function extended(codes: number[], i: number): { colour?: Colour; used: number } {
  const byte = (n: number | undefined) => n !== undefined && n >= 0 && n <= 255
  if (codes[i] === 5) {
    const n = codes[i + 1]
    return { colour: byte(n) ? n : undefined, used: 2 }
  }
  if (codes[i] === 2) {
    const [r, g, b] = codes.slice(i + 1, i + 4)
    return { colour: byte(r) && byte(g) && byte(b) ? [r!, g!, b!] : undefined, used: 4 }
  }
  return { used: 0 }
}

// css is how a span looks. The first 16 colours follow the theme, by custom
// properties: in it every colour of text can be read on every background. The
// others are what they are.
export function css(style: Style): { className?: string; style?: Record<string, string> } {
  const classes: string[] = []
  const inline: Record<string, string> = {}
  if (style.inverse && style.bg === undefined) {
    inline.color = 'var(--log-page)'
    inline.backgroundColor = style.fg === undefined ? 'var(--log-ink)' : value(style.fg, '--ansi-')
  } else {
    const [fg, bg] = style.inverse ? [style.bg, style.fg] : [style.fg, style.bg]
    if (fg !== undefined) inline.color = value(fg, '--ansi-')
    if (bg !== undefined) inline.backgroundColor = value(bg, '--ansi-back-')
  }
  if (style.bold) classes.push('ansi-bold')
  if (style.dim) classes.push('ansi-dim')
  if (style.italic) classes.push('ansi-italic')
  if (style.underline) classes.push('ansi-underline')
  if (style.strike) classes.push('ansi-strike')
  return {
    className: classes.length ? classes.join(' ') : undefined,
    style: Object.keys(inline).length ? inline : undefined,
  }
}

function value(c: Colour, property: string): string {
  if (typeof c !== 'number') return `rgb(${c.join(' ')})`
  if (c < 16) return `var(${property}${c})`
  if (c >= 232) {
    const grey = (c - 232) * 10 + 8
    return `rgb(${grey} ${grey} ${grey})`
  }
  const level = (n: number) => (n === 0 ? 0 : 55 + n * 40)
  const n = c - 16
  return `rgb(${level(Math.floor(n / 36))} ${level(Math.floor(n / 6) % 6)} ${level(n % 6)})`
}
