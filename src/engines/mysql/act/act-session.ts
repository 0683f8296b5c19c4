/**
 * One connection with the executor's account, for one run: sends the steps of an approved plan byte for byte,
 * once each, and reads what the server says of them. What may be sent is decided elsewhere.
 */
import type { ResultSetHeader } from 'mysql2/promise'
import type { ActSession, FormerSession, FormerState, StepResult } from '../../../core/actuator.ts'
import { canonicalJson } from '../../../core/canonical.ts'
import type { ServerMessage } from '../../../core/nouns.ts'
import type { Ask, Identity, Reading } from '../../../core/observer.ts'
import type { Step } from '../../../core/plan.ts'
import { number, type Row } from '../cells.ts'
import type { Bound } from '../connect.ts'
import type { OpenConnection } from '../open-connection.ts'
import type { Reader } from '../questions/question.ts'
import type { MysqlQuestions } from '../shapes.ts'
import { type Asker, TargetError, targetError } from '../target-error.ts'
import { endFormerSession } from './former-session.ts'
import { maskMessage } from './mask-message.ts'
import { maintenanceMessages, saysOk, warningMessages } from './step-messages.ts'
import { endsAtOnce, type Watchdog } from './watchdog.ts'

/** A question of ours is short, ms. */
const READ_MS = 3_000
/** After a cancel the server may have to undo work; past this the connection is given up, ms. */
const SETTLE_MS = 30_000
/** KILL QUERY or a time limit ended the statement. */
const INTERRUPTED = 1317
const UNWATCHED: ServerMessage = {
  level: 'Error',
  code: 'UNWATCHED',
  text: 'not sent: the server takes no second connection, from which it would be cancelled in time',
}
const WITHHELD: ServerMessage = {
  level: 'Warning',
  code: 'WITHHELD',
  text: 'not sent: it was no longer allowed',
}

/** What an act session is made of. */
export interface ActParts {
  readonly connection: OpenConnection
  readonly connectionId: string
  readonly watchdog: Pick<Watchdog, 'isReady' | 'killQuery' | 'close'>
  readonly asker: Asker
  /** Makes the questions of this very connection. */
  readonly questions: (reader: Reader) => Pick<ActSession<MysqlQuestions>, 'ask' | 'identity'>
  /** Bound of the wait after a cancel, ms; default 30,000. */
  readonly settleMs?: number
}

interface Sent {
  readonly rows: readonly Row[]
  readonly affectedRows: number | null
  /** The list of warnings is of this statement; MariaDB keeps an older list where a statement had none. */
  readonly hasWarnings: boolean
}

/** See `ActSession`. One thing at a time: questions and steps wait for each other. */
export class MysqlActSession implements ActSession<MysqlQuestions> {
  readonly ask: Ask<MysqlQuestions>
  readonly identity: () => Promise<Reading<Identity>>
  readonly connectionId: string
  readonly #parts: ActParts
  readonly #reader: Reader
  #cancelling: Promise<boolean> | null = null
  #givingUp: NodeJS.Timeout | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #running = false
  #lost = false

  constructor(parts: ActParts) {
    this.#parts = parts
    this.connectionId = parts.connectionId
    this.#reader = { query: (sql, values) => this.#inTurn(() => this.#read(sql, values ?? [])) }
    const { ask, identity } = parts.questions(this.#reader)
    this.ask = ask
    this.identity = identity
    const forget = (): void => {
      this.#lost = true
    }
    parts.connection.driver.on('error', forget)
    parts.connection.driver.on('end', forget)
  }

  /** @throws TargetError DBM_STEP_UNCERTAIN if the connection is lost; the step may have run. */
  async send(step: Step, mayGo: () => boolean = () => true): Promise<StepResult> {
    const unmet = await this.#unmetCondition(step)
    if (unmet !== null) return { ok: true, affectedRows: null, messages: [unmet], skipped: true }
    return this.#inTurn(() => this.#sendNow(step, mayGo))
  }

  async cancel(): Promise<void> {
    if (this.#running) await this.#cancelRunning()
  }

  /** @throws what reading the process list throws. */
  endFormer(former: FormerSession, mayEnd: boolean): Promise<FormerState> {
    const { user } = this.#parts.asker
    return endFormerSession({ reader: this.#reader, user }, former, mayEnd)
  }

  async close(): Promise<void> {
    this.#lost = true
    this.#parts.watchdog.close()
    const end = this.#parts.connection.driver.end().catch(() => undefined)
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 500).unref())])
    this.#parts.connection.destroy()
  }

  /** The questions of a kill are asked and it is sent right after, on this connection. */
  async #unmetCondition({ onlyIf }: Step): Promise<ServerMessage | null> {
    if (onlyIf === null) return null
    const { kind, params } = onlyIf.question
    const reading = await this.ask(kind as never, params as never)
    if (!reading.known) return { level: 'Warning', code: 'SKIPPED', text: `not sent: ${reading.because}` }
    const found = canonicalJson(reading.value as never)
    return found === canonicalJson(onlyIf.equals)
      ? null
      : { level: 'Warning', code: 'SKIPPED', text: 'not sent: its condition no longer holds' }
  }

  async #sendNow(step: Step, mayGo: () => boolean): Promise<StepResult> {
    if (!endsAtOnce(step.text) && !(await this.#parts.watchdog.isReady()))
      return { ok: false, affectedRows: null, messages: [UNWATCHED], skipped: true }
    try {
      // Nothing is awaited between this answer and the bytes.
      if (!mayGo()) return { ok: true, affectedRows: null, messages: [WITHHELD], skipped: true }
      const sent = await this.#bounded(step.text, [], step.timeoutMs)
      const warnings = sent.hasWarnings ? await this.#warnings() : []
      const messages = [...maintenanceMessages(sent.rows), ...warnings]
      return { ok: saysOk(messages), affectedRows: sent.affectedRows, messages, skipped: false }
    } catch (error) {
      const failure = serverMessage(error)
      if (failure === null || this.#lost) throw this.#uncertain(error)
      const others = (await this.#warnings()).filter((message) => message.code !== failure.code)
      return { ok: false, affectedRows: null, messages: [failure, ...others], skipped: false }
    }
  }

  async #warnings(): Promise<readonly ServerMessage[]> {
    const { rows } = await this.#bounded('SHOW WARNINGS LIMIT 64', [], READ_MS).catch((error: unknown) => {
      if (serverMessage(error) === null) throw this.#uncertain(error)
      return { rows: [], affectedRows: null, hasWarnings: false }
    })
    return warningMessages(rows)
  }

  async #read(sql: string, values: readonly Bound[]): Promise<readonly Row[]> {
    try {
      return (await this.#bounded(`/* dbmedic */ ${sql}`, values, READ_MS)).rows
    } catch (error) {
      throw targetError(error, this.#parts.asker)
    }
  }

  /** Runs one statement; cancels it at `timeoutMs` and gives the connection up if it then does not end. */
  async #bounded(sql: string, values: readonly Bound[], timeoutMs: number): Promise<Sent> {
    if (this.#lost) throw this.#uncertain(null)
    const timer = setTimeout(() => void this.#cancelRunning(), timeoutMs)
    this.#running = true
    try {
      return await this.#untilLost(deliver(this.#parts.connection, sql, values))
    } finally {
      this.#running = false
      clearTimeout(timer)
      await this.#absorb()
    }
  }

  /** Says KILL QUERY, each time anew: one that arrived before its statement hit nothing. */
  async #cancelRunning(): Promise<void> {
    const { watchdog, settleMs = SETTLE_MS } = this.#parts
    this.#givingUp ??= setTimeout(() => this.#giveUp(), settleMs)
    const earlier = this.#cancelling
    const killing = watchdog.killQuery()
    this.#cancelling = Promise.all([earlier, killing]).then(() => true)
    await this.#cancelling
  }

  #giveUp(): void {
    this.#lost = true
    this.#parts.connection.destroy()
    this.#abandon?.()
  }

  #abandon: (() => void) | null = null

  /** The driver leaves a statement open for ever when the connection is destroyed under it. */
  async #untilLost<T>(work: Promise<T>): Promise<T> {
    const given = new Promise<never>((_resolve, reject) => {
      this.#abandon = () => reject(this.#uncertain(null))
    })
    try {
      return await Promise.race([work, given])
    } finally {
      this.#abandon = null
    }
  }

  /** A kill that arrives after its statement ended would hit the next one; this gives it nothing to hit. */
  async #absorb(): Promise<void> {
    clearTimeout(this.#givingUp)
    this.#givingUp = undefined
    if (this.#cancelling === null) return
    await this.#cancelling
    this.#cancelling = null
    if (this.#lost) return
    await this.#untilLost(deliver(this.#parts.connection, 'DO 0', [])).catch((error: unknown) => {
      if ((error as { errno?: unknown }).errno !== INTERRUPTED) this.#lost = true
    })
  }

  #uncertain(error: unknown): TargetError {
    this.#lost = true
    if (error instanceof TargetError && error.code === 'DBM_STEP_UNCERTAIN') return error
    const cause = error === null ? 'it was given up or closed' : targetError(error, this.#parts.asker).message
    return new TargetError('DBM_STEP_UNCERTAIN', { target: this.#parts.asker.target, reason: cause })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}

async function deliver({ driver }: OpenConnection, sql: string, values: readonly Bound[]): Promise<Sent> {
  const [result] = values.length === 0 ? await driver.query(sql) : await driver.execute(sql, [...values])
  if (Array.isArray(result)) return { rows: result as Row[], affectedRows: null, hasWarnings: true }
  return {
    rows: [],
    affectedRows: number(result.affectedRows),
    hasWarnings: (result as ResultSetHeader).warningStatus > 0,
  }
}

/** The message of an error the server stated and stayed for; null for one that ended the connection. */
function serverMessage(error: unknown): ServerMessage | null {
  const { errno, fatal, sqlMessage } = error as { errno?: unknown; fatal?: unknown; sqlMessage?: unknown }
  if (typeof errno !== 'number' || errno <= 0 || fatal === true || ENDS_CONNECTION.has(errno)) return null
  return {
    level: 'Error',
    code: errno,
    text: maskMessage(typeof sqlMessage === 'string' ? sqlMessage : `error ${errno}`, errno),
  }
}

/** Shutdown, this connection killed, gone away, lost. */
const ENDS_CONNECTION = new Set([
  1053, 1077, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 4031,
])
