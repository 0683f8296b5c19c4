/** What differs between two plans, member by member. */
import { canonicalJson, type Json } from '../core/canonical.ts'

/** One member that differs; null: it is not there. Texts are canonical JSON. */
export interface Difference {
  /** Names and positions joined by dots: steps.0.text */
  readonly path: string
  readonly before: string | null
  readonly after: string | null
}

/** Differences at most; more say no more. */
const MOST = 100
const LONGEST = 4_000

/** Where two JSON values differ, in the order of the first; at most 100. */
export function planDifference(before: Json, after: Json): readonly Difference[] {
  const found: Difference[] = []
  compare('', { before, after }, found)
  return found
}

interface Pair {
  readonly before: Json | undefined
  readonly after: Json | undefined
}

function compare(path: string, { before, after }: Pair, found: Difference[]): void {
  if (found.length >= MOST || textOf(before) === textOf(after)) return
  if (isNest(before) && isNest(after)) {
    const [a, b] = [membersOf(before), membersOf(after)]
    for (const name of new Set([...a.keys(), ...b.keys()]))
      compare(path === '' ? name : `${path}.${name}`, { before: a.get(name), after: b.get(name) }, found)
    return
  }
  found.push({ path, before: shown(before), after: shown(after) })
}

const textOf = (value: Json | undefined): string => (value === undefined ? '' : canonicalJson(value))
const shown = (value: Json | undefined): string | null =>
  value === undefined ? null : textOf(value).slice(0, LONGEST)
const isNest = (value: Json | undefined): value is Extract<Json, object> =>
  typeof value === 'object' && value !== null
const membersOf = (value: Extract<Json, object>): ReadonlyMap<string, Json> =>
  new Map(Object.entries(value) as [string, Json][])
