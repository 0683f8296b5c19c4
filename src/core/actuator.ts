/**
 * What can change a target. Only an engine's `act`, the execute stage and the composition may import this
 * file; the import check enforces it.
 */

import type { ServerMessage } from './nouns.ts'
import type { Ask, Identity, Reading } from './observer.ts'
import type { Step } from './plan.ts'
import type { UtcTime } from './time.ts'

/** What came back from one step. */
export interface StepResult {
  /** The server reported no failure, neither as an error nor as a result row. */
  readonly ok: boolean
  readonly affectedRows: number | null
  /** Errors, warnings and notes, result rows of maintenance statements included. Values are masked. */
  readonly messages: readonly ServerMessage[]
  /**
   * Nothing was sent: the step's condition no longer held, `mayGo` said no (message code WITHHELD), or nobody could cancel it
   * in time (UNWATCHED).
   */
  readonly skipped: boolean
}

/** The connection of a run as its record keeps it: enough to find it again, and only it. */
export interface FormerSession {
  /** Digits from the server's own CONNECTION_ID(). */
  readonly connectionId: string
  /** The life of the server the connection belongs to. */
  readonly epoch: UtcTime
}

/** What became of a connection: it is gone and can send nothing more, or it still works on a statement, or undoes it. */
export type FormerState = 'gone' | 'working'

/** One connection with the executor's credentials, for one run. */
export interface ActSession<Q> {
  /** Questions on this very connection, so that what was checked is what is acted on. */
  readonly ask: Ask<Q>
  /** Who answers on this connection. */
  identity(): Promise<Reading<Identity>>
  /** This connection's number on the server, for the record of the run. */
  readonly connectionId: string
  /**
   * Sends one step of an approved plan, once, and reads its result. A watchdog cancels it at
   * `step.timeoutMs`. Never retries. `mayGo` is asked last, with nothing between its yes and the bytes.
   * @throws if the connection is lost while the step may have run.
   */
  send(step: Step, mayGo?: () => boolean): Promise<StepResult>
  /** Cancels a running step at the next safe point of the server; a cancel that came too early is said again by the next. */
  cancel(): Promise<void>
  /**
   * Makes sure that a dead executor's connection sends nothing more: one that idles is ended. One that works on a
   * statement is left to it, unless `mayEnd`. One that was ended and
   * does not go within seconds is `working`. Only connections of this account are touched. @throws if the server
   * does not say.
   */
  endFormer(former: FormerSession, mayEnd: boolean): Promise<FormerState>
  close(): Promise<void>
}

/** Opens act sessions on one target. */
export interface Actuator<Q> {
  /**
   * @param steps what will be sent, if that is known. Where the target takes no second connection, from which a step could be
   * cancelled in time, a session is opened only for steps that end at once.
   */
  open(steps?: readonly Pick<Step, 'text'>[]): Promise<ActSession<Q>>
}
