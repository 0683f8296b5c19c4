/** A small shop's API on node:http and mysql2. Its pool is guarded; nothing else in it knows of dbmedic. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Pool, RowDataPacket } from 'mysql2/promise'
import { guardedTransaction } from '../../guard/src/index.ts'

/** A request that names what is not there, or cannot be read. */
class BadRequest extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Body = { readonly [name: string]: unknown }
type Answer = { readonly status: number; readonly body: object }
type Route = (pool: Pool, given: { readonly key: string; readonly body: Body }) => Promise<Answer>

const ROUTES: { readonly [route: string]: Route } = {
  'GET /products': async (pool, { key }) => {
    const [row] = await rows(pool, 'SELECT id, sku, name, stock FROM products WHERE id = ?', [Number(key)])
    if (row === undefined) throw new BadRequest(404, 'no such product')
    return { status: 200, body: row }
  },
  'POST /products': async (pool, { body }) => {
    await pool.query('INSERT INTO products (sku, name, stock) VALUES (?, ?, ?)', [
      body['sku'],
      body['name'],
      body['stock'],
    ])
    return { status: 201, body: { sku: body['sku'] } }
  },
  'POST /orders': async (pool, { body }) => {
    await pool.query('INSERT INTO orders (product_id, quantity) VALUES (?, ?)', [
      body['product'],
      body['quantity'],
    ])
    return { status: 201, body: { product: body['product'] } }
  },
  /** Two products change hands at once. Two such requests in opposite order deadlock; the guard runs the loser again whole. */
  'POST /swaps': async (pool, { body }) => {
    const [from, to] = [Number(body['from']), Number(body['to'])]
    await guardedTransaction(pool, async (connection) => {
      await connection.query('UPDATE products SET stock = stock - 1 WHERE id = ?', [from])
      await new Promise((resolve) => setTimeout(resolve, 50))
      await connection.query('UPDATE products SET stock = stock + 1 WHERE id = ?', [to])
    })
    return { status: 200, body: { from, to } }
  },
  /** Joins what cannot be joined in the time it is given. */
  'GET /report': async (pool) => {
    const [row] = await rows(
      pool,
      'SET STATEMENT max_statement_time = 0.05 FOR SELECT COUNT(*) AS n FROM products a, products b, products c WHERE SLEEP(0.05) = 0',
      [],
    )
    return { status: 200, body: row ?? {} }
  },
  'GET /coupons': async (pool, { key }) => {
    const [row] = await rows(pool, 'SELECT percent_off FROM coupons WHERE code = ?', [key])
    return { status: 200, body: { coupon: key, percentOff: row?.['percent_off'] ?? 0 } }
  },
}

async function rows(pool: Pool, sql: string, values: readonly unknown[]): Promise<readonly RowDataPacket[]> {
  const [found] = await pool.query<RowDataPacket[]>(sql, [...values])
  return found
}

/** A running shop. */
export interface Shop {
  readonly url: string
  close(): Promise<void>
}

/** Serves the shop on a free port of this machine. */
export async function openShop(pool: Pool): Promise<Shop> {
  const server: Server = createServer((request, response) => {
    void serve(pool, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function serve(pool: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(pool, request).catch(failure)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function answer(pool: Pool, request: IncomingMessage): Promise<Answer> {
  const [, collection = '', key = ''] = (request.url ?? '').split('/')
  const route = ROUTES[`${request.method} /${collection}`]
  if (route === undefined) throw new BadRequest(404, 'no such address')
  return route(pool, { key: decodeURIComponent(key), body: await bodyOf(request) })
}

/** The error as the application saw it: the driver's own, unchanged. */
function failure(error: unknown): Answer {
  if (error instanceof BadRequest) return { status: error.status, body: { error: error.message } }
  const { code, errno } = error as { code?: unknown; errno?: unknown }
  return { status: 500, body: { error: typeof code === 'string' ? code : `error ${String(errno)}` } }
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > 10_000) throw new BadRequest(413, 'too large')
  }
  if (text === '') return {}
  try {
    return JSON.parse(text) as Body
  } catch {
    throw new BadRequest(400, 'no JSON')
  }
}
