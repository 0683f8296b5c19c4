/**
 * What may be known of a target: windows of its instruments (snapshots) and answers to typed, bounded,
 * read-only questions. Nothing here can change a target; `actuator.ts` holds what can.
 */
import type { Json } from './canonical.ts'
import type { UtcTime } from './time.ts'

/** Something read from a target, or the plain statement that it is not known. Unknown is never healthy. */
export type Reading<T> =
  | {
      readonly known: true
      readonly value: T
      /** The target's clock when it was read. */
      readonly at: UtcTime
      /** The query, counter or file it came from, without values. */
      readonly source: string
    }
  | {
      readonly known: false
      readonly because: string
      readonly toProceed: string
      /** Code of the error table, where the reason is one of its rows. */
      readonly code?: string
    }

/** Who a server is. A restart changes the epoch, a failover the uid; either ends what was bound to them. */
export interface Identity {
  readonly instanceUid: string
  /** Start of the current life of the server. */
  readonly epoch: UtcTime
  /** Product and version as the server states them, e.g. `10.11.18-MariaDB`. */
  readonly version: string
  /** The engine's own word for its kind, e.g. `mariadb`. */
  readonly flavour: string
  /** The uid was derived from address and settings; actions of MEDIUM and HIGH risk are refused on it. */
  readonly weak: boolean
}

/** One thing an engine can do on this target, and what gives it where it is missing. */
export interface CapabilityReport {
  readonly id: string
  /** `null`: it could not be found out, which counts as missing. */
  readonly available: boolean | null
  /** What was found. */
  readonly found: string
  /** What dbmedic cannot see or do without it. */
  readonly consequence: string
  /** The exact statements or settings that give it; empty if it is there, or nothing gives it on such a server. */
  readonly remedy: readonly string[]
}

/** A map of questions an engine answers: parameters and answer by kind. */
export type QuestionMap = {
  readonly [kind: string]: { readonly params: { readonly [key: string]: Json }; readonly answer: unknown }
}

/** Asks one typed question. It never throws for what the target does; trouble is `known: false`. */
export type Ask<Q> = <K extends keyof Q & string>(
  kind: K,
  params: Q[K] extends { params: infer P } ? P : never,
) => Promise<Reading<Q[K] extends { answer: infer A } ? A : never>>

/** A read-only connection to one target. */
export interface Observer<S, Q> {
  /** Who answers now. Asked again at every window: a restart or failover shows here first. */
  identity(): Promise<Reading<Identity>>
  /** What this target lets us see and do, each missing item with its remedy. */
  capabilities(): Promise<readonly CapabilityReport[]>
  /** The newest window of an instrument. Within one tick every caller gets the same reading. */
  read<K extends keyof S & string>(name: K): Promise<Reading<S[K]>>
  /** A bounded, read-only question. */
  readonly ask: Ask<Q>
  /** What watching has cost the target in the last minute. */
  cost(): ObserverCost
  /**
   * Something new is the matter: for two minutes what finds trouble is read as often as it should be, for up to twice
   * the budget, so that it can be told from a moment's; for the first of that, who waits for whom even more often.
   */
  attend(): void
  close(): Promise<void>
}

/** The observer's own use of the target. */
export interface ObserverCost {
  /** Statement time spent, ms per second of wall time. */
  readonly busyMsPerSecond: number
  /** Share of the target's statement time, percent; null while unknown. */
  readonly sharePercent: number | null
  /** What it may spend, ms per second of wall time. */
  readonly allowedMsPerSecond: number
  /** Instruments skipped now to stay within the budget. */
  readonly shed: readonly string[]
  /**
   * Instruments read at another interval than their own: by how much it is multiplied. Above 1 for what they cost, below
   * because something new is the matter.
   */
  readonly stretched: { readonly [instrument: string]: number }
  /** Whether what most conditions are noticed by is read so rarely that it is noticed late. */
  readonly shedsMuch: boolean
}
