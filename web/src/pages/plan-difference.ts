/** Where two plans differ, member by member: computed here, from the two texts that are signed. */
import { sortedJson } from '../session/key-file.ts'

/** One member that differs; null: it is not there. */
export interface Difference {
  /** Names and positions joined by dots: steps.0.text */
  readonly path: string
  readonly before: string | null
  readonly after: string | null
}

/** Differences at most; more say no more. */
const MOST = 100

/** The differences, in the order of the first; at most 100. */
export function planDifference(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (textOf(before) === textOf(after)) return []
  if (!isNest(before) || !isNest(after)) return [{ path, before: textOf(before), after: textOf(after) }]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names
    .flatMap((name) => planDifference(before[name], after[name], path === '' ? name : `${path}.${name}`))
    .slice(0, MOST)
}

const isNest = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function textOf(value: unknown): string | null {
  if (value === undefined) return null
  if (typeof value === 'string') return value
  return Array.isArray(value) ? `[${value.map((each) => textOf(each)).join(', ')}]` : sortedJson(value)
}

const PARTS: Readonly<Record<string, string>> = {
  steps: 'Statement',
  guards: 'Guard',
  forecast: 'Forecast',
  verification: 'Judged by',
  parameters: 'Parameter',
  target: 'Server',
  action: 'Action',
  objects: 'Object touched',
  undo: 'Undo',
  riskLevel: 'Risk',
  evidenceDigest: 'Digest of the evidence',
  expiresAt: 'Until',
}

/** A path as people read it: Statement 1; Forecast, rowsTouched, high. */
export function pathWords(path: string): string {
  const [first = '', ...rest] = path.split('.')
  const words = PARTS[first] ?? first
  const numbered = /^\d+$/.test(rest[0] ?? '')
  const head = numbered ? `${words} ${Number(rest[0]) + 1}` : words
  const others = rest.slice(numbered ? 1 : 0).filter((word) => word !== 'text')
  return [head, ...others].join(', ')
}
