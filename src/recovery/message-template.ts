// The pattern of one message: runs of fixed words, kept as hashes, and the gaps between them, each with what stands in it.
// Made from a pattern such as `Table '{table}' has no column {column}`; the words themselves are not kept.

import { messageWords, runKey } from './message-words.ts'

/**
 * What stands in a gap. `value` may be anything and never leaves; the others are names of the schema. `fk` is the
 * description of a foreign key, out of which only its names are read; `number` holds digits and does not leave either. The order is the number in stored catalogues: add at the end.
 */
export const GAP_KINDS = [
  'value',
  'table',
  'column',
  'constraint',
  'index',
  'database',
  'schema',
  'function',
  'user',
  'sequence',
  'trigger',
  'view',
  'fk',
  'object',
  'number',
] as const

/** One of {@link GAP_KINDS}. */
export type GapKind = (typeof GAP_KINDS)[number]

/** A kind of gap that holds a name. */
export type NameKind = Exclude<GapKind, 'value' | 'number' | 'fk'>

/** A run of fixed words. */
export interface FixedRun {
  /** Words, 1 to 255. */
  readonly length: number
  /** 48-bit hash as {@link runKey} gives it. */
  readonly key: number
}

/** The pattern of a message in one language. */
export interface MessageTemplate {
  /** Canonical code of the error that has this message. */
  readonly code: string
  /** At least one. */
  readonly runs: readonly FixedRun[]
  /** One more than runs: before the first, between, after the last. Null where nothing can stand there. */
  readonly gaps: readonly (GapKind | null)[]
  /** True where the fixed words are enough to tell the error without its code. */
  readonly telling: boolean
}

const HOLE = /\{([a-z]+)\}/
const RUN_MAX = 255
const IDEOGRAPH = /[\u2e80-\u9fff\uac00-\ud7af]/
const WORD_CHARACTER = /[\p{L}\p{M}\p{N}_$]/u

const isKind = (word: string): word is GapKind => (GAP_KINDS as readonly string[]).includes(word)

/**
 * The template of a pattern with `{kind}` holes, or null if it has no fixed words or a run longer than 255 words. Holes without
 * a word between them are one gap: of a value if any of them is one, else of the last name (schema and table are a table).
 * @throws Error for a hole of a kind that does not exist
 */
export function compilePattern(code: string, pattern: string): MessageTemplate | null {
  const parts = pattern.split(HOLE)
  const runs: FixedRun[] = []
  const gaps: (GapKind | null)[] = [null]
  let fixed = ''
  for (let i = 0; i < parts.length; i += 2) {
    const text = withoutGlued(parts[i] ?? '', { afterHole: i > 0, beforeHole: i + 1 < parts.length })
    const words = messageWords(text)
    if (words.count > RUN_MAX) return null
    if (words.count > 0) {
      runs.push({ length: words.count, key: runKey(words, 0, words.count) })
      gaps.push(null)
      fixed += text
    }
    const kind = parts[i + 1]
    if (kind === undefined) continue
    if (!isKind(kind)) throw new Error(`${code}: there is no gap {${kind}}`)
    const before = gaps.at(-1)
    gaps[gaps.length - 1] = before === null || before === undefined ? kind : merged(before, kind)
  }
  if (runs.length === 0) return null
  return { code, runs, gaps, telling: isTelling(runs, fixed) }
}

/** Kinds that go together with no other one. */
const ALONE: ReadonlySet<GapKind> = new Set<GapKind>(['value', 'number', 'fk'])

const merged = (first: GapKind, second: GapKind): GapKind =>
  ALONE.has(first) || ALONE.has(second) ? 'value' : second

/** Drops the part of a word that a hole is joined to (`SQL%s`): in a message they are one word. */
function withoutGlued(text: string, at: { afterHole: boolean; beforeHole: boolean }): string {
  let from = 0
  let to = text.length
  const isPart = (index: number): boolean => {
    const character = text.charAt(index)
    return WORD_CHARACTER.test(character) && !IDEOGRAPH.test(character)
  }
  if (at.afterHole) while (from < to && isPart(from)) from++
  if (at.beforeHole) while (to > from && isPart(to - 1)) to--
  return text.slice(from, to)
}

/** Two words, or four characters of a script without spaces, are enough. */
function isTelling(runs: readonly FixedRun[], fixed: string): boolean {
  const count = runs.reduce((sum, run) => sum + run.length, 0)
  return IDEOGRAPH.test(fixed) ? count >= 4 : count >= 2
}
