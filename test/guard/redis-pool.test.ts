/** The guard around pools and clusters of node-redis on a real Redis or Valkey: what is repeated, and what never is. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createClient, createClientPool, createCluster, ErrorReply, MultiErrorReply, WatchError } from 'redis'
import {
  closeGuard,
  type FailureReport,
  type GuardOptions,
  guard,
  guardedTransaction,
  guardStatistics,
} from '../../guard/src/index.ts'
import { type PrivateRedis, privateRedis, skipRedis } from '../support/private-redis.ts'
import { failureOf, newClient, newPool, signatureOf } from './redis-clients.ts'
import { MARK } from './transfers.ts'

let server: PrivateRedis

if (skipRedis === false) {
  before(async () => {
    server = await privateRedis({ appendonly: 'yes', appendfsync: 'always', 'lua-time-limit': '20' })
  })
  after(() => server.stop())
}

const PATIENT: GuardOptions['retry'] = {
  ...{ attempts: 500, baseMs: 5, capMs: 100 },
  ...{ budget: Number.POSITIVE_INFINITY, breakerAfter: 1e6 },
}

describe('a guarded pool of node-redis', { skip: skipRedis }, () => {
  test('waits for a client where it has too few, gives one to a function once, and repeats nothing a server ran', async () => {
    const seen: FailureReport[] = []
    await using pool = await newPool(server, { maximum: 1, acquireTimeout: 20 })
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    await guarded.set('text', '1')
    let letGo = (): void => undefined
    const held = guarded.execute(() => new Promise<void>((resolve) => (letGo = resolve)))
    const asked = guarded.set('asked', '1')
    let runs = 0
    const scoped = guarded.execute(async (client) => {
      runs += 1
      return await client.lPush('text', '2')
    })
    const failed = failureOf(scoped)
    while (guardStatistics(guarded).retries < 4) await new Promise((resolve) => setImmediate(resolve))
    letGo()
    await held
    assert.equal(await asked, 'OK')
    assert.match((await failed).message, /^WRONGTYPE/)
    await closeGuard(guarded)
    assert.equal(runs, 1)
    const told = new Set(seen.map(({ code, outcome }) => `${code} ${outcome}`))
    assert.deepEqual([...told].toSorted(), ['POOL_ENQUEUELIMIT retried', 'WRONGTYPE thrown'])
  })

  test('a server that is not there is asked again, and then its error is the driver’s own', async () => {
    const seen: FailureReport[] = []
    const pool = createClientPool({ socket: { path: '/nowhere/redis.sock', reconnectStrategy: false } })
    pool.on('error', () => undefined)
    const guarded = guard(pool, { retry: { baseMs: 1 }, onReport: (report) => seen.push(report) })
    assert.match((await failureOf(guarded.connect())).message, /ENOENT/)
    await closeGuard(guarded)
    assert.equal(guardStatistics(guarded).retries, 3)
    assert.deepEqual(
      seen.map(({ type, outcome }) => `${type} ${outcome}`),
      [...['retried', 'retried', 'retried', 'thrown'].map((outcome) => `CONNECTION_ERROR ${outcome}`)],
    )
  })

  test('a server that loads its data is asked again; a script that says so is not', async () => {
    const loading = await privateRedis({
      ...{
        'enable-debug-command': 'local',
        'key-load-delay': '200',
        'loading-process-events-interval-bytes': '1024',
      },
    })
    const seen: FailureReport[] = []
    const owner = createClient({ socket: loading.socket })
    const pool = createClientPool({ socket: loading.socket })
    for (const each of [owner, pool]) each.on('error', () => undefined)
    try {
      await Promise.all([owner.connect(), pool.connect()])
      const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
      const forged = `redis.call('INCR', 'forged'); return redis.error_reply('LOADING Redis is loading the dataset in memory')`
      assert.match((await failureOf(guarded.eval(forged))).message, /^LOADING/)
      assert.equal(await guarded.get('forged'), '1')
      assert.equal(guardStatistics(guarded).retries, 0)
      const words = Array.from(
        { length: 2000 },
        (_, i) => [`k${i}`, randomBytes(200).toString('hex')] as [string, string],
      )
      await owner.mSet(words)
      for (let tries = 0; tries < 20 && guardStatistics(guarded).retries === 0; tries++) {
        let isLoading = true
        const reloading = owner.sendCommand(['DEBUG', 'RELOAD']).then(() => (isLoading = false))
        while (isLoading) assert.equal(await guarded.get('k1'), words[1]?.[1])
        await reloading
      }
      await closeGuard(guarded)
      const told = new Set(
        seen.map(({ code, statement, outcome }) => `${code} ${statement?.text ?? '-'} ${outcome}`),
      )
      assert.deepEqual([...told], ['LOADING EVAL thrown', 'LOADING GET retried'])
    } finally {
      for (const each of [owner, pool]) each.destroy()
      await loading.stop()
    }
  })
})

describe('guarded transactions of node-redis', { skip: skipRedis }, () => {
  test('are run again whole when somebody changed what they watch: sums are right, nothing is lost or doubled', async () => {
    const seen: FailureReport[] = []
    await using client = await newClient(server)
    await using pool = await newPool(server, { maximum: 8, acquireTimeout: 60_000 })
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    await client.set('stock', '400')
    const sell = (id: number) =>
      guardedTransaction(guarded, async (connection) => {
        await connection.watch('stock')
        const left = Number(await connection.get('stock'))
        await connection
          .multi()
          .set('stock', String(left - 1))
          .rPush('sold', String(id))
          .exec()
      })
    await Promise.all(Array.from({ length: 60 }, (_, id) => sell(id)))
    await closeGuard(guarded)
    assert.equal(await client.get('stock'), '340')
    const sold = await client.lRange('sold', 0, -1)
    assert.deepEqual(
      sold.map(Number).toSorted((a, b) => a - b),
      Array.from({ length: 60 }, (_, id) => id),
    )
    assert.ok(guardStatistics(guarded).retries > 0)
    assert.deepEqual(
      [...new Set(seen.map(({ type, outcome }) => `${type} ${outcome}`))],
      ['SERIALIZATION retried'],
    )
    assert.equal(seen[0]?.signature, signatureOf(new WatchError(), 'EXEC'))
  })

  test('are never run again once something of them took effect, and leave nothing watched', async () => {
    await using client = await newClient(server)
    await using pool = await newPool(server, { maximum: 1 })
    const guarded = guard(pool, { retry: PATIENT })
    let runs = 0
    const twice = guardedTransaction(guarded, async (connection) => {
      runs += 1
      await connection.multi().incr('first').exec()
      await connection.watch('second')
      await client.set('second', 'changed')
      await connection.multi().set('second', 'mine').exec()
    })
    assert.ok((await failureOf(twice)) instanceof WatchError)
    const partly = guardedTransaction(guarded, async (connection) => {
      runs += 1
      await connection.multi().incr('first').lPush('second', 'wrong').exec()
    })
    assert.ok((await failureOf(partly)) instanceof MultiErrorReply)
    const asPipeline = guardedTransaction(guarded, async (connection) => {
      runs += 1
      await connection.multi().incr('first').lPush('second', 'wrong').execAsPipeline()
    })
    assert.ok((await failureOf(asPipeline)) instanceof ErrorReply)
    assert.deepEqual([runs, await client.get('first')], [3, '3'])
    const watching = guardedTransaction(guarded, async (connection) => {
      await connection.watch('first')
      throw new Error('of the application')
    })
    assert.match((await failureOf(watching)).message, /of the application/)
    await client.incr('first')
    assert.deepEqual(await guarded.multi().incr('first').exec(), [5])
  })

  test('one whose EXEC was never answered is unknown and not repeated; one lost before is', async () => {
    const seen: FailureReport[] = []
    await using other = await newClient(server)
    await using pool = await newPool(server, { maximum: 1 }, { reconnectStrategy: () => 20 })
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    await guarded.set('times', '0')
    let runs = 0
    const lostBefore = guardedTransaction(guarded, async (connection) => {
      runs += 1
      await connection.watch('times')
      if (runs === 1) {
        await server.kill9()
        await server.start()
      }
      const times = Number(await connection.get('times'))
      await connection
        .multi()
        .set('times', String(times + 1))
        .exec()
    })
    await lostBefore
    assert.ok(runs >= 2, 'while the driver connects again it may be lost once more')
    assert.equal(await guarded.get('times'), '1')
    runs = 0
    const lostAtExec = guardedTransaction(guarded, async (connection) => {
      runs += 1
      const sent = failureOf(connection.multi().incr('times').eval('while true do end').exec())
      const isBusy = async (): Promise<boolean> =>
        (await other.ping().catch((error: Error) => error.message)).startsWith('BUSY')
      while (!(await isBusy()));
      await server.kill9()
      throw await sent
    })
    const error = await failureOf(lostAtExec)
    await closeGuard(guarded)
    await server.start()
    assert.equal(runs, 1, error.message)
    assert.deepEqual(
      [guardStatistics(guarded).unknownOutcomes, seen.at(-1)?.outcome, seen.at(-1)?.statement?.text],
      [1, 'unknown', 'EXEC'],
      error.message,
    )
  })

  test('need a pool, whose connections nobody else uses, and do not let it be closed within', async () => {
    await using client = await newClient(server)
    await assert.rejects(
      guardedTransaction(guard(client), () => 1),
      /needs a pool of node-redis/,
    )
    await using pool = await newPool(server)
    const guarded = guard(pool)
    await assert.rejects(
      guardedTransaction(guarded, (connection) => connection.destroy()),
      /destroy\(\) belongs after the transaction/,
    )
    assert.equal(await guardedTransaction(guarded, (connection) => connection.ping()), 'PONG')
  })
})

describe('a guarded cluster of node-redis', { skip: skipRedis }, () => {
  test('reports what its nodes say, and repeats none of it', async () => {
    const node = await privateRedis({}, { isCluster: true })
    const seen: FailureReport[] = []
    try {
      assert.ok('port' in node.socket)
      const setup = createClient({ socket: node.socket })
      await setup.connect()
      await setup.clusterAddSlotsRange({ start: 0, end: 16_383 })
      while (!(await setup.clusterInfo()).includes('cluster_state:ok')) await setup.ping()
      const cluster = createCluster({
        rootNodes: [{ socket: node.socket }],
      })
      cluster.on('error', () => undefined)
      await cluster.connect()
      const guarded = guard(cluster, { onReport: (report) => seen.push(report) })
      assert.equal(await guarded.set('a', '1'), 'OK')
      assert.deepEqual(await guarded.multi().incr('a').exec(), [2])
      assert.match((await failureOf(guarded.lPush('a', MARK))).message, /^WRONGTYPE/)
      await setup.clusterDelSlotsRange({ start: 0, end: 16_383 })
      assert.match((await failureOf(guarded.get('a'))).message, /^CLUSTERDOWN/)
      await assert.rejects(
        guardedTransaction(guarded, () => 1),
        /needs a pool/,
      )
      await closeGuard(guarded)
      assert.deepEqual(
        seen.map(({ code, type, statement }) => `${code} ${type} ${statement?.text}`),
        ['WRONGTYPE TYPE_MISMATCH LPUSH', 'CLUSTERDOWN REPLICATION GET'],
      )
      assert.equal(guardStatistics(guarded).retries, 0)
      cluster.destroy()
      setup.destroy()
    } finally {
      await node.stop()
    }
  })
})
