// What the tests of the guard around node-redis share: clients and pools that are ended by themselves, and what an error is to be known by.
import assert from 'node:assert/strict'
import { createClient, createClientPool } from 'redis'
import { classify } from '../../src/recovery/classify.ts'
import { errorEngineOf } from '../../src/recovery/index.ts'
import type { PrivateRedis } from '../support/private-redis.ts'

/** A client that listens to its own errors, as the driver asks for, and that nothing of this test forgets to end. */
export async function newClient(server: PrivateRedis, socket: object = {}) {
  const client = createClient({ socket: { ...server.socket, ...socket } })
  client.on('error', () => undefined)
  await client.connect()
  await client.flushAll()
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.destroy() })
}

/** A connected pool; the same. */
export async function newPool(
  server: PrivateRedis,
  options: { maximum?: number; acquireTimeout?: number } = {},
  socket: object = {},
) {
  const pool = createClientPool({ socket: { ...server.socket, ...socket } }, options)
  pool.on('error', () => undefined)
  await pool.connect()
  return Object.assign(pool, { [Symbol.asyncDispose]: async () => pool.destroy() })
}

/** What it failed with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => assert.fail('it did not fail'),
    (error: Error) => error,
  )
}

/** What `dbmedic errors classify` says of it. */
export function signatureOf(error: Error, statement: string | undefined): string {
  const engine = errorEngineOf('redis')
  assert.ok(engine)
  return classify({ engine: 'redis', message: error.message, statement }, engine).signature
}
