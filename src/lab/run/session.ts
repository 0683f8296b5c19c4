/** One scripted session on its own connection: what it ran, how long that took, and what it was refused. */
import mysql from 'mysql2/promise'
import { pause, type ShopAddress } from '../pieces/load.ts'
import type { SessionSpec } from '../scenario/shape.ts'

/** One completed pass of a script: when it began and ended (this machine's clock) and the time its statements took, ms. */
export interface Pass {
  readonly beganMs: number
  readonly endedMs: number
  readonly statementMs: number
}

/** An error the server answered with, by its number (0: the connection was lost). */
export interface SessionError {
  readonly atMs: number
  readonly code: number
}

/** Passes and errors kept of one session; a longer run forgets its oldest. */
const KEPT = 20_000
/** A held session that is not let in asks again this often, ms. */
const KNOCK_MS = 1_000

/** Runs a script again and again, or once and then holds the connection. */
export class ScriptedSession {
  readonly name: string
  readonly passes: Pass[] = []
  readonly errors: SessionError[] = []
  /** Ids of every connection it had. */
  readonly connectionIds = new Set<string>()
  readonly #spec: SessionSpec
  readonly #address: ShopAddress
  readonly #random: () => number
  #connection: mysql.Connection | null = null
  #stopped = false
  readonly #ended: Promise<void>

  /** Starts at once. `random` draws in [0, 1). */
  constructor(spec: SessionSpec, address: ShopAddress, random: () => number) {
    this.name = spec.name
    this.#spec = spec
    this.#address = address
    this.#random = random
    this.#ended = this.#run()
  }

  /** Closes the connection, in the middle of a statement if need be, and waits until that is done. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#connection?.destroy()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { everyMs, afterMs } = this.#spec
    await this.#pause(afterMs)
    while (!this.#stopped) {
      await this.#pass()
      // Once let in, a script that runs once is not run again, whatever became of it.
      if (everyMs === undefined && this.connectionIds.size > 0) return this.#hold()
      await this.#pause(everyMs === undefined ? KNOCK_MS : everyMs * (0.5 + this.#random()))
    }
  }

  /** The connection stays as the script left it; one that is ended by somebody else is not replaced. */
  async #hold(): Promise<void> {
    while (!this.#stopped && this.#connection !== null) await pause(50)
  }

  async #pass(): Promise<void> {
    const beganMs = Date.now()
    let statementMs = 0
    try {
      const connection = await this.#open()
      for (const step of this.#spec.script) {
        if (typeof step !== 'string') {
          await this.#pause(step.pauseMs)
          continue
        }
        const before = performance.now()
        await this.#send(connection, step)
        statementMs += performance.now() - before
      }
      keep(this.passes, { beganMs, endedMs: Date.now(), statementMs })
    } catch (error) {
      await this.#failed(error)
    }
  }

  async #send(connection: mysql.Connection, statement: string): Promise<void> {
    if (!this.#spec.prepared) {
      await connection.query(filledIn(statement, this.#random))
      return
    }
    const { text, values } = withPlaces(statement, this.#random)
    await connection.execute(text, values)
  }

  async #open(): Promise<mysql.Connection> {
    if (this.#connection !== null) return this.#connection
    const connection = await mysql.createConnection({ database: 'shop', ...this.#address })
    connection.on('error', () => this.#lost(connection))
    connection.on('end', () => this.#lost(connection))
    this.connectionIds.add(String(connection.threadId))
    if (this.#stopped) connection.destroy()
    this.#connection = connection
    return connection
  }

  #lost(connection: mysql.Connection): void {
    if (this.#connection === connection) this.#connection = null
  }

  /** After an error the transaction is given up; a connection that cannot even do that is given up too. */
  async #failed(error: unknown): Promise<void> {
    if (this.#stopped) return
    keep(this.errors, { atMs: Date.now(), code: errorNumber(error) })
    const connection = this.#connection
    try {
      await connection?.query('ROLLBACK')
    } catch {
      connection?.destroy()
      this.#connection = null
    }
  }

  /** Waits, but not beyond `stop`. */
  async #pause(ms: number): Promise<void> {
    const until = Date.now() + ms
    while (!this.#stopped && Date.now() < until) await pause(Math.max(1, Math.min(50, until - Date.now())))
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item)
  if (list.length > KEPT) list.splice(0, list.length - KEPT)
}

function errorNumber(error: unknown): number {
  if (typeof error === 'object' && error !== null && 'errno' in error && typeof error.errno === 'number')
    return Math.max(0, error.errno)
  return 0
}

/**
 * The statement with a random whole number from a to b for each `:int(a,b)`, each as likely, and for each
 * `:zipf(a,b)`, a at least 1, a number as likely as its reciprocal (Zipf's law with exponent 1, drawn by the
 * inverse of its continuous form).
 */
export const filledIn = (statement: string, random: () => number): string =>
  statement.replace(/:(int|zipf)\((\d+),\s*(\d+)\)/g, (...[, law, from, to]: string[]) => {
    const [low, high] = [Number(from), Number(to)]
    const drawn = law === 'int' ? low + random() * (high + 1 - low) : low * ((high + 1) / low) ** random()
    return String(Math.min(high, Math.floor(drawn)))
  })

/**
 * The statement as a driver prepares it: a `?` for each random number, and for each quoted text that holds some, with the
 * values to bind, in order. A text without any stays, as do numbers that are written out.
 */
export function withPlaces(
  statement: string,
  random: () => number,
): { readonly text: string; readonly values: (string | number)[] } {
  const values: (string | number)[] = []
  const text = statement.replace(/'[^']*'|:(?:int|zipf)\(\d+,\s*\d+\)/g, (part) => {
    const filled = filledIn(part, random)
    if (filled === part) return part
    values.push(part.startsWith("'") ? filled.slice(1, -1) : Number(filled))
    return '?'
  })
  return { text, values }
}
