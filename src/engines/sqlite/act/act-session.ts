/** One session that may change one database, for one run. What may be sent is decided elsewhere. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import type { ActSession, Actuator, FormerSession, FormerState, StepResult } from '../../../core/actuator.ts'
import type { Json } from '../../../core/canonical.ts'
import type { TargetAddress } from '../../../core/engine.ts'
import type { ServerMessage } from '../../../core/nouns.ts'
import type { Ask, Identity, Reading } from '../../../core/observer.ts'
import type { Step } from '../../../core/plan.ts'
import { readIdentity } from '../identity.ts'
import type { SqliteQuestions } from '../shapes.ts'
import { ConnectionProcess } from './connection-process.ts'

/** Opens sessions on the database at `options.file`. `open` rejects where it cannot be opened. */
export const createActuator = (address: Pick<TargetAddress, 'options'>): Actuator<SqliteQuestions> => ({
  open: async () => {
    const file = realpathSync(String(address.options['file']))
    return new SqliteActSession(file, await ConnectionProcess.open(file))
  },
})

/** See `ActSession`. Its connection is in a process of its own, which is ended where a step takes too long. */
class SqliteActSession implements ActSession<SqliteQuestions> {
  readonly ask: Ask<SqliteQuestions>
  readonly connectionId: string
  readonly #file: string
  readonly #process: ConnectionProcess

  constructor(file: string, connection: ConnectionProcess) {
    this.#file = file
    this.#process = connection
    this.connectionId = String(connection.pid)
    const ask = (kind: string, params: Json): Promise<Reading<unknown>> => this.#ask(kind, params)
    this.ask = ask as Ask<SqliteQuestions>
  }

  async identity(): Promise<Reading<Identity>> {
    return readIdentity(this.#file)
  }

  /** @throws where the process ended while COMMIT may have been done; of every other step SQLite has undone everything. */
  async send(step: Step, mayGo: () => boolean = () => true): Promise<StepResult> {
    let isLate = false
    const late = setTimeout(() => {
      isLate = true
      void this.#process.kill()
    }, step.timeoutMs)
    try {
      return await this.#sendInTime(step, mayGo)
    } catch (error) {
      if (step.text === 'COMMIT') throw error
      const text = isLate ? `ended after ${step.timeoutMs} ms` : 'the process of the connection ended'
      return failed('CANCELLED', `${text}; nothing of it was committed`)
    } finally {
      clearTimeout(late)
    }
  }

  async #sendInTime({ text, onlyIf }: Step, mayGo: () => boolean): Promise<StepResult> {
    if (onlyIf !== null) {
      const { kind, params } = onlyIf.question
      const checked = await this.#process.order({ is: 'check', kind, params, equals: onlyIf.equals })
      if (checked.is !== 'checked') return failed('CHECK', 'its condition cannot be asked')
      if (checked.because !== null) return skipped('SKIPPED', `not sent: ${checked.because}`)
    }
    if (!mayGo()) return skipped('WITHHELD', 'not sent: it was no longer allowed')
    const reply = await this.#process.order({ is: 'run', text })
    if (reply.is === 'failed') return failed(reply.code, reply.because)
    const affectedRows = reply.is === 'done' ? reply.affectedRows : null
    return { ok: true, affectedRows, messages: [], skipped: false }
  }

  async #ask(kind: string, params: Json): Promise<Reading<unknown>> {
    try {
      const reply = await this.#process.order({ is: 'ask', kind, params })
      if (reply.is === 'answer') return reply.reading
    } catch {
      // Said below: whoever asked learns that it is not known.
    }
    return { known: false, because: 'the connection has ended', toProceed: 'Ask again.' }
  }

  async cancel(): Promise<void> {
    await this.#process.kill()
  }

  /** A process without its parent sends nothing more: it ends with the statement it is in. */
  async endFormer({ connectionId }: FormerSession): Promise<FormerState> {
    return isOurs(connectionId) ? 'working' : 'gone'
  }

  async close(): Promise<void> {
    await this.#process.close()
  }
}

/** Whether this process lives and is one of these sessions; where the system does not say what it is, it may be. */
function isOurs(connectionId: string): boolean {
  if (!/^[1-9]\d{0,9}$/.test(connectionId)) return false
  try {
    process.kill(Number(connectionId), 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const commandLine = `/proc/${connectionId}/cmdline`
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('session-process')
}

const message = (level: ServerMessage['level'], code: string, text: string): ServerMessage => ({
  level,
  code,
  text,
})
const failed = (code: string, text: string): StepResult => ({
  ok: false,
  affectedRows: null,
  messages: [message('Error', code, text)],
  skipped: false,
})
const skipped = (code: string, text: string): StepResult => ({
  ok: true,
  affectedRows: null,
  messages: [message('Warning', code, text)],
  skipped: true,
})
