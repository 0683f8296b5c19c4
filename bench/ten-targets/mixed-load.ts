/** A light, steady, varied load on one shop: some thirty statement classes, reads and writes, at a stated rate. */
import {
  below,
  type RunningLoad,
  repeat,
  type ShopAddress,
  together,
  type Work,
} from '../../src/lab/pieces/load.ts'

/** Connections of one target's load. */
const CONNECTIONS = 2
const ORDER_COLUMNS = ['id', 'customer_id', 'status', 'total', 'created']
const COUNTRIES = ['DE', 'FR', 'US', 'IT', 'ES'] as const

/** One class for each leading part and order of columns, as the queries of different pages differ. */
const ORDER_READS: readonly Work[] = ORDER_COLUMNS.flatMap((_, i) => {
  const columns = ORDER_COLUMNS.slice(0, i + 1).join(', ')
  return [
    ['id = ?', () => [below(300_000)]],
    ['id BETWEEN ? AND ? ORDER BY id', () => range(40)],
    ['id BETWEEN ? AND ? ORDER BY total DESC LIMIT 5', () => range(100)],
  ].map(
    ([where, values]): Work =>
      async (c) =>
        void (await c.query(`SELECT ${columns} FROM orders WHERE ${where}`, (values as () => number[])())),
  )
})

const OTHERS: readonly Work[] = [
  async (c) => void (await c.query('SELECT email FROM customers WHERE id = ?', [below(20_000)])),
  async (c) => void (await c.query('SELECT email, country FROM customers WHERE id = ?', [below(20_000)])),
  async (c) => void (await c.query('SELECT COUNT(*) FROM customers WHERE country = ?', [country()])),
  async (c) =>
    void (await c.query(
      'SELECT o.id, o.total, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = ?',
      [below(300_000)],
    )),
  async (c) => void (await c.query('SELECT quantity FROM stock WHERE id = ?', [below(500)])),
  async (c) => void (await c.query('SELECT quantity, reserved FROM stock WHERE id IN (?)', [ids(3)])),
  async (c) =>
    void (await c.query('UPDATE orders SET status = ? WHERE id = ?', ['done', 1 + below(200_000)])),
  async (c) => void (await c.query('UPDATE stock SET quantity = quantity + 1 WHERE id = ?', [below(500)])),
  async (c) =>
    void (await c.query(
      'INSERT INTO orders (customer_id, status, total, created, note) VALUES (?, ?, ?, NOW(), ?)',
      [below(20_000), 'open', 10, 'x'],
    )),
  async (c) => {
    await c.query('START TRANSACTION')
    await c.query('UPDATE stock SET reserved = reserved + 1 WHERE id = ?', [below(500)])
    await c.query('UPDATE customers SET created = NOW() WHERE id = ?', [below(20_000)])
    await c.query('COMMIT')
  },
]

const SHAPES = [...ORDER_READS, ...OTHERS]

/** Runs about `perSecond` pieces of work a second until stopped. */
export function mixedLoad(address: ShopAddress, perSecond: number): RunningLoad {
  const any: Work = async (c) => SHAPES[below(SHAPES.length) - 1]?.(c)
  return together(
    Array.from({ length: CONNECTIONS }, () => repeat(address, any, (1000 * CONNECTIONS) / perSecond)),
  )
}

const range = (width: number): number[] => {
  const from = below(290_000)
  return [from, from + width]
}
const ids = (n: number): number[] => Array.from({ length: n }, () => below(500))
const country = (): string => COUNTRIES[below(COUNTRIES.length) - 1] ?? 'DE'
