/** Codes as words, and which colour says what. Colour never stands alone: the word is always there. */

/** `QUERY_PERFORMANCE` as people read it: Query performance. */
export function wordsOf(code: string): string {
  const text = code.replaceAll('_', ' ').toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const COLOURS: Readonly<Record<string, string>> = {
  CRITICAL: 'red',
  HIGH: 'red',
  FAILED: 'red',
  DECLINED: 'red',
  regressed: 'red',
  WARNING: 'orange.5',
  MEDIUM: 'orange.5',
  UNKNOWN: 'orange.5',
  PARTIAL_SUCCESS: 'orange.5',
  REFUSED: 'orange.5',
  PENDING_APPROVAL: 'violet',
  AWAITING_DECISION: 'violet',
  DECISION_MADE: 'violet',
  CONDITIONAL_APPROVAL: 'violet',
  INFO: 'blue',
  EXECUTING: 'blue',
  IN_PROGRESS: 'blue',
  VERIFYING: 'blue',
  LOW: 'teal',
  APPROVED: 'teal',
  SUCCESS: 'teal',
  RESOLVED: 'teal',
  COMPLETED: 'teal',
  improved: 'teal',
}

/** The colour of a state, severity, risk or verdict. */
export const colourOf = (code: string): string => COLOURS[code] ?? 'gray'

/** `1 time`, `2 times`. */
export const timesText = (count: number): string =>
  `${count.toLocaleString()} ${count === 1 ? 'time' : 'times'}`
