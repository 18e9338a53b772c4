import { describe, expect, test } from 'vitest'

import { css, overwritten, parse, strip } from './ansi'

const esc = '\u001b'

describe('parse', () => {
  test('plain text is one span', () => {
    expect(parse('hello')).toEqual({ spans: [{ text: 'hello', style: {} }], end: {} })
  })

  test('an empty line has none', () => {
    expect(parse('').spans).toEqual([])
  })

  test('colours begin and end', () => {
    expect(parse(`a${esc}[31mred${esc}[0mb`).spans).toEqual([
      { text: 'a', style: {} },
      { text: 'red', style: { fg: 1 } },
      { text: 'b', style: {} },
    ])
  })

  test('several parameters at once, and an empty one is a reset', () => {
    const { spans } = parse(`${esc}[1;92;44mx${esc}[my`)
    expect(spans).toEqual([
      { text: 'x', style: { bold: true, fg: 10, bg: 4 } },
      { text: 'y', style: {} },
    ])
  })

  test('256 colours and true colours, by semicolons and colons', () => {
    expect(parse(`${esc}[38;5;208mx`).spans[0]?.style.fg).toBe(208)
    expect(parse(`${esc}[48;2;1;2;3mx`).spans[0]?.style.bg).toEqual([1, 2, 3])
    expect(parse(`${esc}[38:5:9mx`).spans[0]?.style.fg).toBe(9)
    expect(parse(`${esc}[38;5;999mx`).spans[0]?.style.fg).toBeUndefined()
  })

  test('a style goes on in the next line', () => {
    const first = parse(`${esc}[33mwarning`)
    expect(parse('goes on', first.end).spans).toEqual([{ text: 'goes on', style: { fg: 3 } }])
  })

  test('what is no style leaves no trace', () => {
    expect(strip(`a${esc}[2Kb${esc}]0;title\u0007c${esc}(Bd\u0000e${esc}[?25lf`)).toBe('abcdef')
    expect(strip(`link ${esc}]8;;https://example.com${esc}\\text${esc}]8;;${esc}\\!`)).toBe('link text!')
    expect(strip(`cut ${esc}[3`)).toBe('cut ')
    expect(strip(`cut ${esc}`)).toBe('cut ')
  })

  test('tabs and markup stay text', () => {
    expect(parse('<b>\t&amp;</b>').spans).toEqual([{ text: '<b>\t&amp;</b>', style: {} }])
  })

  test('private parameters change nothing', () => {
    expect(parse(`${esc}[>4;2mx`).spans).toEqual([{ text: 'x', style: {} }])
  })

  test('text is never lost or added', () => {
    let seed = 7
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n
    const pieces = ['a', '漢', '😀', ' ', `${esc}[31m`, `${esc}[0m`, `${esc}[1;4m`, '<i>', '\t']
    for (let round = 0; round < 300; round++) {
      const line = Array.from({ length: random(30) }, () => pieces[random(pieces.length)]).join('')
      const { spans } = parse(line)
      expect(spans.map((s) => s.text).join('')).toBe(strip(line))
      expect(spans.every((s) => s.text.length > 0)).toBe(true)
    }
  })
})

describe('overwritten', () => {
  test('a carriage return begins the line anew', () => {
    expect(overwritten('10%\r50%\r100%')).toBe('100%')
    expect(overwritten('windows\r')).toBe('windows')
    expect(overwritten('50%\r100%\r\r')).toBe('100%')
  })
})

describe('css', () => {
  test('the first 16 colours follow the theme', () => {
    expect(css({ fg: 9, bold: true })).toEqual({ className: 'ansi-bold', style: { color: 'var(--ansi-9)' } })
  })
  test('the cube and the greys', () => {
    expect(css({ fg: 16 }).style?.color).toBe('rgb(0 0 0)')
    expect(css({ fg: 231 }).style?.color).toBe('rgb(255 255 255)')
    expect(css({ fg: 208 }).style?.color).toBe('rgb(255 135 0)')
    expect(css({ bg: 232 }).style?.backgroundColor).toBe('rgb(8 8 8)')
  })
  test('inverse without colours swaps ink and page', () => {
    expect(css({ inverse: true }).style).toEqual({ color: 'var(--log-page)', backgroundColor: 'var(--log-ink)' })
  })
  test('inverse keeps what can be read', () => {
    expect(css({ inverse: true, fg: 1 }).style).toEqual({ color: 'var(--log-page)', backgroundColor: 'var(--ansi-1)' })
    expect(css({ inverse: true, fg: 1, bg: 4 }).style).toEqual({ color: 'var(--ansi-4)', backgroundColor: 'var(--ansi-back-1)' })
  })
  test('nothing for nothing', () => {
    expect(css({})).toEqual({ className: undefined, style: undefined })
  })
})
