/**
 * What was changed in a store, by table, so that a refused request can be held to have changed nothing. Triggers note
 * it, which costs the same however much is stored; now and then every row is read, and the triggers are held to have
 * missed nothing.
 */
import { createHash } from 'node:crypto'
import type { Table } from '../../../src/store/schema/table.ts'
import { TABLES } from '../../../src/store/schema/tables.ts'
import type { OpenSession, TestStore } from '../../store/support/stores.ts'

/** Signs of life are noted whoever asks for what; they are no change anybody asked for. */
const SIGNS_OF_LIFE: Readonly<Record<string, readonly string[]>> = {
  sessions: ['last_seen_at'],
  api_tokens: ['last_used_at'],
}
const NOTES = 'noted_changes'

/** Looks at one store through a connection of its own. */
export class StoreState {
  readonly #session: OpenSession
  readonly #digests = new Map<string, string>()
  /** Tables with a note since every row was read last. */
  readonly #noted = new Set<string>()
  #lastNote = 0
  /** How often every row was read. */
  looks = 0

  private constructor(session: OpenSession) {
    this.#session = session
  }

  static async open(server: TestStore): Promise<StoreState> {
    const session = await server.connect('owner')
    const isSqlite = server.dialect === 'sqlite'
    const id = isSqlite ? 'INTEGER PRIMARY KEY' : 'BIGINT AUTO_INCREMENT PRIMARY KEY'
    await session.run(
      `CREATE TABLE ${NOTES} (note_id ${id}, table_name VARCHAR(64) NOT NULL, row_key TEXT NOT NULL, event_name VARCHAR(8) NOT NULL)`,
    )
    for (const table of TABLES) for (const sql of triggersOf(table, isSqlite)) await session.run(sql)
    const state = new StoreState(session)
    await state.unnoted()
    return state
  }

  /** Names of the tables that were changed since the last look; what came and went meanwhile changed nothing. */
  async changed(): Promise<readonly string[]> {
    const notes = await this.#session.rows(
      `SELECT note_id, table_name, row_key, event_name FROM ${NOTES} WHERE note_id > ${this.#lastNote} ORDER BY note_id`,
    )
    this.#lastNote = Number(notes.at(-1)?.['note_id'] ?? this.#lastNote)
    const rows = Map.groupBy(notes, (note) => JSON.stringify([note['table_name'], String(note['row_key'])]))
    const stayed = [...rows.values()].filter(
      (of) => of[0]?.['event_name'] !== 'INSERT' || of.at(-1)?.['event_name'] !== 'DELETE',
    )
    const names = new Set(stayed.map(([note]) => String(note?.['table_name'])))
    for (const name of names) this.#noted.add(name)
    return [...names]
  }

  /** Reads every row: names of the tables that are not as they were when that was done last, and have no note since. */
  async unnoted(): Promise<readonly string[]> {
    await this.changed()
    this.looks += 1
    const names: string[] = []
    for (const { name } of TABLES) {
      const digest = await this.#digestOf(name)
      if (this.#digests.has(name) && this.#digests.get(name) !== digest && !this.#noted.has(name))
        names.push(name)
      this.#digests.set(name, digest)
    }
    this.#noted.clear()
    return names
  }

  close(): Promise<void> {
    return this.#session.close()
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

/** Notes what is added and removed, and changed unless it is a sign of life. */
function triggersOf({ name, columns, primaryKey }: Table, isSqlite: boolean): readonly string[] {
  const note = (event: string, row: 'OLD' | 'NEW'): string => {
    const parts = primaryKey.map((column) => `${row}.${column}`)
    const key = isSqlite ? parts.join(" || ',' || ") : `CONCAT_WS(',', ${parts.join(', ')})`
    return `INSERT INTO ${NOTES} (table_name, row_key, event_name) VALUES ('${name}', ${key}, '${event}')`
  }
  const differs = columns
    .filter((column) => SIGNS_OF_LIFE[name]?.includes(column.name) !== true)
    .map((column) =>
      isSqlite
        ? `OLD.${column.name} IS NOT NEW.${column.name}`
        : `NOT (OLD.${column.name} <=> NEW.${column.name})`,
    )
    .join(' OR ')
  const trigger = (event: string, body: string): string =>
    `CREATE TRIGGER ${NOTES}_${name}_${event} AFTER ${event} ON ${name} FOR EACH ROW ${body}`
  const always = (sql: string): string => (isSqlite ? `BEGIN ${sql}; END` : sql)
  const changed = note('UPDATE', 'OLD')
  return [
    trigger('INSERT', always(note('INSERT', 'NEW'))),
    trigger(
      'UPDATE',
      isSqlite ? `WHEN ${differs} BEGIN ${changed}; END` : `IF ${differs} THEN ${changed}; END IF`,
    ),
    trigger('DELETE', always(note('DELETE', 'OLD'))),
  ]
}
