/** One session that may change one database, for one run. What may be sent is decided elsewhere. */
import { readFileSync, realpathSync } from 'node:fs'
import type { ActSession, Actuator, FormerSession, FormerState, StepResult } from '../../../core/actuator.ts'
import type { Json } from '../../../core/canonical.ts'
import type { TargetAddress } from '../../../core/engine.ts'
import type { ServerMessage } from '../../../core/nouns.ts'
import type { Ask, Identity, Reading } from '../../../core/observer.ts'
import type { Step } from '../../../core/plan.ts'
import { fileAt, type Place, placeOf, readIdentity } from '../identity.ts'
import type { SqliteQuestions } from '../shapes.ts'
import { ConnectionProcess } from './connection-process.ts'

/** Longest question on the session's own connection, ms: no lock is held while they are asked, but others may wait for the run. */
const LONGEST_QUESTION_MS = 600_000

/** Opens sessions on the database at `options.file`. `open` rejects where it cannot be opened. */
export const createActuator = (address: Pick<TargetAddress, 'options'>): Actuator<SqliteQuestions> => ({
  open: async () => {
    const place = placeOf(address)
    const opened = fileAt(place)
    const identity = readIdentity(place)
    if (!identity.known) throw new Error(identity.because)
    const file = realpathSync(place.file)
    return new SqliteActSession({
      place,
      file,
      opened,
      process: await ConnectionProcess.open(file, 'write'),
    })
  },
})

interface Parts {
  readonly place: Place
  readonly file: string
  /** Which file it was when it was opened, see `fileAt`. */
  readonly opened: string | null
  readonly process: ConnectionProcess
}

/** See `ActSession`. Its connection is in a process of its own, which is ended where a step takes too long. */
class SqliteActSession implements ActSession<SqliteQuestions> {
  readonly ask: Ask<SqliteQuestions>
  readonly connectionId: string
  readonly #parts: Parts
  readonly #process: ConnectionProcess

  constructor(parts: Parts) {
    this.#parts = parts
    this.#process = parts.process
    this.connectionId = String(parts.process.pid)
    const ask = (kind: string, params: Json): Promise<Reading<unknown>> => this.#ask(kind, params)
    this.ask = ask as Ask<SqliteQuestions>
  }

  /** Unknown once another file has the path: the connection goes on with the one it opened, which nobody finds any more. */
  async identity(): Promise<Reading<Identity>> {
    const now = readIdentity(this.#parts.place)
    return now.known && this.#isReplaced() ? REPLACED : now
  }

  #isReplaced(): boolean {
    return fileAt(this.#parts.place) !== this.#parts.opened
  }

  /** @throws where the process ended while COMMIT may have been done; of every other step SQLite has undone everything. */
  async send(step: Step, mayGo: () => boolean = () => true): Promise<StepResult> {
    let isLate = false
    const late = setTimeout(() => {
      isLate = true
      void this.#process.kill()
    }, step.timeoutMs)
    try {
      const result = await this.#sendInTime(step, mayGo)
      // Nothing of the plan follows, and everybody who writes waits for this lock.
      if (!result.ok || result.skipped) await this.#process.order({ is: 'roll back' }).catch(() => undefined)
      return result
    } catch (error) {
      if (step.text === 'COMMIT') throw error
      const text = isLate ? `ended after ${step.timeoutMs} ms` : 'the process of the connection ended'
      return failed('CANCELLED', `${text}; nothing of it was committed`)
    } finally {
      clearTimeout(late)
    }
  }

  async #sendInTime({ text, onlyIf }: Step, mayGo: () => boolean): Promise<StepResult> {
    if (this.#isReplaced()) return failed('REPLACED', REPLACED.because)
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
    const late = setTimeout(() => void this.#process.kill(), LONGEST_QUESTION_MS)
    try {
      const reply = await this.#process.order({ is: 'ask', kind, params })
      if (reply.is === 'answer') return reply.reading
    } catch {
      // Said below: whoever asked learns that it is not known.
    } finally {
      clearTimeout(late)
    }
    return { known: false, because: 'the connection has ended', toProceed: 'Ask again.' }
  }

  async cancel(): Promise<void> {
    await this.#process.kill()
  }

  /** A process without its parent sends nothing more: it ends with the statement it is in. Only one of this file is ended. */
  async endFormer({ connectionId }: FormerSession, mayEnd: boolean): Promise<FormerState> {
    const found = findFormer(connectionId, this.#parts.file)
    if (found === 'gone') return 'gone'
    if (found === 'ours' && mayEnd) process.kill(Number(connectionId), 'SIGKILL')
    return 'working'
  }

  async close(): Promise<void> {
    await this.#process.close()
  }
}

/** Whether a process lives and is a session on this file; where the system does not say what it is, it may be. */
function findFormer(connectionId: string, file: string): 'gone' | 'ours' | 'perhaps' {
  if (!/^[1-9]\d{0,9}$/.test(connectionId)) return 'gone'
  try {
    process.kill(Number(connectionId), 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone'
  }
  const words = argumentsOf(connectionId)
  if (words === null) return 'perhaps'
  return words.some((word) => word.endsWith(PROGRAM_NAME)) && words.includes(file) ? 'ours' : 'gone'
}

const PROGRAM_NAME = 'session-process.ts'

/** The words a process was started with; none for one that has ended and was not waited for. Null: the system does not say. */
function argumentsOf(processId: string): readonly string[] | null {
  if (process.platform !== 'linux') return null
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').split('\0')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : null
  }
}

const REPLACED: Extract<Reading<Identity>, { readonly known: false }> = {
  known: false,
  because: 'another file has the path of the one that was opened',
  toProceed: 'Ask for it anew.',
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
