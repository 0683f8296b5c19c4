/** JSON from an untrusted sender: bounded in depth and size, numbers finite, no member that reaches a prototype. */
import type { Json } from '../core/canonical.ts'

const MOST_DEPTH = 16
const MOST_VALUES = 5_000
const UNSAFE_MEMBERS = new Set(['__proto__', 'constructor', 'prototype'])

/** The value of a JSON text, or why it is not accepted. The text is never repeated in the reason. */
export function readJson(text: string): { readonly value: Json } | { readonly because: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { because: 'it is not JSON' }
  }
  const problem = problemOf(value)
  return problem === null ? { value: value as Json } : { because: problem }
}

/** Walks the value without recursion: the sender chooses its depth. */
function problemOf(root: unknown): string | null {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }]
  let seen = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    seen += 1
    if (seen > MOST_VALUES) return `it holds more than ${MOST_VALUES} values`
    if (next.depth > MOST_DEPTH) return `it is more than ${MOST_DEPTH} levels deep`
    if (typeof next.value === 'number' && !Number.isFinite(next.value))
      return 'it holds a number beyond a double'
    if (typeof next.value !== 'object' || next.value === null) continue
    if (!Array.isArray(next.value) && Object.keys(next.value).some((key) => UNSAFE_MEMBERS.has(key))) {
      return 'it names a member of a prototype'
    }
    for (const value of Object.values(next.value)) waiting.push({ value, depth: next.depth + 1 })
  }
  return null
}
