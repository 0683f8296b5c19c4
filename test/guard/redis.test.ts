/** The guard around a client of node-redis on a real Redis or Valkey. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createClient, ErrorReply, MultiErrorReply } from 'redis'
import { closeGuard, type FailureReport, guard, guardStatistics } from '../../guard/src/index.ts'
import { errorEngineOf } from '../../src/recovery/index.ts'
import { receivedFailure } from '../../src/recovery/received-failure.ts'
import { type PrivateRedis, privateRedis, skipRedis } from '../support/private-redis.ts'
import { failureOf, newClient, signatureOf } from './redis-clients.ts'
import { reportServer } from './report-server.ts'
import { MARK } from './transfers.ts'

let server: PrivateRedis

if (skipRedis === false) {
  before(async () => {
    server = await privateRedis()
  })
  after(() => server.stop())
}

describe('a guarded client of node-redis', { skip: skipRedis }, () => {
  test('throws what the driver throws, and reports it with signature, command, place and duration', async () => {
    await using reports = await reportServer()
    await using client = await newClient(server)
    const guarded = guard(client, { reporting: { url: reports.url, token: 'secret' } })
    await guarded.set(`user:${MARK}`, `${MARK}@example.org`)
    const error = await failureOf(guarded.hGetAll(`user:${MARK}`))
    assert.ok(error instanceof ErrorReply)
    assert.match(error.message, /^WRONGTYPE /)
    await closeGuard(guarded)
    const [failure, ...others] = reports.failures()
    assert.ok(failure)
    assert.deepEqual(others, [])
    assert.equal(failure.signature, signatureOf(error, `HGETALL user:${MARK}`))
    assert.deepEqual(
      [failure.engine, failure.code, failure.type, failure.object, failure.statement?.text, failure.outcome],
      ['redis', 'WRONGTYPE', 'TYPE_MISMATCH', null, 'HGETALL', 'thrown'],
    )
    assert.equal(failure.callSite?.file, 'test/guard/redis.test.ts')
    assert.ok(failure.durationMs > 0)
    assert.ok(!reports.sent.some(({ body }) => body.includes(MARK)))
    const engine = errorEngineOf('redis')
    assert.ok(engine)
    const kept = receivedFailure(failure, engine)
    assert.deepEqual([kept.signature, kept.statement], [failure.signature, failure.statement])
  })

  test('sends no byte of a key, a field or a value, however a command fails and whoever words the error', async () => {
    await using reports = await reportServer()
    await using client = await newClient(server)
    const guarded = guard(client, { reporting: { url: reports.url, token: 't', pendingMax: 5000 } })
    const key = `${MARK} ${MARK}'"\r\n*1\r\n$4\r\nPING {${MARK}} ZQX7`
    await guarded.set(key, `${MARK} 12`)
    const calls: (() => Promise<unknown>)[] = [
      () => guarded.incr(key),
      () => guarded.lPush(key, [key, `WRONGTYPE ${MARK}`]),
      () => guarded.sendCommand([key, MARK]),
      () => guarded.sendCommand(['GET', key, MARK]),
      () => guarded.sendCommand([MARK.toUpperCase(), key]),
      () => guarded.sendCommand(['CONFIG', 'SET', MARK, key]),
      () => guarded.eval(`return redis.error_reply('${MARK.toUpperCase()} ${MARK}')`),
      () => guarded.eval(`error('${MARK}')`, { keys: [key], arguments: [MARK] }),
      () => guarded.evalSha(MARK.repeat(10), { keys: [key] }),
      () => guarded.xGroupCreate(key, MARK, MARK),
      () => guarded.xReadGroup(MARK, MARK, { key: 'none', id: MARK }),
      () => guarded.aclSetUser(MARK, `+${MARK}`),
      () => guarded.json.set(key, '$', { [MARK]: MARK }),
      () => guarded.ft.search(MARK, key),
      () => guarded.multi().set('fine', MARK).hSet(key, MARK, MARK).lPush(key, MARK).exec(),
      () => guarded.multi().sendCommand(['SET', key]).exec(),
      () => guarded.multi().hSet(key, MARK, MARK).execAsPipeline(),
      () => guarded.set(key, undefined as unknown as string),
      () => guarded.subscribe([key, MARK], undefined as unknown as () => void),
    ]
    let failed = 0
    for (const call of calls) await call().catch(() => failed++)
    assert.ok(failed >= calls.length - 1, `${failed} of ${calls.length}`)
    await closeGuard(guarded)
    const bodies = reports.sent.map(({ body }) => body).join('\n')
    assert.ok(reports.failures().length >= 12)
    assert.ok(!bodies.toLowerCase().includes(MARK), bodies)
  })

  test('the commands of a MULTI that failed are reported each by its own name', async () => {
    const seen: FailureReport[] = []
    await using client = await newClient(server)
    const guarded = guard(client, { onReport: (report) => seen.push(report) })
    await guarded.set('text', 'a')
    const error = await failureOf(
      guarded.multi().get('text').lPush('text', 'b').select(0).hSet('text', 'b', 'c').exec(),
    )
    assert.ok(error instanceof MultiErrorReply)
    assert.deepEqual(error.errorIndexes, [1, 3])
    const [first] = error.errors()
    await closeGuard(guarded)
    assert.deepEqual(
      seen.map(({ code, statement }) => `${code} ${statement?.text}`),
      ['WRONGTYPE LPUSH', 'WRONGTYPE HSET'],
    )
    assert.equal(seen[0]?.signature, signatureOf(first as Error, 'LPUSH text b'))
    assert.equal(guardStatistics(guarded).failures, 2)
  })

  test('stays what it is: the driver’s classes, chains, types of replies, views, duplicates, iterators', async () => {
    await using client = await newClient(server)
    const guarded: typeof client = guard(client)
    assert.ok(guarded.isReady && guarded instanceof Object.getPrototypeOf(client).constructor)
    assert.equal(await guarded.set('a', '1'), 'OK')
    assert.deepEqual(await guarded.multi().incr('a').get('a').exec(), [2, '2'])
    assert.deepEqual(await guarded.multi().get('a').execAsPipeline(), ['2'])
    assert.equal(await guarded.sendCommand(['GET', 'a']), '2')
    assert.equal(await guarded.GET('a'), '2')
    const buffers = guarded.withTypeMapping({ 36: Buffer })
    assert.deepEqual(await buffers.get('a'), Buffer.from('2'))
    const other = await guarded
      .duplicate()
      .on('error', () => undefined)
      .connect()
    assert.notEqual(other, guarded)
    assert.equal(await other.get('a'), '2')
    other.destroy()
    await guarded.mSet([...'bcdef'].map((key) => [key, key] as [string, string]))
    const keys: string[] = []
    for await (const page of guarded.scanIterator({ COUNT: 2 })) keys.push(...page)
    assert.deepEqual(keys.toSorted(), [...'abcdef'])
    await guarded.set('text', 'x')
    const wrong = async (): Promise<void> => {
      for await (const _ of guarded.hScanIterator('text')) assert.fail('there is none')
    }
    assert.match((await failureOf(wrong())).message, /^WRONGTYPE/)
    assert.equal(guardStatistics(guarded).failures, 1)
    assert.throws(() => guard(guarded), /guarded already/)
  })

  test('what is published arrives, listeners are the application’s own, and unsubscribing takes them away', async () => {
    await using client = await newClient(server)
    await using sender = await newClient(server)
    const guarded = guard(client)
    const heard: string[] = []
    let tell = (): void => undefined
    const listener = (message: string, channel: string): void => {
      heard.push(`${channel} ${message}`)
      tell()
    }
    const next = (): Promise<void> => new Promise((resolve) => (tell = () => resolve()))
    await guarded.subscribe('news', listener)
    await guarded.pSubscribe('ne?s', listener)
    let arrived = next()
    await guard(sender).publish('news', 'first')
    await arrived
    if (heard.length < 2) await next()
    await guarded.pUnsubscribe('ne?s', listener)
    arrived = next()
    await sender.publish('news', 'second')
    await arrived
    await guarded.unsubscribe('news', listener)
    assert.equal(await sender.publish('news', 'third'), 0)
    assert.deepEqual(heard, ['news first', 'news first', 'news second'])
  })

  test('a call that nobody waits for is the application’s own unhandled rejection, once', async () => {
    await using client = await newClient(server)
    const guarded = guard(client)
    await guarded.set('text', 'a')
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    const kept = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
    try {
      void guarded.lPush('text', 'b')
      while (unhandled.length === 0) await guarded.ping()
      await guarded.ping()
      assert.match(String(unhandled), /^SimpleError: WRONGTYPE|^Error: WRONGTYPE/)
      assert.equal(unhandled.length, 1)
    } finally {
      process.removeListener('unhandledRejection', note)
      for (const listener of kept) process.on('unhandledRejection', listener)
    }
  })

  test('a server killed under it is reported as lost, not repeated, and the driver connects again by itself', async () => {
    const seen: FailureReport[] = []
    await using other = await newClient(server)
    await using client = await newClient(server, { reconnectStrategy: () => 20 })
    const guarded = guard(client, { onReport: (report) => seen.push(report) })
    const waiting = failureOf(guarded.blPop('nothing', 0))
    while (!(await other.info('clients')).includes('blocked_clients:1')) await other.ping()
    await server.kill9()
    const error = await waiting
    const again = new Promise((resolve) => guarded.once('ready', resolve))
    await server.start()
    await again
    assert.equal(await guarded.set('back', '1'), 'OK')
    await closeGuard(guarded)
    assert.ok(/closed|ECONNRESET|EPIPE/.test(error.message), error.message)
    assert.deepEqual(
      seen.map(({ type, statement, outcome }) => [type, statement?.text, outcome]),
      [['SERVER_GONE', 'BLPOP', 'thrown']],
    )
    guarded.destroy()
    assert.match((await failureOf(guarded.get('back'))).message, /The client is closed/)
    assert.equal(guardStatistics(guarded).retries, 0)
  })

  test('a full queue and an aborted command are told as such, and neither is repeated', async () => {
    const seen: FailureReport[] = []
    const client = createClient({ socket: server.socket, commandsQueueMaxLength: 6 })
    client.on('error', () => undefined)
    await client.connect()
    const guarded = guard(client, { onReport: (report) => seen.push(report) })
    const asked = await Promise.allSettled(Array.from({ length: 9 }, (_, i) => guarded.get(String(i))))
    assert.equal(asked.filter(({ status }) => status === 'rejected').length, 3)
    await failureOf(guarded.withAbortSignal(AbortSignal.abort()).get('a'))
    await closeGuard(guarded)
    client.destroy()
    const told = seen.map(({ type, statement, outcome }) => `${type} ${statement?.text ?? '-'} ${outcome}`)
    assert.deepEqual(told, [
      ...Array.from({ length: 3 }, () => 'TOO_MANY_CONNECTIONS GET thrown'),
      'STATEMENT_TIMEOUT GET thrown',
    ])
  })
})
