// Message patterns written by hand, for engines that speak one language and say several things under one code.

import type { ErrorType } from './error-types.ts'
import { MessageIndex, type MessageMatch, templateList } from './message-index.ts'
import { compilePattern, type MessageTemplate } from './message-template.ts'

/** A code, a type where it is finer than the code's, and a pattern with `{kind}` holes. */
export type PatternRow = readonly [code: string, type: ErrorType | null, pattern: string]

/** Patterns with the types they tell. */
export interface PatternList {
  readonly index: MessageIndex
  /** The type a match tells; undefined where it is the code's own. */
  typeOf(match: MessageMatch | null): ErrorType | undefined
}

/** Compiles rows. @throws Error for a row without fixed words */
export function patternList(rows: readonly PatternRow[]): PatternList {
  const types = new Map<MessageTemplate, ErrorType>()
  const templates = rows.map(([code, type, pattern]) => {
    const template = compilePattern(code, pattern)
    if (template === null) throw new Error(`${code}: “${pattern}” has no fixed words`)
    if (type !== null) types.set(template, type)
    return template
  })
  return {
    index: new MessageIndex(templateList(templates)),
    typeOf: (match) => (match === null ? undefined : types.get(match.template)),
  }
}
