// Reads the names out of a message that was recognised, and writes the message down without its values.

import type { MessageMatch } from './message-index.ts'
import type { GapKind, NameKind } from './message-template.ts'
import type { MessageWords } from './message-words.ts'

/** Names of the schema in a message, by kind; the first of each kind. */
export type ErrorNames = Readonly<Partial<Record<NameKind, string>>>

/** What a gap that holds a value, or a name that cannot be told for certain, is written as. */
export const MASKED_VALUE = '?'

/** Longest name taken: four parts of 64 characters with their dots. A longer one is taken for a value. */
const NAME_MAX = 259
const EDGES =
  /^[\s'"`«»„“”‘’‚‹›「」『』[\],.:;!?。、，：；《》]+|[\s'"`«»„“”‘’‚‹›「」『』[\],.:;!?。、，：；《》]+$/gu
const JOINTS = /['"`\]]\.['"`[]/g
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u
/** How an engine writes the foreign key that was broken: the table, then the name of the constraint. */
const FOREIGN_KEY =
  /^[^`]{0,80}`((?:[^`]|``){1,64})`\.`((?:[^`]|``){1,64})`, CONSTRAINT `((?:[^`]|``){1,64})` FOREIGN KEY/

/** The names a match holds. A gap whose ends are in doubt, because a value may contain the words beside it, gives none. */
export function namesOf(match: MessageMatch): ErrorNames {
  const names: Partial<Record<NameKind, string>> = {}
  for (const [i, kind] of match.template.gaps.entries()) {
    if (kind === null || kind === 'value' || kind === 'number') continue
    const raw = gapText(match, i)
    if (raw === null) continue
    if (kind === 'fk') Object.assign(names, foreignKeyNames(raw))
    else if (names[kind] === undefined) {
      const name = nameIn(raw, kind)
      if (name !== null) names[kind] = name
    }
  }
  return names
}

/**
 * The message with its fixed words, the names in `kept` and `?` for all else. Depends on the pattern and those names alone, so
 * that no other byte of a value can be in it.
 */
export function maskedMessage(match: MessageMatch, kept: ErrorNames): string {
  const { template, words, earliest } = match
  const pieces: string[] = []
  for (const [i, gap] of template.gaps.entries()) {
    if (gap !== null) pieces.push(gapMask(gap, kept))
    const run = template.runs[i]
    if (run !== undefined) pieces.push(fixedText(words, earliest[i] ?? 0, run.length))
  }
  return pieces.join(' ')
}

function gapMask(gap: GapKind, kept: ErrorNames): string {
  if (gap === 'value' || gap === 'number') return MASKED_VALUE
  if (gap === 'fk') return [kept.table, kept.constraint].filter(Boolean).join(' ') || MASKED_VALUE
  return kept[gap] ?? MASKED_VALUE
}

/** Marks that may stand between fixed words; anything else there becomes a space. */
const BETWEEN = /^(?:'|’|-|\/|, |: |; |\. | \()?$/

function fixedText(words: MessageWords, first: number, length: number): string {
  let text = ''
  for (let i = first; i < first + length; i++) {
    const start = words.starts[i] ?? 0
    if (i > first) {
      const between = words.text.slice(words.ends[i - 1], start)
      text += BETWEEN.test(between) ? between : ' '
    }
    text += words.text.slice(start, words.ends[i])
  }
  return text
}

/** The text of gap `i`, or null where it cannot be told where it begins and ends. */
function gapText(match: MessageMatch, i: number): string | null {
  const { gaps } = match.template
  const isValue = (kind: GapKind | null): boolean => kind === 'value'
  if (i < gaps.findIndex(isValue) || !gaps.some(isValue)) return between(match, match.earliest, i)
  if (i > gaps.findLastIndex(isValue)) return between(match, match.latest, i)
  const early = between(match, match.earliest, i)
  return early === between(match, match.latest, i) ? early : null
}

function between({ template, words }: MessageMatch, at: readonly number[], i: number): string {
  const before = at[i - 1]
  const after = at[i]
  const from = before === undefined ? 0 : words.ends[before + (template.runs[i - 1]?.length ?? 0) - 1]
  const to = after === undefined ? words.text.length : words.starts[after]
  return words.text.slice(from, to)
}

/** A name without its quotes; null for what can be none. */
export function nameIn(raw: string, kind: NameKind): string | null {
  const bare = (kind === 'user' ? beforeHost(raw) : raw).replaceAll(EDGES, '').replaceAll(JOINTS, '.')
  const name = bare.startsWith('(') && bare.endsWith(')') ? bare.slice(1, -1).replaceAll(EDGES, '') : bare
  return name === '' || name.length > NAME_MAX || UNFIT.test(name) || /\s{2}/.test(name) ? null : name
}

const beforeHost = (account: string): string =>
  account.includes('@') ? account.slice(0, account.lastIndexOf('@')) : account

function foreignKeyNames(raw: string): ErrorNames {
  const [, schema, table, constraint] = FOREIGN_KEY.exec(raw) ?? []
  if (schema === undefined || table === undefined || constraint === undefined) return {}
  const plain = (name: string): string => name.replaceAll('``', '`')
  return { table: `${plain(schema)}.${plain(table)}`, constraint: plain(constraint) }
}
