/**
 * A small writer of SVG 1.1 pictures for reports: plain shapes and text with classes, so that one file is readable in
 * light and dark, and a title and description for who cannot see it. No scripts, no fonts, nothing loaded.
 */

/** An attribute's value; what is undefined is left out. */
type Value = string | number | undefined

/** Escapes text for XML, of characters XML 1.0 forbids too. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** One element. Numbers are rounded to hundredths; children are markup already, text goes through `textAt`. */
export function element(
  name: string,
  attributes: Readonly<Record<string, Value>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(String(value))}"`)
    .join('')
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
}

/** A number as short as a picture needs it; what is not finite would make a reader refuse the whole file. */
function round(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('a coordinate must be a finite number')
  return String(Number(value.toFixed(2)))
}

/** Text at a place; `anchor` says which part of it is there. */
export function textAt(
  place: { readonly x: number; readonly y: number; readonly anchor?: 'start' | 'middle' | 'end' },
  text: string,
  className = 'label',
): string {
  return element(
    'text',
    { x: place.x, y: place.y, 'text-anchor': place.anchor, class: className },
    escaped(text),
  )
}

/** A straight line. */
export const line = (
  from: readonly [number, number],
  to: readonly [number, number],
  className: string,
): string => element('line', { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: className })

/** What a pointer shows over a shape, and a screen reader says of it. */
export const hint = (text: string): string => element('title', {}, escaped(text))

/** A mark of a series: 0 a disc, 1 a square, 2 a diamond, so that no meaning hangs on colour alone. */
export function mark(
  series: number,
  at: { readonly x: number; readonly y: number; readonly size?: number; readonly className?: string },
  title: string,
): string {
  const { x, y, size = 4 } = at
  const className = at.className ?? `s${series}`
  if (series === 0) return element('circle', { cx: x, cy: y, r: size, class: className }, hint(title))
  const turned = series === 2 ? `rotate(45 ${round(x)} ${round(y)})` : undefined
  const box = { x: x - size, y: y - size, width: 2 * size, height: 2 * size }
  return element('rect', { ...box, transform: turned, class: className }, hint(title))
}

/**
 * Colours of Okabe and Ito (2008), which people with the common colour blindnesses tell apart, lightened where the
 * ground is dark. The picture brings its own ground: a page may be dark where the system is not.
 */
const STYLE = `
.ground{fill:#ffffff}.label{fill:#1f2328;font:12px system-ui,sans-serif}.small{fill:#59636e;font:11px system-ui,sans-serif}
.head{fill:#1f2328;font:600 14px system-ui,sans-serif}.grid{stroke:#d1d9e0;stroke-width:1}.axis{stroke:#59636e;stroke-width:1}
.aim{stroke:#b35900;stroke-width:2;stroke-dasharray:5 3}.s0{fill:#0072b2;stroke:#0072b2}.s1{fill:#007a5a;stroke:#007a5a}
.s2{fill:#8a6d00;stroke:#8a6d00}.bad{fill:#c22f00;stroke:#c22f00}.good{fill:#0072b2;stroke:none}.open{fill:none;stroke-width:1.5;stroke:#c22f00}
.onmark{fill:#ffffff;font:600 11px system-ui,sans-serif}
@media (prefers-color-scheme:dark){.ground{fill:#0d1117}.label,.head{fill:#e6edf3}.small{fill:#9198a1}.grid{stroke:#30363d}
.axis{stroke:#9198a1}.aim{stroke:#e69f00}.s0{fill:#56b4e9;stroke:#56b4e9}.s1{fill:#3fc79a;stroke:#3fc79a}.s2{fill:#f0e442;stroke:#f0e442}
.bad{fill:#ff8a5c;stroke:#ff8a5c}.good{fill:#56b4e9}.open{stroke:#ff8a5c}.onmark{fill:#0d1117}}`

/** A whole picture. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** What it is. */
  readonly title: string
  /** What is to be seen, in words and figures. */
  readonly description: string
  readonly body: readonly string[]
}

/** The text of its file. */
export function svgDocument({ width, height, title, description, body }: Picture): string {
  const picture = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${round(width)} ${round(height)}`,
      role: 'img',
      'aria-labelledby': 'title description',
    },
    element('title', { id: 'title' }, escaped(title)),
    element('desc', { id: 'description' }, escaped(description)),
    element('style', {}, STYLE),
    element('rect', { width, height, class: 'ground' }),
    textAt({ x: 16, y: 26 }, title, 'head'),
    `\n${body.join('\n')}\n`,
  )
  return `${picture}\n`
}
