// Puts a failure into words: what fails, why, whether to try again, and what a person has to do. By rules alone, from the
// type of the error and, where somebody wrote one, its knowledge entry; the same input always gives the same words.

import type { FailureWords } from '../core/recovery-records.ts'
import type { Severity } from '../core/vocabulary.ts'
import {
  ERROR_TYPES,
  type ErrorType,
  type ErrorTypeRow,
  type Retry,
  type RetryCondition,
  type Strategy,
} from './error-types.ts'

/** What is known of an error: the part of a knowledge entry that words are made from. */
export interface KnownError {
  readonly id: string
  readonly title: string
  /** The likeliest first. */
  readonly causes: readonly { readonly cause: string; readonly check: string; readonly tells: string }[]
  readonly remedy: readonly { readonly do: string; readonly action?: string | undefined }[]
}

/** A failure to explain. */
export interface ExplainedFailure {
  readonly engine: string
  readonly code: string | null
  readonly type: ErrorType
  readonly object: string | null
  readonly entry: KnownError | null
}

/** Types that lose data or stop a whole server, and types that are no fault. All others are warnings. */
const SEVERITIES: Partial<Readonly<Record<ErrorType, Severity>>> = {
  CORRUPTION: 'CRITICAL',
  DISK_FULL: 'CRITICAL',
  OOM: 'CRITICAL',
  REPLICATION: 'CRITICAL',
  INTERNAL_ERROR: 'CRITICAL',
  TOO_MANY_CONNECTIONS: 'CRITICAL',
  WARNING: 'INFO',
  SERVER_LOG: 'INFO',
  GOVERNANCE: 'INFO',
}

/** How much a failure of a type weighs; set by the type, never by how often it happened. */
export const severityOf = (type: ErrorType): Severity => SEVERITIES[type] ?? 'WARNING'

const RETRIES: Readonly<Record<Retry, string>> = {
  never: 'Trying again as it is does not help',
  statement: 'The statement may be tried again',
  transaction: 'The whole transaction may be run again from its start, never the statement alone',
}

const CONDITIONS: Readonly<Record<RetryCondition, string>> = {
  none: '',
  idempotent: ', but only if running it twice does no harm',
  'after-rollback': ', after it was rolled back',
  'other-server': ', on the server that takes writes',
}

const WHO: Readonly<Record<Strategy, string>> = {
  IMMEDIATE:
    'A guarded client does by itself what of this is safe, after short random pauses and for a tenth of its calls at most (docs/guard.md).',
  PREVENTIVE: 'What leads to it is to be watched, so that it is seen before it happens again.',
  SELF_HEALING: 'What can heal it is a decision of the ordinary loop; nothing runs without its approval.',
  AI_POWERED: 'Nothing is repeated or changed by itself; a person decides with what is known of it.',
  ESCALATE: 'Nothing is repeated or changed by itself; a person has to look now.',
}

const WITHOUT_ENTRY: Readonly<Record<Strategy, string | null>> = {
  IMMEDIATE: null,
  PREVENTIVE: 'Find out which limit it is and how near it is at busy times.',
  SELF_HEALING: 'Compare the statement with the schema, its migrations and its running time where it fails.',
  AI_POWERED: 'Look at the statement and at the places it fails at, and change what sends it.',
  ESCALATE: 'Look at the server itself: its log, its disk, its settings and the rights of the account.',
}

/** The failure in words. Never throws; every text is bounded as `FailureWords` says. */
export function explainFailureWords(failure: ExplainedFailure): FailureWords {
  const { type, entry } = failure
  const row = ERROR_TYPES[type]
  return {
    summary: clipped(summaryOf(failure, row), 600),
    rootCause: clipped(entry === null ? withoutEntry(failure, row) : causesOf(entry), 4000),
    retryDecision: clipped(`${RETRIES[row.retry]}${CONDITIONS[row.condition]}. ${WHO[row.strategy]}`, 600),
    userAction: entry === null ? WITHOUT_ENTRY[row.strategy] : clipped(remedyOf(entry, row.strategy), 2000),
    severity: severityOf(type),
    strategy: row.strategy,
  }
}

function summaryOf({ engine, code, object, entry }: ExplainedFailure, row: ErrorTypeRow): string {
  const what = entry === null ? row.means : `${entry.title}.`
  const of = code === null ? engine : `${engine} ${code}`
  return `${what} (${of}${object === null ? '' : `, about ${object}`})`
}

const withoutEntry = ({ code }: ExplainedFailure, { means }: ErrorTypeRow): string =>
  `${means} ${code === null ? 'The report had no code that is known' : 'Nothing more is written down of this code yet'}.`

const causesOf = ({ causes }: KnownError): string =>
  causes.map(({ cause, check, tells }, at) => `${at + 1}. ${cause} To tell: ${check} ${tells}`).join('\n')

function remedyOf({ remedy }: KnownError, strategy: Strategy): string {
  const steps = remedy.map((r) => `${r.do}${r.action === undefined ? '' : ` [${r.action}]`}`).join('\n')
  return strategy === 'IMMEDIATE' ? `If it goes on: ${steps}` : steps
}

/** Cut at a character, with a sign of it. */
function clipped(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
