/** A baseline: findings that are known and not to be reported again. It holds keys and counts, no text of the code. */
import type { CodeFinding } from './apply-rules.ts'
import { findingKey } from './sarif.ts'

/** The file's content: per finding key, how many there are. */
export interface Baseline {
  readonly version: 1
  readonly findings: Readonly<Record<string, number>>
}

/** A baseline of some findings, sorted by key so that it differs only where findings do. */
export function toBaseline(findings: readonly CodeFinding[]): Baseline {
  const counts = new Map<string, number>()
  for (const finding of findings) {
    const key = findingKey(finding)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return { version: 1, findings: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

/** A baseline's text; null if it is none. */
export function parseBaseline(text: string): Baseline | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) return null
  if (!('findings' in value) || typeof value.findings !== 'object' || value.findings === null) return null
  const isWhole = Object.entries(value.findings).every(
    ([key, count]) => /^[0-9a-f]{32}$/.test(key) && Number.isInteger(count) && count >= 1,
  )
  return isWhole ? (value as Baseline) : null
}

/** The findings that are more than the baseline has of their key. */
export function notInBaseline(findings: readonly CodeFinding[], baseline: Baseline): readonly CodeFinding[] {
  const left = new Map(Object.entries(baseline.findings))
  return findings.filter((finding) => {
    const key = findingKey(finding)
    const count = left.get(key) ?? 0
    left.set(key, count - 1)
    return count <= 0
  })
}
