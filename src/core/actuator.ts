/**
 * What can change a target. Only an engine's `act`, the execute stage and the composition may import this
 * file; the import check enforces it.
 */

import type { ServerMessage } from './nouns.ts'
import type { Ask, Identity, Reading } from './observer.ts'
import type { Step } from './plan.ts'

/** What came back from one step. */
export interface StepResult {
  /** The server reported no failure, neither as an error nor as a result row. */
  readonly ok: boolean
  readonly affectedRows: number | null
  /** Errors, warnings and notes, result rows of maintenance statements included. Values are masked. */
  readonly messages: readonly ServerMessage[]
  /** A `conditional` step whose condition no longer held: nothing was sent. */
  readonly skipped: boolean
}

/** One connection with the executor's credentials, for one run. */
export interface ActSession<Q> {
  /** Questions on this very connection, so that what was checked is what is acted on. */
  readonly ask: Ask<Q>
  /** Who answers on this connection. */
  identity(): Promise<Reading<Identity>>
  /**
   * Sends one step of an approved plan, once, and reads its result. A watchdog cancels it at
   * `step.timeoutMs`. Never retries. @throws if the connection is lost while the step may have run.
   */
  send(step: Step): Promise<StepResult>
  /** Cancels a running step at the next safe point of the server. */
  cancel(): Promise<void>
  close(): Promise<void>
}

/** Opens act sessions on one target. */
export interface Actuator<Q> {
  open(): Promise<ActSession<Q>>
}
