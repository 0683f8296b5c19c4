/** Answers to questions, keyed by the canonical text of the question. */
import { canonicalJson, type Json } from '../../core/canonical.ts'
import type { Answers } from '../../core/diagnosis.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'

/** One text a question, whatever the order of its members. */
export const questionKey = (question: EvidenceQuestion): string =>
  canonicalJson({ kind: question.kind, params: question.params })

/** Answers gathered in one analysis. */
export class AnswerBook {
  readonly #readings = new Map<string, Reading<unknown>>()

  /** Keeps an answer. */
  put(question: EvidenceQuestion, reading: Reading<unknown>): void {
    this.#readings.set(questionKey(question), reading)
  }

  /** Was this asked already? */
  has(question: EvidenceQuestion): boolean {
    return this.#readings.has(questionKey(question))
  }

  /** The typed view a diagnosis gets. The types are the engine's; the answers came through rows. */
  view<Q>(): Answers<Q> {
    const get = (kind: string, params: unknown): Reading<unknown> | undefined =>
      this.#readings.get(questionKey({ kind, params: params as { readonly [key: string]: Json } }))
    return { get } as unknown as Answers<Q>
  }
}

/** Reads a stored answer back as a reading; anything malformed is unknown. */
export function asReading(value: Json): Reading<unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const record = value as { readonly [key: string]: Json }
    if (record.known === true && typeof record.at === 'string' && typeof record.source === 'string') {
      return { known: true, value: record.value, at: record.at, source: record.source }
    }
    if (record.known === false && typeof record.because === 'string') {
      return { known: false, because: record.because, toProceed: String(record.toProceed ?? '') }
    }
  }
  return { known: false, because: 'the answer is not readable', toProceed: 'Ask again.' }
}
