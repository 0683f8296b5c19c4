/**
 * What goes wrong on the shop in the demo: one report that has no index to use, an application that forgets a
 * transaction, and two jobs that lock the same rows in opposite orders.
 */
import mysql from 'mysql2/promise'
import {
  below,
  pause,
  type RunningLoad,
  repeat,
  type ShopAddress,
  together,
  type Work,
} from '../pieces/load.ts'

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
