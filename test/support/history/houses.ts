/** Where histories are played: a store of either kind, new for every few of them, with a connection for every role. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROLES } from '../../../src/core/vocabulary.ts'
import { openSqlite, openStore, sqliteSession, storeOverSqlite, up } from '../../../src/store/index.ts'
import type { AccountRole } from '../../../src/store/schema/access.ts'
import { type OpenSession, startStore, type TestStore } from '../../store/support/stores.ts'
import { type FullStore, full, makeWorld, type World } from '../pipeline-rows.ts'
import { type KeyHolder, makeKeyHolders } from './people.ts'

/** A role’s connection, or the owner’s. */
export type Who = AccountRole | 'owner'

/** A world whose people have key files. */
export interface HistoryWorld extends World {
  readonly anna: KeyHolder
  readonly bert: KeyHolder
  readonly carl: KeyHolder
}

/** One kind of store. */
export interface House {
  readonly name: 'sqlite' | 'mariadb'
  /** Histories that follow each other on one store, so that later ones meet what earlier ones left. */
  readonly historiesAStore: number
  /** A new store with people, a target and actions. */
  fresh(): Promise<HistoryWorld>
  /** The same store, opened again as after a crash. */
  reopened(): Promise<HistoryWorld>
  /** The role’s own connection; kept until the store is opened again. */
  session(who: Who): Promise<OpenSession>
  /** The configuration the command line is given. */
  readonly configPath: string
  /** Closes everything of the present store. */
  close(): Promise<void>
}

/** Key files of the people of every house. */
export interface Keyring {
  readonly keyring: string
  readonly people: readonly [KeyHolder, KeyHolder, KeyHolder]
}

/** Makes the key files, once a process: each costs two derivations of 0.3 s. */
export async function makeKeyring(folder: string): Promise<Keyring> {
  const keyring = join(folder, 'keys')
  mkdirSync(keyring, { mode: 0o700 })
  return { keyring, people: await makeKeyHolders(keyring) }
}

/** Connections by role, opened when first asked for. */
class Sessions {
  readonly #open: (who: Who) => Promise<OpenSession>
  readonly #kept = new Map<Who, OpenSession>()

  constructor(open: (who: Who) => Promise<OpenSession>) {
    this.#open = open
  }

  async of(who: Who): Promise<OpenSession> {
    const known = this.#kept.get(who) ?? (await this.#open(who))
    this.#kept.set(who, known)
    return known
  }

  async close(): Promise<void> {
    for (const session of this.#kept.values()) await session.close()
    this.#kept.clear()
  }
}

type Keep = (store: FullStore) => Promise<HistoryWorld>

/** Adds people and rows, and remembers them, so that a store opened again is the same world. */
function keeper(people: readonly [KeyHolder, KeyHolder, KeyHolder]): Keep {
  const [anna, bert, carl] = people
  return async (store) => ({ ...(await makeWorld(store, people)), anna, bert, carl })
}

/** Nothing listens there: an executor that gets so far finds its target gone. */
const TARGET = `targets:
  - name: shop
    engine: mysql
    host: 127.0.0.1
    port: 1
    tls: disable
    monitor: { user: nobody, password: none }
    executor: { user: nobody, password: none }
`

/** The first of the people is the administrator whose key the executor trusts. */
const pinned = ([anna]: Keyring['people']): string => `access: { administrators: ['${anna.keyId}'] }\n`

/** SQLite files in `folder`; `without`: a rule whose every check is taken out of the triggers first. */
export async function sqliteHouse(folder: string, keys: Keyring, without?: string): Promise<House> {
  const { keyring, people } = keys
  const [template, path] = [join(folder, 'template.db'), join(folder, 'history.db')]
  const configPath = join(folder, 'dbmedic.yaml')
  writeFileSync(configPath, `store: ${path}\nkeyring: ${keyring}\n${pinned(people)}${TARGET}`)
  const first = openSqlite({ path: template })
  await up(sqliteSession(first))
  if (without !== undefined) takeOut(first, without)
  const world = await keeper(people)(full(await storeOverSqlite(first, { address: template, roles: ROLES })))
  first.pragma('wal_checkpoint(TRUNCATE)')
  await world.store.close()

  const sessions = new Sessions(async (role) => {
    const database = openSqlite({ path, role, busyTimeoutMs: 2000 })
    database.pragma('synchronous = OFF')
    return { ...sqliteSession(database), close: async () => void database.close() }
  })
  let store: FullStore | null = null
  const close = async (): Promise<void> => {
    await store?.close()
    store = null
    await sessions.close()
  }
  const open = async (): Promise<HistoryWorld> => {
    const database = openSqlite({ path })
    // Whether the disk has it does not matter here; test/contract/store-failures.test.ts is about that.
    database.pragma('synchronous = OFF')
    store = full(await storeOverSqlite(database, { address: path, roles: ROLES }))
    return { ...world, store }
  }
  return {
    name: 'sqlite',
    historiesAStore: 50,
    fresh: async () => {
      await close()
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
      copyFileSync(template, path)
      return open()
    },
    reopened: async () => {
      // What dies is the program; to open a connection for every role costs more than the rest of a history.
      await store?.close()
      return open()
    },
    session: (who) => sessions.of(who),
    configPath,
    close,
  }
}

/** Takes a rule's checks out of every trigger, as a careless migration might. */
function takeOut(database: ReturnType<typeof openSqlite>, rule: string): void {
  const triggers = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE ?")
    .all(`%${rule}%`) as { readonly name: string; readonly sql: string }[]
  if (triggers.length === 0) throw new Error(`no trigger has ${rule}`)
  const check = new RegExp(`^  SELECT RAISE\\(ABORT, '${rule} [^;]*;$`, 'gm')
  for (const { name, sql } of triggers) {
    const rest = sql.replace(check, '')
    database.exec(`DROP TRIGGER ${name}`)
    // A trigger of nothing else is no trigger.
    if (/RAISE|UPDATE|INSERT/.test(rest.slice(rest.indexOf('BEGIN')))) database.exec(rest)
  }
}

/** Databases on one private MariaDB, each with the accounts of the roles. */
export async function mariadbHouse(folder: string, { keyring, people }: Keyring): Promise<House> {
  const configPath = join(folder, 'dbmedic.yaml')
  let place: TestStore | null = null
  let world: HistoryWorld | null = null
  const here = (): TestStore => {
    if (place === null) throw new Error('no store yet')
    return place
  }
  const sessions = new Sessions((who) => here().connect(who))
  const open = async (): Promise<FullStore> => full(await openStore({ ...here().address, roles: ROLES }))
  const close = async (): Promise<void> => {
    await sessions.close()
    await world?.store.close()
  }
  return {
    name: 'mariadb',
    historiesAStore: 50,
    fresh: async () => {
      await close()
      await place?.connect('owner').then(async (owner) => {
        await owner.run(`DROP DATABASE ${here().accounts?.database}`)
        await owner.close()
      })
      place = await startStore('mariadb')
      writeFileSync(
        configPath,
        `store: ${place.address.url}\nkeyring: ${keyring}\n${pinned(people)}${accountsText(place)}${TARGET}`,
      )
      world = await keeper(people)(await open())
      return world
    },
    reopened: async () => {
      if (world === null) throw new Error('no store yet')
      await world.store.close()
      world = { ...world, store: await open() }
      return world
    },
    session: (who) => sessions.of(who),
    configPath,
    close,
  }
}

/** The accounts of the roles, their passwords by reference to this process’s environment. */
function accountsText(store: TestStore): string {
  const lines = Object.entries(store.address.credentialsByRole ?? {})
    .filter(([role]) => [...ROLES, 'auditor'].includes(role))
    .map(([role, account]) => {
      const variable = `DBMEDIC_HISTORY_${role.toUpperCase()}`
      process.env[variable] = account.password
      return `  ${role}: { user: ${account.user}, password: "env:${variable}" }\n`
    })
  return `storeAccounts:\n${lines.join('')}`
}
