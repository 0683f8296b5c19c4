/**
 * Explains what applications report, in the analyst's role: each kind of failure once, and again when what is known of it
 * changes; and records what guards repeated. By rules alone; bounded to a page of failures a turn.
 */
import { canonicalJson, type Json } from '../core/canonical.ts'
import type { Log } from '../core/log.ts'
import type { CallOutcomes, FailureOnDesk, NewExplanation, RecoveryDesk } from '../core/recovery-desk.ts'
import { explainFailure } from './reported-errors.ts'
import { sha256 } from './sha256.ts'
import { unlessRefused } from './unless-refused.ts'

/** Failures of one turn: so many records are written every five seconds at most. */
const PAGE = 100
/** All failures are looked at again so often, ms; between, only new ones are. */
const PASS_EVERY_MS = 3_600_000
/** That they were looked at is noted so often, ms. */
const NOTE_EVERY_MS = 60_000
/** Changes with the form of the words, so that every failure is explained anew. */
const FORM = 1

/** Goes through the failures on record, page by page. */
export class FailureExplainer {
  readonly #desk: RecoveryDesk
  readonly #log: Log
  readonly #nowMs: () => number
  #after = 0
  #nextPassMs: number
  #nextNoteMs = 0

  constructor(desk: RecoveryDesk, log: Log, nowMs: () => number = Date.now) {
    this.#desk = desk
    this.#log = log
    this.#nowMs = nowMs
    this.#nextPassMs = nowMs() + PASS_EVERY_MS
  }

  /**
   * Looks at the next failures. True where nothing had to be recorded and there may be more: the next page may come at once.
   * @throws what the store throws, but for a refusal, which is logged
   */
  async turn(): Promise<boolean> {
    if (this.#nowMs() >= this.#nextPassMs) {
      this.#after = 0
      this.#nextPassMs = this.#nowMs() + PASS_EVERY_MS
    }
    const page = await this.#desk.failuresAfter(this.#after, PAGE)
    let recorded = false
    for (const failure of page) {
      if (await this.#look(failure)) recorded = true
      this.#after = failure.patternId
    }
    if (this.#nowMs() >= this.#nextNoteMs) {
      this.#nextNoteMs = this.#nowMs() + NOTE_EVERY_MS
      await this.#desk.failuresLookedAt()
    }
    return page.length === PAGE && !recorded
  }

  /** True if anything was recorded of it. */
  #look(failure: FailureOnDesk): Promise<boolean> {
    const refused = { message: 'the store refused a record of recovery', pattern: failure.patternId }
    return unlessRefused(() => this.#record(failure), this.#log, refused)
  }

  async #record(failure: FailureOnDesk): Promise<boolean> {
    const explanation = explanationOf(failure)
    if (explanation === null) return false
    const isNew = failure.explained?.basisDigest !== explanation.basisDigest
    const explained = isNew && (await this.#desk.explainFailure(explanation))
    const tried = explanation.words.strategy === 'IMMEDIATE' && (await this.#recordRepeats(failure))
    return explained || tried
  }

  /** What guards repeated since the last time, as one attempt: it succeeded if no call got the error after all. */
  async #recordRepeats({
    patternId,
    outcomes,
    recoveryEnabled,
    lastAttempt,
  }: FailureOnDesk): Promise<boolean> {
    if (!recoveryEnabled || lastAttempt?.ended === false) return false
    const before = outcomesIn(lastAttempt?.evidence ?? null)
    const retried = outcomes.retried - before.retried
    if (retried <= 0) return false
    const lost = outcomes.thrown + outcomes.unknown - before.thrown - before.unknown
    return this.#desk.recordAttempt({
      patternId,
      number: (lastAttempt?.number ?? 0) + 1,
      strategy: 'IMMEDIATE',
      reasoning: `Applications repeated what met this failure ${times(retried)}; ${lost === 0 ? 'none got the error after all' : `it was thrown or left unknown ${times(lost)}`}.`,
      evidence: { ...outcomes },
      success: lost === 0,
    })
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** The explanation of a failure as it is now; null for one of an engine or type this program does not know. */
function explanationOf({
  patternId,
  kind,
  occurrences,
  sites,
  explained,
}: FailureOnDesk): NewExplanation | null {
  const known = explainFailure(kind)
  if (known === null) return null
  const { words, knowledge } = known
  const entry: { [name: string]: Json } | null =
    knowledge === null ? null : { kind: 'entry', id: knowledge.id, digest: versionOf(knowledge) }
  return {
    patternId,
    failureType: kind.failureType,
    number: (explained?.number ?? 0) + 1,
    words,
    explainer: 'rules',
    knowledgeId: knowledge?.id ?? null,
    basisDigest: sha256(canonicalJson({ form: FORM, entry, words: { ...words } })),
    evidence: [
      { kind: 'failure', signature: kind.signature, occurrences, sites },
      { kind: 'code', engine: kind.engine, code: kind.code, type: kind.failureType },
      ...(entry === null ? [] : [entry]),
    ],
  }
}

/** The version of a knowledge entry: SHA-256 of what it says. Its examples and the order of its fields do not count. */
function versionOf(entry: NonNullable<NonNullable<ReturnType<typeof explainFailure>>['knowledge']>): string {
  const { title, symptom, causes, remedy, prevention } = entry
  return sha256(
    canonicalJson({
      title,
      symptom,
      causes: causes.map((each) => ({ ...each })),
      remedy: remedy.map((each) => ({ do: each.do, action: each.action ?? null })),
      prevention,
    }),
  )
}

/** The outcomes an earlier attempt was recorded with; zeros where it was of another kind. */
function outcomesIn(evidence: Json): CallOutcomes {
  const of = evidence as { readonly [name: string]: unknown } | null
  const count = (name: string): number => {
    const value = typeof of === 'object' ? of?.[name] : undefined
    return typeof value === 'number' ? value : 0
  }
  return { retried: count('retried'), thrown: count('thrown'), unknown: count('unknown') }
}
