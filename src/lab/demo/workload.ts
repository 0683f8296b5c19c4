/**
 * What happens on the shop while the demo runs: a steady mixed load, one report that has no index to use, an
 * application that forgets a transaction, and two jobs that lock the same rows in opposite orders.
 */
import mysql from 'mysql2/promise'

/** How to reach the shop as its application. */
export interface ShopAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** A load that can be stopped; stopping waits for its connections to close. */
export interface RunningLoad {
  stop(): Promise<void>
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const below = (n: number): number => 1 + Math.floor(Math.random() * n)

type Work = (connection: mysql.Connection) => Promise<void>

/** Runs `work` on its own connection until stopped. Errors the server reports are part of the load. */
function repeat(address: ShopAddress, work: Work, betweenMs: number): RunningLoad {
  let stopped = false
  let connection: mysql.Connection | null = null
  const ended = (async () => {
    while (!stopped) {
      try {
        connection ??= await mysql.createConnection({ ...address, database: 'shop' })
        await work(connection)
      } catch {
        connection?.destroy()
        connection = null
      }
      await pause(betweenMs * (0.5 + Math.random()))
    }
    connection?.destroy()
  })()
  return {
    stop: () => {
      stopped = true
      connection?.destroy()
      return ended
    },
  }
}

const together = (loads: readonly RunningLoad[]): RunningLoad => ({
  stop: async () => {
    await Promise.all(loads.map((l) => l.stop()))
  },
})

/** Seven ordinary statement shapes, read and write, with think times. */
export function steadyLoad(address: ShopAddress): RunningLoad {
  const shapes: Work[] = [
    async (c) => void (await c.query('SELECT * FROM orders WHERE id = ?', [below(300_000)])),
    async (c) => void (await c.query('SELECT email, country FROM customers WHERE id = ?', [below(20_000)])),
    async (c) =>
      void (await c.query('SELECT COUNT(*) FROM customers WHERE country = ?', [
        ['DE', 'FR', 'US', 'IT', 'ES'][below(5) - 1],
      ])),
    async (c) =>
      void (await c.query('UPDATE orders SET status = ? WHERE id = ?', ['done', 1000 + below(200_000)])),
    async (c) =>
      void (await c.query('SELECT id, total FROM orders WHERE id BETWEEN ? AND ? ORDER BY id', [500, 540])),
    async (c) => void (await c.query('SELECT quantity FROM stock WHERE id = ?', [10 + below(400)])),
    async (c) =>
      void (await c.query(
        'INSERT INTO orders (customer_id, status, total, created, note) VALUES (?, ?, ?, NOW(), ?)',
        [below(20_000), 'open', 10, 'x'],
      )),
  ]
  return together(shapes.map((shape) => repeat(address, shape, 40)))
}

/** The report: orders of one customer, by a column without an index. */
export const reportLoad = (address: ShopAddress): RunningLoad =>
  repeat(
    address,
    async (c) =>
      void (await c.query('SELECT COUNT(*), SUM(total) FROM orders WHERE customer_id = ?', [below(20_000)])),
    60,
  )

/** An application that reads a row for update and forgets about it, and three others that want the row. */
export async function forgottenTransaction(address: ShopAddress): Promise<RunningLoad> {
  const forgetful = await mysql.createConnection({ ...address, database: 'shop' })
  forgetful.on('error', () => undefined)
  await forgetful.query('START TRANSACTION')
  await forgetful.query('SELECT quantity FROM stock WHERE id = 7 FOR UPDATE')
  const waiters = [1, 2, 3, 4].map(() =>
    repeat(
      address,
      async (c) => void (await c.query('UPDATE stock SET reserved = reserved + 1 WHERE id = 7')),
      200,
    ),
  )
  return {
    stop: async () => {
      forgetful.destroy()
      await together(waiters).stop()
    },
  }
}

/** Two jobs that lock rows 21 and 22 in opposite orders, about once a second. */
export function deadlockPair(address: ShopAddress): RunningLoad {
  const job =
    (first: number, second: number): Work =>
    async (c) => {
      await c.query('START TRANSACTION')
      await c.query('UPDATE stock SET reserved = reserved + 1 WHERE id = ?', [first])
      await pause(120)
      await c.query('UPDATE stock SET reserved = reserved - 1 WHERE id = ?', [second])
      await c.query('COMMIT')
    }
  return together([repeat(address, job(21, 22), 900), repeat(address, job(22, 21), 900)])
}
