/** How results look: tables, colour, bars, and JSON for machines. Colour only where a terminal wants it. */
import { styleText } from 'node:util'
import { UNSEEN_BUT_LAYOUT, visibleText } from '../core/visible-text.ts'

/** True if standard output may carry colour (https://no-color.org and FORCE_COLOR). */
export function colourWanted(
  env: NodeJS.ProcessEnv = process.env,
  isTty = process.stdout.isTTY === true,
): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0'
  return isTty && env.TERM !== 'dumb'
}

type Style = Parameters<typeof styleText>[0]

/** Text in a style, or plain where colour is not wanted. */
export const paint = (style: Style, text: string): string =>
  colourWanted() ? styleText(style, text, { validateStream: false }) : text

/**
 * Text of targets made safe for a terminal: control characters are shown, not obeyed. A line break becomes a
 * visible mark, so that no name can write a line that looks like ours; what turns or hides text is shown by its number.
 */
export const printable = (text: string): string =>
  visibleText(text.replace(/\r?\n|[\u2028\u2029]/g, ' \u23ce ').replace(/\t/g, ' '))

/** Rows as an aligned table with a heading; an empty list says so. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
): string {
  if (rows.length === 0) return empty
  const safe = rows.map((row) => row.map((cell) => printable(cell)))
  const widths = headings.map((h, i) =>
    Math.min(72, Math.max(h.length, ...safe.map((r) => r[i]?.length ?? 0))),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === cells.length - 1 ? cell : clip(cell, widths[i] ?? 0).padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [paint('bold', line(headings)), ...safe.map(line)].join('\n')
}

/** Text of at most `width` characters, with an ellipsis where something was cut. */
export const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`

/** A stored time for people: to the second, without the zone its heading names. */
export const utc = (time: string): string => time.slice(0, 19).replace('T', ' ')

/** A horizontal bar of `value` against `most`, at most `width` cells. */
export function bar(value: number, most: number, width = 40): string {
  const cells = most > 0 ? Math.max(value > 0 ? 1 : 0, Math.round((width * value) / most)) : 0
  return '█'.repeat(Math.min(width, cells))
}

/** Text wrapped at `width` with an indent on every line. */
export function wrap(text: string, indent: string, width = 100): string {
  const words = text.split(/\s+/).map(printable)
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && line.length + word.length + 1 > width - indent.length) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(indent + line)
  return lines.join('\n')
}

/** A figure for people: four significant digits, thousands separated. */
export const round = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)))

/**
 * The last look at what goes to a terminal: text of ours is lines, spaces and colours, so any other control character is
 * somebody else's, missed on its way here, and is shown and not obeyed. Colours stay only where they are wanted.
 */
export const orderly = (text: string): string =>
  text
    .split(COLOUR)
    .map((part, at) => (at % 2 === 1 && colourWanted() && OWN_COLOUR.test(part) ? part : visibleText(part)))
    .join('')

/** Bold, dim, a colour, and their ends: what `paint` writes. None of them hides text. */
const OWN_COLOUR = /^\p{Cc}\[(1|2|22|3[1-79])m$/u
/** As Unicode has them; escape is among the controls. */
const COLOUR = /(\p{Cc}\[[0-9;]*m)/u

/** JSON as `JSON.stringify` writes it, with what a terminal would obey or a reader not see escaped too: it says the same. */
export const orderlyJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(UNSEEN_BUT_LAYOUT, (found) =>
    [...Array(found.length).keys()]
      .map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )

/** Prints text for people. */
export function show(text: string): void {
  process.stdout.write(`${orderly(text)}\n`)
}

/** Prints a result: JSON where asked, else the readable form. */
export function print(json: boolean, value: unknown, readable: () => string): void {
  if (json) process.stdout.write(`${orderlyJson(value, 2)}\n`)
  else show(readable())
}
