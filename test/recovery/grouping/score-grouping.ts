// How well groups of errors are the true ones.
import { createHash } from 'node:crypto'

/** How well one way of grouping did; each 0 to 1. */
export interface GroupingScore {
  readonly errors: number
  readonly faults: number
  readonly groups: number
  /** Errors whose group is exactly their fault: nothing else in it, nothing of it elsewhere. */
  readonly strictAccuracy: number
  /** Of the pairs put together, those that are of one fault. */
  readonly pairPrecision: number
  /** Of the pairs of one fault, those put together. */
  readonly pairRecall: number
}

const pairs = (n: number): number => (n * (n - 1)) / 2

/** Scores groups against faults, error by error. Without a pair there is nothing wrong: 1. */
export function scoreGrouping(labels: readonly string[], groups: readonly string[]): GroupingScore {
  const ofFault = counted(labels)
  const ofGroup = counted(groups)
  const both = counted(labels.map((label, i) => JSON.stringify([label, groups[i]])))
  let right = 0
  for (const [i, label] of labels.entries()) {
    const size = both.get(JSON.stringify([label, groups[i]]))
    if (size === ofFault.get(label) && size === ofGroup.get(groups[i] ?? '')) right += 1
  }
  const sum = (counts: ReadonlyMap<string, number>): number =>
    [...counts.values()].reduce((total, n) => total + pairs(n), 0)
  const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)
  return {
    errors: labels.length,
    faults: ofFault.size,
    groups: ofGroup.size,
    strictAccuracy: share(right, labels.length),
    pairPrecision: share(sum(both), sum(ofGroup)),
    pairRecall: share(sum(both), sum(ofFault)),
  }
}

function counted(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** The simple rule to beat: lower-case, digits to N, quoted to VALUE, hash (12 digits of MD5). */
export function simpleRule(message: string): string {
  const text = message
    .toLowerCase()
    .replaceAll(/\d+/g, 'N')
    .replaceAll(/'.*?'|".*?"|`.*?`/g, 'VALUE')
  return createHash('md5').update(text).digest('hex').slice(0, 12)
}

/** Faults that were split over groups or share a group, worst first, for people. */
export function mistakes(labels: readonly string[], groups: readonly string[]): readonly string[] {
  const groupsOf = sets(labels, groups)
  const faultsOf = sets(groups, labels)
  const split = [...groupsOf].filter(([, g]) => g.size > 1).map(([f, g]) => `${f}: ${g.size} groups`)
  const merged = [...faultsOf]
    .filter(([, f]) => f.size > 1)
    .map(([, f]) => `one group: ${[...f].join(' | ')}`)
  return [...split, ...merged]
}

function sets(keys: readonly string[], values: readonly string[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [i, key] of keys.entries()) {
    const set = found.get(key) ?? new Set()
    set.add(values[i] ?? '')
    found.set(key, set)
  }
  return found
}
