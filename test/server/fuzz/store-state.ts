/** What stands in a store, by table, so that a refused request can be held to have changed nothing. */
import { createHash } from 'node:crypto'
import { TABLES } from '../../../src/store/schema/tables.ts'
import type { OpenSession, TestStore } from '../../store/support/stores.ts'

/** Signs of life are noted whoever asks for what; they are no change anybody asked for. */
const SIGNS_OF_LIFE: Readonly<Record<string, readonly string[]>> = {
  sessions: ['last_seen_at'],
  api_tokens: ['last_used_at'],
}

/** Looks at one store through a connection of its own. */
export class StoreState {
  readonly #session: OpenSession
  readonly #isSqlite: boolean
  #known = new Map<string, string>()
  #version = -1
  /** How often every row was read. */
  looks = 0

  private constructor(session: OpenSession, isSqlite: boolean) {
    this.#session = session
    this.#isSqlite = isSqlite
  }

  static async open(server: TestStore): Promise<StoreState> {
    const state = new StoreState(await server.connect('owner'), server.dialect === 'sqlite')
    await state.changed()
    return state
  }

  /** Names of the tables that are not as they were at the last look. */
  async changed(): Promise<readonly string[]> {
    if (!(await this.#mayDiffer())) return []
    this.looks += 1
    const names: string[] = []
    for (const { name } of TABLES) {
      const digest = await this.#digestOf(name)
      if (this.#known.get(name) !== digest) names.push(name)
      this.#known.set(name, digest)
    }
    return names
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  /** SQLite says so whether another connection has committed (https://www.sqlite.org/pragma.html#pragma_data_version). */
  async #mayDiffer(): Promise<boolean> {
    if (!this.#isSqlite) return true
    const [row] = await this.#session.rows('PRAGMA data_version')
    const version = Number(row?.['data_version'])
    const differs = version !== this.#version
    this.#version = version
    return differs
  }

  async #digestOf(table: string): Promise<string> {
    const hash = createHash('sha256')
    for (const row of await this.#session.rows(`SELECT * FROM ${table}`)) {
      const kept = Object.entries(row).filter(([name]) => SIGNS_OF_LIFE[table]?.includes(name) !== true)
      hash.update(
        JSON.stringify(kept, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      )
    }
    return hash.digest('hex')
  }
}
