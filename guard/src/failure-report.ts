// Makes of a failure what may leave the process: names, codes, places and times; no literal of a statement, no value of a message.

import { classify } from '../../src/recovery/classify.ts'
import type { ErrorEngine } from '../../src/recovery/error-engine.ts'
import type { ErrorReport } from '../../src/recovery/error-report.ts'
import { statementClass } from '../../src/recovery/statement-key.ts'
import { type CallSite, callSiteIn, type StackHolder } from './call-site.ts'

/** What became of the call: the application got the error, it was repeated, or a COMMIT was never answered. */
export type FailureOutcome = 'thrown' | 'retried' | 'unknown'

/** One kind of failure as it is reported; see docs/guard.md for the batch around it. */
export interface FailureReport {
  /** 64 hex digits, as `dbmedic errors classify` gives. */
  readonly signature: string
  readonly engine: string
  readonly code: string | null
  readonly type: string
  readonly object: string | null
  /** The message with `?` for every value. */
  readonly masked: string
  /** Class of the statement and its text without literals; null where no statement failed. */
  readonly statement: { readonly fingerprint: string; readonly text: string } | null
  readonly callSite: CallSite | null
  readonly outcome: FailureOutcome
  /** How long the call took until it failed, ms. */
  readonly durationMs: number
  /** When, RFC 3339 in UTC. */
  readonly at: string
}

/** A failure as it was seen. Holds values; never leaves. */
export interface SeenFailure {
  readonly engine: ErrorEngine
  /** The driver's error, read into fields. */
  readonly report: ErrorReport
  readonly stack: StackHolder | null
  /** The stack of the error itself. */
  readonly errorStack: string | undefined
  readonly durationMs: number
  readonly at: number
}

const TEXT_MAX = 1024

/** The report of a failure. Never throws; takes tens of microseconds, more the first time, when catalogues are read. */
export function failureReport(failure: SeenFailure, outcome: FailureOutcome): FailureReport {
  const { engine, report, stack, errorStack, durationMs, at } = failure
  const { signature, code, type, object, masked } = classify(report, engine)
  const statement = statementClass(engine, type, report.statement)
  return {
    ...{ signature, engine: engine.id, code, type, object, masked },
    statement:
      statement === null ? null : { fingerprint: statement.id, text: statement.text.slice(0, TEXT_MAX) },
    callSite: callSiteIn(stack?.stack, errorStack),
    outcome,
    durationMs: Math.round(durationMs * 1000) / 1000,
    at: new Date(at).toISOString(),
  }
}
