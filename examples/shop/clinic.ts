/** A private MariaDB with the shop's database, dbmedic watching it, and its API taking reports: all on this machine. */
import { createConnection } from 'mysql2/promise'
import type { Identified, Installation } from '../../src/app/index.ts'
import { privatePlace } from '../../src/lab/pieces/lab-server.ts'
import { startWatchedServer } from '../../src/lab/pieces/watched-server.ts'
import { startMariadb } from '../../src/lab/servers/index.ts'
import { startServer } from '../../src/server/index.ts'
import { digestOf, newSecret, TOKEN_PREFIX } from '../../src/server/secrets.ts'
import { MIGRATIONS, migrate } from './migrate.ts'

/** The file that somebody forgot comes after this one. */
const DEPLOYED = '0002_orders.sql'

/** What the shop and its story need. */
export interface Clinic {
  /** The application's own account. */
  readonly database: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
  }
  /** Where the guard sends its reports, and its token. */
  readonly reports: { readonly url: string; readonly token: string }
  readonly installation: Installation
  /** Two people who approve; HIGH risk needs both. */
  readonly people: readonly Identified[]
  stop(): Promise<void>
}

/** Starts all of it. Windows are short: 3 of 5 that make a pattern take two seconds instead of half a minute. */
export async function openClinic(): Promise<Clinic> {
  const watched = await startWatchedServer({
    flavour: 'mariadb',
    place: async () => privatePlace(await startMariadb({ settings: { innodb_deadlock_detect: 'ON' } })),
    prepare: async ({ rootUri }) => {
      const root = await createConnection({ uri: rootUri, multipleStatements: true })
      await root.query('CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop')
      await migrate(root, DEPLOYED)
      await root.query(
        "INSERT INTO products (sku, name, stock) VALUES ('A-1', 'Apron', 10), ('B-1', 'Bowl', 10)",
      )
      await root.end()
    },
    // What `dbmedic check` names for the action, and what reading the record of migrations takes.
    withAccounts: async ({ rootUri }) => {
      const root = await createConnection({ uri: rootUri, multipleStatements: true })
      await root.query(
        "GRANT ALTER, CREATE, INDEX ON shop.* TO 'dbm_exec'@'%'; GRANT SELECT, INSERT ON shop.schema_migrations TO 'dbm_exec'@'%'; GRANT SELECT ON shop.schema_migrations TO 'dbm_mon'@'%'",
      )
      await root.end()
    },
    people: ['ana', 'ben'],
    config: {
      detection: { pace: 0.05 },
      verification: { beforeSeconds: 5, settleSeconds: 0, afterSeconds: 5 },
      runtime: { tickMs: 100 },
      panel: { listen: '127.0.0.1:0' },
    },
    targetOptions: {
      cores: 64,
      budgetPercent: 10,
      budgetMsPerSecond: 100,
      migrationsFolder: MIGRATIONS,
      migrationsSchema: 'shop',
    },
    log: () => undefined,
  })
  try {
    const { installation, people, server, accounts } = watched
    const { panel } = installation.config
    if (panel === null) throw new Error('no panel is configured')
    const api = await startServer(installation, panel)
    watched.onStop(() => api.close())
    watched.watch()
    return {
      database: { host: server.host, port: server.port, ...accounts.application },
      reports: { url: `${api.address}/api/errors?target=shop`, token: await reportToken(installation) },
      installation,
      people,
      stop: () => watched.stop(),
    }
  } catch (error) {
    await watched.stop()
    throw error
  }
}

/** A token that may report and nothing else. In a real installation: `dbmedic tokens add`. */
async function reportToken({ store }: Installation): Promise<string> {
  const { signIn } = store
  if (signIn === null) throw new Error('the installation has no sign-in port')
  const [userName, workspaceId] = ['ana', 1]
  await signIn.setMembership({ userName, workspaceId, role: 'operator', held: true, by: 'ben' })
  const token = `${TOKEN_PREFIX}${newSecret()}`
  await signIn.addToken({
    tokenDigest: digestOf(token),
    userName,
    workspaceId,
    tokenName: 'shop',
    scopes: ['report'],
    lifetimeSeconds: 3600,
  })
  return token
}
