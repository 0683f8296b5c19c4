/**
 * What goes wrong on the shop all the time, so that there is something to heal whatever else is going on: forgotten
 * transactions with waiters, a report without an index, duplicate indexes, and people who ask for indexes.
 */
import mysql from 'mysql2/promise'
import type { RecoveryRequest } from '../../src/core/store-ports.ts'
import { type RunningLoad, repeat, type ShopAddress, together } from '../../src/lab/pieces/load.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import type { House } from './house.ts'

/** Small tables made for the run, on each server; the wishes walk round them. */
const TABLES = 200
const FORGOTTEN_EVERY_MS = 9_000
const WISH_EVERY_MS = 1_500

/** Makes the tables on both servers: the same objects, so that only the server tells them apart. */
export async function prepareTables(house: House): Promise<void> {
  for (const { server } of house.targets) {
    await asRoot(server, async (root) => {
      for (let n = 1; n <= TABLES; n += 1)
        await root.query(
          `CREATE TABLE shop.t${n} (id INT PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, c INT NOT NULL) ENGINE=InnoDB`,
        )
      await root.query('CREATE INDEX ix_twice_1 ON shop.customers (country)').catch(() => undefined)
      await root.query('CREATE INDEX ix_twice_2 ON shop.customers (country)').catch(() => undefined)
    })
  }
}

/** Runs one piece of work as root. */
export async function asRoot(
  server: PrivateServer,
  work: (root: mysql.Connection) => Promise<unknown>,
): Promise<void> {
  const root = await mysql.createConnection({ uri: server.rootUri, connectTimeout: 2_000 })
  root.on('error', () => undefined)
  try {
    await work(root)
  } finally {
    root.destroy()
  }
}

/** The shop's own programs and what they do wrong; `random` draws in [0, 1). */
export function startTroubles(house: House, random: () => number): RunningLoad {
  const address = { host: '127.0.0.1', port: house.doors.application.port, ...house.accounts.application }
  const report = repeat(
    address,
    async (c) =>
      void (await c.query('SELECT COUNT(*), SUM(total) FROM orders WHERE customer_id = ?', [
        Math.ceil(random() * 20_000),
      ])),
    500,
  )
  const writers = [1, 2].map(() =>
    repeat(
      address,
      async (c) =>
        void (await c.query('UPDATE stock SET reserved = reserved + 1 WHERE id = ?', [
          20 + Math.floor(random() * 400),
        ])),
      120,
    ),
  )
  return together([report, ...writers, forgetful(address, random), wishes(house, random)])
}

/** Somebody reads a row for update and forgets about it for longer than anybody waits; others want the row. */
function forgetful(address: ShopAddress, random: () => number): RunningLoad {
  const waiters = [1, 2, 3].map(() =>
    repeat(
      address,
      async (c) => void (await c.query('UPDATE stock SET reserved = reserved + 1 WHERE id = 7')),
      250,
    ),
  )
  const forgetting = repeat(
    address,
    async (c) => {
      await c.query('START TRANSACTION')
      await c.query('SELECT quantity FROM stock WHERE id = 7 FOR UPDATE')
      for (const until = Date.now() + FORGOTTEN_EVERY_MS * (1 + random()); Date.now() < until; ) {
        // Notices when somebody ended it, without saying a word to the server.
        if ((c as unknown as { connection: { stream: { destroyed: boolean } } }).connection.stream.destroyed)
          break
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      await c.query('ROLLBACK')
    },
    3_000,
  )
  return together([...waiters, forgetting])
}

/** What people ask for; each may run twice an hour on a target. */
const WISHES: readonly ((table: object) => { readonly actionName: string; readonly params: Params })[] = [
  (table) => ({
    actionName: 'mysql/create-index',
    params: { table, columns: [{ column: 'a', prefix: null, direction: 'ASC' }] } as Params,
  }),
  (table) => ({ actionName: 'mysql/analyze-table', params: { table } as Params }),
  (table) => ({ actionName: 'mysql/rebuild-small-table', params: { table } as Params }),
]
type Params = RecoveryRequest['params']

/** People ask for something on one table after the other. */
function wishes(house: House, random: () => number): RunningLoad {
  const { serve } = house.installation.store
  let stopped = false
  let next = 0
  const ended = (async () => {
    while (!stopped) {
      const person = house.people[Math.floor(random() * house.people.length)] ?? house.people[0]
      const wish = WISHES[Math.floor(random() * WISHES.length)]
      next += 1
      const table = { schema: 'shop', table: `t${1 + (next % TABLES)}` }
      if (wish !== undefined)
        await serve
          ?.requestRecovery({
            targetId: 1,
            issueId: null,
            ...wish(table),
            reason: 'chaos asks for it',
            requestedBy: person.userName,
          })
          // A store that is away cannot be asked; the next wish comes.
          .catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, WISH_EVERY_MS * (0.5 + random())))
    }
  })()
  return {
    stop: () => {
      stopped = true
      return ended
    },
  }
}
