/** The sessions of a running scenario, by name, and the statements its schema's owner runs. */
import mysql from 'mysql2/promise'
import { seededRandom } from '../../core/random.ts'
import { type RunningLoad, type ShopAddress, steadyLoad } from '../pieces/load.ts'
import type { WatchedServer } from '../pieces/watched-server.ts'
import type { SessionSpec } from '../scenario/shape.ts'
import { ScriptedSession } from './session.ts'

/** Starts and stops sessions on one server. */
export class Stage {
  readonly #watched: Pick<WatchedServer, 'server' | 'accounts' | 'reach' | 'schema'>
  readonly #sessions: ScriptedSession[] = []
  readonly #seed: number
  #steady: RunningLoad | null = null

  /** `seed` draws the values and pauses of the sessions. */
  constructor(watched: Pick<WatchedServer, 'server' | 'accounts' | 'reach' | 'schema'>, seed: number) {
    this.#watched = watched
    this.#seed = seed
  }

  /** The shop's steady mixed load. */
  startSteady(): void {
    this.#steady ??= steadyLoad(this.#address('application'))
  }

  /** Starts sessions, each `count` times. */
  start(specs: readonly SessionSpec[]): void {
    for (const spec of specs) {
      for (let i = 0; i < spec.count; i += 1)
        this.#sessions.push(
          new ScriptedSession(
            { ...spec, afterMs: spec.afterMs + i * spec.staggerMs },
            this.#address(spec.as),
            seededRandom(this.#seed * 1_000 + this.#sessions.length),
          ),
        )
    }
  }

  /** Every session of this name that ever ran here. */
  named(name: string): readonly ScriptedSession[] {
    return this.#sessions.filter((s) => s.name === name)
  }

  /** Connections of every session that ever ran here. */
  connectionIds(): ReadonlySet<string> {
    return new Set(this.#sessions.flatMap((s) => [...s.connectionIds]))
  }

  /** Stops the sessions of these names. */
  async end(names: readonly string[]): Promise<void> {
    await Promise.all(names.flatMap((name) => this.named(name).map((s) => s.stop())))
  }

  /** Runs statements of the owner (or root) on one connection, in order. @throws what the server answers. */
  async run(statements: readonly string[], as: 'owner' | 'root' = 'owner'): Promise<void> {
    if (statements.length === 0) return
    const { server, schema } = this.#watched
    const address = as === 'root' ? { uri: server.rootUri } : this.#address('owner')
    const connection = await mysql.createConnection({ ...address, database: schema })
    try {
      for (const statement of statements) await connection.query(statement)
    } finally {
      connection.destroy()
    }
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await Promise.all([this.#steady?.stop(), ...this.#sessions.map((s) => s.stop())])
  }

  #address(as: SessionSpec['as']): ShopAddress {
    const { reach, accounts } = this.#watched
    return { ...reach, ...accounts[as] }
  }
}
