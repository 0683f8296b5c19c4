/** What a door records beside the pipeline: who opened which evidence, and answers to changes asked for under a key. */
import type { Json } from './canonical.ts'
import type { UtcTime } from './time.ts'

/** A change that is asked for under a key. */
export interface KeyedRequest {
  /** SHA-256 hex of who asks and the key they chose. */
  readonly keyDigest: string
  readonly userName: string
  /** SHA-256 hex of method, address and body. */
  readonly requestDigest: string
  /** How long the answer is kept, at most two days. */
  readonly lifetimeSeconds: number
}

/**
 * What is known of a key. `new`: it is this request's now. `answered`: this request was answered before. `open`: it
 * was taken and has no answer yet. `other`: it was taken for another request. `full`: the login has too many keys.
 */
export type KeyState =
  | { readonly state: 'new' | 'open' | 'other' | 'full' }
  | { readonly state: 'answered'; readonly status: number; readonly answer: Json }

/** Readings and keyed answers, as `serve` keeps them. */
export interface DoorRecords {
  /**
   * Records that a person opened the evidence of a decision, for this plan; once is enough. Gives when.
   * @throws DbmedicError DBM_STORE_REFUSED (GOV-105) for another plan than the decision's.
   */
  recordReading(reading: {
    readonly decisionId: number
    readonly userName: string
    readonly planDigest: string
  }): Promise<UtcTime>
  /** When the login opened the evidence of this plan; null: never. */
  readingOf(decisionId: number, userName: string, planDigest: string): Promise<UtcTime | null>
  claimKey(request: KeyedRequest): Promise<KeyState>
  /** Keeps the answer of a claimed key. */
  keepAnswer(keyDigest: string, answer: { readonly status: number; readonly body: Json }): Promise<void>
  /** Gives a key back whose request changed nothing. */
  releaseKey(keyDigest: string): Promise<void>
}
