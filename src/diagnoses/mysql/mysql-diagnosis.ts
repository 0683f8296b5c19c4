/** The shape all diagnoses of this folder share, and how they read the subject and the answers. */
import type { Json } from '../../core/canonical.ts'
import type { Answers, Diagnosis, Subject, TestResult } from '../../core/diagnosis.ts'
import type { Claim, DetectionEvent, EvidenceQuestion } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import type { MysqlQuestions } from '../../engines/mysql/shapes.ts'

/** A diagnosis of MySQL and MariaDB. */
export type MysqlDiagnosis = Diagnosis<MysqlQuestions>
/** Answers to such a diagnosis. */
export type MysqlAnswers = Answers<MysqlQuestions>
/** A claim before it is numbered. */
export type NewClaim = Omit<Claim, 'id'>

/** A fact the detector recorded with the event. */
export function fact(subject: Subject, name: string): Json | undefined {
  const facts = subject.context.facts
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) return undefined
  return (facts as { readonly [key: string]: Json })[name]
}

/** A fact one event of an issue recorded; undefined where it recorded none of that name. */
export function eventFact(event: Pick<DetectionEvent, 'rawContext'>, name: string): Json | undefined {
  try {
    const context = JSON.parse(event.rawContext) as { readonly facts?: { readonly [name: string]: Json } }
    return context.facts?.[name]
  } catch {
    return undefined
  }
}

/** The statement class an issue is about; null if it is about none. */
export function fingerprintIdOf(subject: Subject): string | null {
  const id = fact(subject, 'fingerprintId')
  return typeof id === 'string' && id !== '' ? id : null
}

/** A text fact, or an empty string. */
export function textFact(subject: Subject, name: string): string {
  const value = fact(subject, name)
  return typeof value === 'string' ? value : ''
}

/** A number fact, or zero. */
export function numberFact(subject: Subject, name: string): number {
  const value = fact(subject, name)
  return typeof value === 'number' ? value : 0
}

/** What a claim rests on. */
export interface Grounds {
  readonly value: Json
  readonly unit?: string
  /** The question that asks for it again. */
  readonly recheck?: EvidenceQuestion
}

/** A claim taken from a reading. */
export function claimOf(
  claim: string,
  reading: Reading<unknown> & { readonly known: true },
  grounds: Grounds,
): NewClaim {
  return {
    claim,
    source: reading.source,
    value: grounds.value,
    unit: grounds.unit ?? null,
    at: reading.at,
    recheck: grounds.recheck ?? null,
  }
}

/** A claim taken from what the detector recorded; the moment is gone, so it cannot be asked for again. */
export const claimOfEvent = (subject: Subject, claim: string, value: Json): NewClaim => ({
  claim,
  source: `the newest event of ${subject.issue.ruleId}`,
  value,
  unit: null,
  at: subject.events[0]?.eventTimestamp ?? subject.issue.openedAt,
  recheck: null,
})

/** The test cannot be made: what is missing and what would give it. */
export const cannotTell = (missing: string, toProceed: string): TestResult => ({
  outcome: 'unknown',
  missing,
  toProceed,
})

/** The evidence speaks against it. */
export const ruledOut = (because: string, claims: readonly NewClaim[] = []): TestResult => ({
  outcome: 'refuted',
  because,
  claims,
})

/** What was not answered, as a test result; a question never asked is a fault of ours and says so. */
export function notKnown(what: string, reading: Reading<unknown> | undefined): TestResult {
  if (reading === undefined) return cannotTell(`${what} was not asked for`, 'Report this.')
  return reading.known
    ? cannotTell(`${what} is empty`, 'Wait for the next windows.')
    : cannotTell(`${what}: ${reading.because}`, reading.toProceed)
}

/** Whole number with thousands separators, for sentences. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US')
