/**
 * Fails the n-th operation of a whole run, once or from there on until it is mended. An operation is a statement of the
 * store, from just before it is sent to the moment before its answer is heard, or a step sent to the target.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { StepResult } from '../../../src/core/actuator.ts'
import { MysqlActSession } from '../../../src/engines/mysql/act/act-session.ts'
import type { Probe } from '../../../src/store/database/store-database.ts'

/** What goes wrong with a statement of the store: the driver's error, when, and whether reads feel it. */
interface FaultKind {
  readonly code: string
  readonly errno?: number
  readonly moment: 'before' | 'after'
  /** A full or read-only store is still read. */
  readonly readsToo: boolean
}

// Numbers: https://www.sqlite.org/rescode.html, https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html
/** Faults of a store in a file; `lost`: a write that took effect is said to have failed (fsync). */
export const FILE_FAULTS = {
  busy: { code: 'SQLITE_BUSY', moment: 'before', readsToo: true },
  full: { code: 'SQLITE_FULL', moment: 'before', readsToo: false },
  'read-only': { code: 'SQLITE_READONLY', moment: 'before', readsToo: false },
  io: { code: 'SQLITE_IOERR_WRITE', moment: 'before', readsToo: true },
  lost: { code: 'SQLITE_IOERR_FSYNC', moment: 'after', readsToo: false },
} as const satisfies Record<string, FaultKind>

/** Faults of a store on a server; `lost`: the connection breaks after the statement took effect. */
export const SERVER_FAULTS = {
  gone: { code: 'ECONNRESET', errno: -104, moment: 'before', readsToo: true },
  lost: { code: 'ECONNRESET', errno: -104, moment: 'after', readsToo: true },
  deadlock: { code: 'ER_LOCK_DEADLOCK', errno: 1213, moment: 'before', readsToo: false },
  'lock-timeout': { code: 'ER_LOCK_WAIT_TIMEOUT', errno: 1205, moment: 'before', readsToo: false },
  'read-only': { code: 'ER_OPTION_PREVENTS_STATEMENT', errno: 1290, moment: 'before', readsToo: false },
  full: { code: 'ER_RECORD_FILE_FULL', errno: 1114, moment: 'before', readsToo: false },
} as const satisfies Record<string, FaultKind>

/** Where and how a run is hit. */
export interface Hit {
  /** Number of the operation, from 1. */
  readonly operation: number
  readonly kind: FaultKind
  /** Until `mend` is called. */
  readonly lasting: boolean
}

/** How long a lasting fault lasts from its first hit, ms: longer than the pauses between a few turns. */
const LASTS_MS = 900

const facing = new AsyncLocalStorage<Faults>()

/** The faults of one run. */
export class Faults {
  readonly #hit: Hit
  #operations = 0
  #mendedAt: number | null = null
  /** What was hit, in order: the first words of a statement, or the text of a step. */
  readonly struck: string[] = []

  constructor(hit: Hit) {
    this.#hit = hit
    watchSends()
  }

  /** Runs `work` with its steps to the target under these faults too. */
  around<T>(work: () => Promise<T>): Promise<T> {
    return facing.run(this, work)
  }

  /** For the store's client. @throws the driver's error when it is this statement's turn. */
  readonly probe: Probe = (statement, moment) => {
    const { kind } = this.#hit
    if (moment !== kind.moment) return
    if (!kind.readsToo && /^\s*(select|begin)\b/i.test(statement)) return
    if (!this.#strikes(statement.replace(/["`]/g, '').split(/\s+/, 4).join(' '))) return
    const { code, errno } = kind
    throw Object.assign(new Error(`injected ${code}`), { code, ...(errno === undefined ? {} : { errno }) })
  }

  /** A step to the target: sent and its answer lost, lost before it was sent, or refused by the server. */
  async step(text: string, send: () => Promise<StepResult>): Promise<StepResult> {
    if (!this.#strikes(text)) return send()
    const { errno, moment } = this.#hit.kind
    if (moment === 'after') await send()
    if (moment === 'after' || errno === undefined || errno < 0) throw new Error('injected: connection lost')
    const message = { level: 'Error', code: 1205, text: 'Lock wait timeout exceeded' } as const
    return { ok: false, skipped: false, affectedRows: null, messages: [message] }
  }

  #strikes(what: string): boolean {
    if (this.#mendedAt !== null && Date.now() > this.#mendedAt) return false
    this.#operations += 1
    const { operation, lasting } = this.#hit
    if (lasting ? this.#operations < operation : this.#operations !== operation) return false
    if (lasting) this.#mendedAt ??= Date.now() + LASTS_MS
    this.struck.push(what)
    return true
  }
}

let isPatched = false

function watchSends(): void {
  if (isPatched) return
  isPatched = true
  const send = MysqlActSession.prototype.send
  MysqlActSession.prototype.send = function (step, mayGo) {
    const faults = facing.getStore()
    const sending = (): Promise<StepResult> => send.call(this, step, mayGo)
    // What is not allowed to go is not sent, whatever the connection would do.
    return faults === undefined || mayGo?.() === false ? sending() : faults.step(step.text, sending)
  }
}
