/** A load on the shop: work repeated on connections of its own, and the steady mix every demonstration runs on. */
import mysql, { type SslOptions } from 'mysql2/promise'

/** How to reach the shop as its application. */
export interface ShopAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Default `shop`. */
  readonly database?: string
  readonly ssl?: SslOptions
}

/** A load that can be stopped; stopping waits for its connections to close. */
export interface RunningLoad {
  stop(): Promise<void>
}

/** Waits. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** A whole number from 1 to `n`. */
export const below = (n: number): number => 1 + Math.floor(Math.random() * n)

/** One piece of work on a connection. */
export type Work = (connection: mysql.Connection) => Promise<void>

/** Runs `work` on its own connection until stopped. Errors the server reports are part of the load. */
export function repeat(address: ShopAddress, work: Work, betweenMs: number): RunningLoad {
  let stopped = false
  let connection: mysql.Connection | null = null
  const ended = (async () => {
    while (!stopped) {
      try {
        connection ??= await mysql.createConnection({ database: 'shop', ...address })
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

/** Several loads as one. */
export const together = (loads: readonly RunningLoad[]): RunningLoad => ({
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
