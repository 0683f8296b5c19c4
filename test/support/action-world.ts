/**
 * A private server as the world an action changes: root to set scenes up, the application's connections, and for
 * each action an executor's account with what every executor may read plus exactly what the action says it needs.
 */
import { createHash } from 'node:crypto'
import type { Connection } from 'mysql2/promise'
import type { DescribedAction } from '../../src/actions/index.ts'
import { EXECUTOR_READS, mysqlActions, sourceActions, sqliteActions } from '../../src/actions/index.ts'
import type { ActSession } from '../../src/core/actuator.ts'
import { createActuator } from '../../src/engines/mysql/act/actuator.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import type { PrivateServer, ServerFlavour } from '../../src/lab/servers/index.ts'
import { APP, addressOf, connectAs, PASSWORD } from './mysql-target.ts'

/** SHA-256 as `app` hands it to the catalogue. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
/** The catalogue. */
export const ACTIONS: readonly DescribedAction[] = mysqlActions(sha256)
/** The catalogue of what may be done to an application's own code; a page says the same of them. */
export const SOURCE_ACTIONS = sourceActions() as unknown as readonly DescribedAction[]
/** The catalogue of what may be done to a database file. */
export const SQLITE_ACTIONS = sqliteActions() as unknown as readonly DescribedAction[]
/** Schema the scenes play in. */
export const SCHEMA = 'shop'

type Root = Connection & AsyncDisposable

/** The world of one server. */
export class ActionWorld {
  readonly server: PrivateServer
  readonly flavour: ServerFlavour
  readonly root: Root
  readonly #open: { close(): Promise<void> }[] = []
  #accounts = 0

  private constructor(server: PrivateServer, root: Root) {
    this.server = server
    this.flavour = server.flavour
    this.root = root
  }

  /** The world of a fresh server: the schema and the application's account. */
  static async on(server: PrivateServer): Promise<ActionWorld> {
    const root = await connectAs(server)
    await root.query(`CREATE DATABASE ${SCHEMA}`)
    await root.query(`CREATE USER '${APP}'@'%' IDENTIFIED BY '${PASSWORD}'`)
    await root.query(`GRANT ALL ON ${SCHEMA}.* TO '${APP}'@'%'`)
    return new ActionWorld(server, root)
  }

  get isMariadb(): boolean {
    return this.flavour === 'mariadb'
  }

  /** Rows of a query of root's. */
  async rows(sql: string): Promise<readonly Record<string, unknown>[]> {
    const [rows] = await this.root.query(sql)
    return rows as Record<string, unknown>[]
  }

  /** A connection of the application; closed with `closeAll`. */
  async application(): Promise<Connection> {
    const connection = await connectAs(this.server, APP, SCHEMA)
    this.#open.push({ close: async () => connection.destroy() })
    return connection
  }

  /** An act session of a new account that may read what every executor may, and do what `privileges` grant. */
  async executor(
    privileges: readonly string[],
    table = '*',
    options: { readonly [name: string]: string } = {},
  ): Promise<ActSession<MysqlQuestions>> {
    this.#accounts += 1
    const user = `act_${this.#accounts}`
    await this.root.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}'`)
    for (const grant of [...EXECUTOR_READS, ...privileges]) {
      const text = this.#grantText(grant, user, table)
      if (text !== null) await this.root.query(text)
    }
    const actuator = createActuator(addressOf(this.server, options), { user, password: PASSWORD })
    const session = await actuator.open()
    this.#open.push(session)
    return session
  }

  #grantText(grant: string, user: string, table: string): string | null {
    const only = /^\[(MySQL|MariaDB)\] /.exec(grant)?.[1]
    if (only !== undefined && (only === 'MariaDB') !== this.isMariadb) return null
    return grant
      .replace(/^\[\w+\] /, '')
      .replace('{schema}', SCHEMA)
      .replace('{table}', table)
      .replace('{executor}', `'${user}'@'%'`)
  }

  /** Ends what was opened. */
  async closeAll(): Promise<void> {
    for (const item of this.#open.splice(0)) await item.close().catch(() => undefined)
  }
}
