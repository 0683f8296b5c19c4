/**
 * The guard around the official driver of MongoDB, against a double of the wire protocol, because no server can be had here; what
 * a server does by itself is asked of a real one too where `MONGODB_URL` names one.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type BSON,
  MongoBulkWriteError,
  MongoClient,
  type MongoClientOptions,
  MongoServerError,
  type ObjectId,
} from 'mongodb'
import {
  closeGuard,
  type FailureReport,
  guard,
  guardedTransaction,
  guardStatistics,
  type RetryOptions,
} from '../../guard/src/index.ts'
import { classify } from '../../src/recovery/classify.ts'
import { errorEngineOf, receivedFailure } from '../../src/recovery/index.ts'
import { failure, type MongoDouble, mongoDouble } from '../support/mongo-double.ts'
import { reportServer } from './report-server.ts'
import { MARK } from './transfers.ts'

const PATIENT: RetryOptions = {
  ...{ attempts: 20, baseMs: 1, capMs: 5 },
  ...{ budget: Number.POSITIVE_INFINITY, breakerAfter: 1e6 },
}
const REAL = process.env.MONGODB_URL

async function newClient(url: string, options: MongoClientOptions = {}) {
  const client = await new MongoClient(url, { serverSelectionTimeoutMS: 10_000, ...options }).connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
}

async function failureOf(promise: Promise<unknown>): Promise<MongoServerError> {
  return await promise.then(
    () => assert.fail('it did not fail'),
    (error: MongoServerError) => error,
  )
}

function signatureOf(error: MongoServerError, statement: string): string {
  const engine = errorEngineOf('mongodb')
  assert.ok(engine)
  const code = typeof error.code === 'number' ? error.code : undefined
  return classify({ engine: 'mongodb', code, message: error.message, statement }, engine).signature
}

/** Each with a fresh double, and, where one is named, on the real server. */
function onEach(title: string, body: (url: string) => Promise<void>): void {
  test(`${title} (double)`, async () => {
    await using double = await mongoDouble()
    await body(double.url)
  })
  test(`${title} (MONGODB_URL)`, { skip: REAL === undefined ? 'MONGODB_URL names no server' : false }, () =>
    body(REAL ?? ''),
  )
}

describe('a guarded client of mongodb', () => {
  onEach('throws the driver’s error for a key met twice, and reports it without the key', async (url) => {
    await using reports = await reportServer()
    await using client = await newClient(url)
    const guarded: MongoClient = guard(client, { reporting: { url: reports.url, token: 'secret' } })
    const users = guarded.db('shop').collection<{ _id: string; email: string }>('users')
    await users.drop().catch(() => undefined)
    const user = { _id: `${MARK}@example.org`, email: `"${MARK}" } index: ${MARK} collection: ${MARK}` }
    await users.insertOne(user)
    const error = await failureOf(users.insertOne(user))
    assert.ok(error instanceof MongoServerError)
    assert.equal(error.code, 11000)
    const many = await failureOf(users.insertMany([user, { ...user, _id: 'other' }], { ordered: false }))
    assert.ok(many instanceof MongoBulkWriteError)
    await closeGuard(guarded)
    const told = reports.failures()
    const insert = told.find(({ callSite, object }) => callSite !== null && object !== null)
    assert.ok(insert)
    assert.equal(insert.signature, signatureOf(error, '{"insert":"users","documents":[{}]}'))
    assert.deepEqual(
      [insert.engine, insert.code, insert.type, insert.object, insert.statement?.text, insert.callSite?.file],
      [
        'mongodb',
        '11000',
        'DUPLICATE_KEY',
        'shop.users._id_',
        '{ insert: "users" }',
        'test/guard/mongodb.test.ts',
      ],
    )
    assert.equal(new Set(told.map(({ signature }) => signature)).size, 1)
    assert.ok(!reports.sent.some(({ body }) => body.includes(MARK)))
    const engine = errorEngineOf('mongodb')
    assert.ok(engine)
    assert.equal(receivedFailure(insert, engine).signature, insert.signature)
  })

  onEach(
    'stays what it is: classes, cursors in every way of reading, bulk writes, counts, identity',
    async (url) => {
      await using client = await newClient(url)
      const guarded: MongoClient = guard(client)
      assert.ok(guarded instanceof MongoClient)
      assert.equal(await guarded.connect(), guarded)
      const items = guarded.db('shop').collection<{ _id: number; n: number }>('items')
      assert.deepEqual([items.collectionName, items.dbName, items.namespace], ['items', 'shop', 'shop.items'])
      await items.drop().catch(() => undefined)
      const made = await items.insertMany([1, 2, 3, 4, 5].map((n) => ({ _id: n, n })))
      assert.equal(made.insertedCount, 5)
      const ids = [1, 2, 3, 4, 5]
      const all = () => items.find({}, { batchSize: 2 }).sort({ _id: 1 })
      assert.deepEqual(
        (await all().toArray()).map(({ n }) => n),
        ids,
      )
      const read: number[] = []
      for await (const { n } of all()) read.push(n)
      assert.deepEqual(read, ids)
      assert.deepEqual(
        await all()
          .map(({ n }) => n * 2)
          .toArray(),
        [2, 4, 6, 8, 10],
      )
      const first: number[] = []
      const untilThree = ({ n }: { n: number }): boolean => first.push(n) < 3
      await all().forEach(untilThree)
      assert.deepEqual(first, [1, 2, 3])
      const cursor = all()
      assert.ok(await cursor.hasNext())
      assert.equal((await cursor.next())?.n, 1)
      await cursor.close()
      const bulk = items.initializeUnorderedBulkOp()
      bulk.insert({ _id: 6, n: 6 })
      assert.equal((await bulk.execute()).insertedCount, 1)
      const applied = await items.bulkWrite([{ insertOne: { document: { _id: 7, n: 7 } } }])
      assert.equal(applied.insertedCount, 1)
      assert.deepEqual(guardStatistics(guarded).failures, 0)
    },
  )
})

const transient = (code: number, codeName: string): BSON.Document =>
  failure(code, codeName, { errorLabels: ['TransientTransactionError'] })

/** A double with a guarded client. */
async function guardedDouble(options: MongoClientOptions = {}, retry: RetryOptions = PATIENT) {
  const double = await mongoDouble()
  const client = await newClient(double.url, options)
  const seen: FailureReport[] = []
  const guarded: MongoClient = guard(client, { retry, onReport: (report) => seen.push(report) })
  const orders = guarded.db('shop').collection<{ _id: number | ObjectId }>('orders')
  const told = async (): Promise<string[]> => {
    await closeGuard(guarded)
    return seen.map(({ code, type, statement, outcome }) => `${code} ${type} ${statement?.text} ${outcome}`)
  }
  const end = async (): Promise<void> => {
    await client.close()
    await double[Symbol.asyncDispose]()
  }
  return { double, client, guarded, orders, told, seen, [Symbol.asyncDispose]: end }
}

describe('what a server of mongodb answers', () => {
  test('no byte of a document, a filter, a pipeline or a message leaves', async () => {
    await using reports = await reportServer()
    await using double: MongoDouble = await mongoDouble()
    await using client = await newClient(double.url, { retryReads: false, retryWrites: false })
    const guarded = guard(client, { reporting: { url: reports.url, token: 't', pendingMax: 5000 } })
    const orders = guarded.db('shop').collection('orders')
    const hostile = { [MARK]: `${MARK} collection: ${MARK}.${MARK} index: ${MARK}`, $where: MARK }
    const errors = [
      failure(121, 'DocumentValidationFailure', {
        errmsg: `Document failed validation: ${MARK}`,
        errInfo: hostile,
      }),
      failure(2, 'BadValue', { errmsg: `unknown operator: $${MARK}` }),
      failure(9, 'FailedToParse', { errmsg: `${MARK}: "${MARK}"` }),
      failure(50, 'MaxTimeMSExpired', { errmsg: `operation exceeded time limit ${MARK}` }),
      failure(8_765_432, MARK, { errmsg: MARK }),
    ]
    const calls: (() => Promise<unknown>)[] = [
      () => orders.findOne(hostile),
      () => orders.find(hostile, { projection: hostile }).toArray(),
      () => orders.aggregate([{ $match: hostile }]).next(),
      () => orders.updateOne(hostile, { $set: hostile }),
      () => orders.deleteMany(hostile),
      () => orders.findOneAndUpdate(hostile, { $set: hostile }),
      () => orders.insertOne({ ...hostile }),
      () => orders.distinct(MARK, hostile),
      () => guarded.db('shop').command({ usersInfo: MARK }),
      () => guarded.db('shop').command({ [MARK]: MARK }),
      () => guarded.db('shop').collection(`${MARK} "${MARK}`).findOne(hostile),
    ]
    let failed = 0
    for (const error of errors)
      for (const call of calls) {
        for (const name of [
          'find',
          'aggregate',
          'update',
          'delete',
          'findAndModify',
          'insert',
          'distinct',
          'usersInfo',
        ])
          double.scripts.set(name, [error])
        double.scripts.set(MARK, [error])
        await call().catch(() => failed++)
      }
    await closeGuard(guarded)
    assert.equal(failed, errors.length * calls.length)
    const bodies = reports.sent.map(({ body }) => body).join('\n')
    assert.ok(reports.failures().length > 30)
    assert.ok(
      !bodies.includes(MARK),
      bodies.slice(Math.max(0, bodies.indexOf(MARK) - 300), bodies.indexOf(MARK) + 20),
    )
  })

  test('the driver repeats what it may by itself, once, and the guard adds nothing', async () => {
    await using world = await guardedDouble()
    const { double, orders, guarded, told } = world
    double.script('insert', failure(10107, 'NotWritablePrimary', { errorLabels: ['RetryableWriteError'] }))
    await orders.insertOne({ _id: 1 })
    assert.equal(double.count('insert'), 2)
    double.script('find', 'drop')
    assert.deepEqual(await orders.findOne({}), { _id: 1 })
    double.script('update', failure(112, 'WriteConflict'))
    assert.equal((await failureOf(orders.updateOne({}, { $set: { a: 1 } }))).code, 112)
    assert.equal(double.count('update'), 1)
    assert.equal(guardStatistics(guarded).retries, 0)
    assert.deepEqual(await told(), ['112 SERIALIZATION { update: "orders" } thrown'])
  })

  test('a server that is killed is reported as gone, and waited for by the driver', async () => {
    await using world = await guardedDouble()
    const { double, orders, guarded, told } = world
    await orders.insertOne({ _id: 1 })
    double.script('find', 'drop', 'drop')
    await failureOf(orders.findOne({}))
    await double.kill()
    const waiting = orders.findOne({})
    await double.start()
    assert.deepEqual(await waiting, { _id: 1 })
    const [gone, ...others] = await told()
    assert.match(gone ?? '', /^\S+ SERVER_GONE \{ find: "orders" \} thrown$/)
    assert.deepEqual([others, guardStatistics(guarded).retries], [[], 0])
  })

  test('a server that is not there is asked for as long as the driver is told to, and no longer', async () => {
    const seen: FailureReport[] = []
    const client = new MongoClient('mongodb://127.0.0.1:1/', { serverSelectionTimeoutMS: 20 })
    const guarded = guard(client, { onReport: (report) => seen.push(report) })
    assert.equal((await failureOf(guarded.connect())).name, 'MongoServerSelectionError')
    await closeGuard(guarded)
    await client.close()
    assert.deepEqual(
      seen.map(({ type, outcome }) => `${type} ${outcome}`),
      ['CONNECTION_ERROR thrown'],
    )
  })

  test('a pool with too few connections is told as such', async () => {
    await using world = await guardedDouble({ maxPoolSize: 1, waitQueueTimeoutMS: 1500 })
    const { double, orders, client, guarded, told } = world
    double.script('find', 'silence')
    const unanswered = failureOf(orders.findOne({}))
    while (double.count('find') === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.match((await failureOf(orders.countDocuments())).name, /WaitQueueTimeout/)
    assert.equal(guardStatistics(guarded).retries, 0)
    await client.close()
    await unanswered
    const [first] = await told()
    assert.equal(first, 'POOL_ENQUEUELIMIT TOO_MANY_CONNECTIONS { aggregate: "orders" } thrown')
  })

  test('a cursor’s later failure is reported with the command it began with', async () => {
    await using world = await guardedDouble()
    const { double, orders, told } = world
    await orders.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }])
    const cursor = orders.find()
    assert.equal((await cursor.next())?._id, 1)
    assert.equal((await cursor.next())?._id, 2)
    double.script('getMore', failure(43, 'CursorNotFound', { errmsg: `cursor id ${MARK} not found` }))
    assert.equal((await failureOf(cursor.next())).code, 43)
    assert.deepEqual(await told(), ['43 OBJECT_NOT_FOUND { find: "orders" } thrown'])
  })
})

describe('guarded transactions of mongodb', () => {
  const pay = (guarded: MongoClient, runs: { n: number }) =>
    guardedTransaction(guarded, async (session) => {
      runs.n += 1
      const orders = guarded.db('shop').collection<{ _id: number }>('orders')
      await orders.insertOne({ _id: runs.n }, { session })
      return (await orders.find({}, { session }).toArray()).length
    })

  test('are run again whole where the server says so, in a session of their own, and reported as repeated', async () => {
    await using world = await guardedDouble()
    const { double, guarded, told } = world
    double.script('insert', transient(112, 'WriteConflict'))
    double.script('commitTransaction', transient(251, 'NoSuchTransaction'))
    const runs = { n: 0 }
    assert.equal(await pay(guarded, runs), 2)
    assert.equal(runs.n, 3)
    const inside = double.seen.filter(({ name }) => name === 'insert' || name === 'find')
    assert.ok(inside.every(({ command }) => command.autocommit === false && command.lsid !== undefined))
    assert.equal(new Set(inside.map(({ command }) => String(command.txnNumber))).size, 3)
    assert.equal(double.count('abortTransaction'), 1)
    assert.deepEqual(await told(), [
      '112 SERIALIZATION { insert: "orders" } retried',
      '251 SERIALIZATION { commitTransaction: 1 } retried',
    ])
    assert.deepEqual([guardStatistics(guarded).retries, guardStatistics(guarded).unknownOutcomes], [2, 0])
  })

  test('ask again only for the commit where nobody knows what became of it, never for the whole', async () => {
    await using world = await guardedDouble({}, { ...PATIENT, attempts: 2 })
    const { double, guarded, told } = world
    const unknown = failure(91, 'ShutdownInProgress', { errorLabels: ['RetryableWriteError'] })
    double.script('commitTransaction', unknown, unknown)
    const runs = { n: 0 }
    await pay(guarded, runs)
    assert.deepEqual([runs.n, double.count('commitTransaction')], [1, 3])
    double.script('commitTransaction', ...Array.from({ length: 20 }, () => unknown))
    const error = await failureOf(pay(guarded, runs))
    assert.ok(error.hasErrorLabel('UnknownTransactionCommitResult'))
    assert.equal(runs.n, 2)
    assert.equal(guardStatistics(guarded).unknownOutcomes, 1)
    const outcomes = (await told()).map((line) => line.split(' ').at(-1))
    assert.deepEqual(outcomes, ['retried', 'retried', 'retried', 'unknown'])
  })

  test('throw what the function throws, aborted; and are not run again for what would fail again', async () => {
    await using world = await guardedDouble()
    const { double, guarded, told } = world
    const own = new Error('of the application')
    const thrown = guardedTransaction(guarded, async (session) => {
      await guarded.db('shop').collection<{ _id: number }>('orders').insertOne({ _id: 1 }, { session })
      throw own
    })
    assert.equal(await failureOf(thrown), own)
    const runs = { n: 0 }
    const error = await failureOf(pay(guarded, runs))
    assert.deepEqual(
      [error.code, runs.n, double.count('abortTransaction'), double.count('commitTransaction')],
      [11000, 1, 2, 0],
    )
    await assert.rejects(
      guardedTransaction(guarded, (session) => session.commitTransaction()),
      /commitTransaction\(\) belongs after the transaction/,
    )
    const database: unknown = guarded.db('shop')
    await assert.rejects(
      guardedTransaction(database as MongoClient, () => 1),
      /needs a MongoClient/,
    )
    assert.deepEqual(await told(), ['11000 DUPLICATE_KEY { insert: "orders" } thrown'])
  })

  test('the application’s own sessions work as before: the driver repeats, the guard reports and adds nothing', async () => {
    await using world = await guardedDouble()
    const { double, guarded, orders, told } = world
    double.script('insert', transient(112, 'WriteConflict'))
    let runs = 0
    const given = await guarded.withSession(async (session) =>
      session.withTransaction(async (inner) => {
        runs += 1
        await orders.insertOne({ _id: runs }, { session: inner })
        return runs
      }),
    )
    assert.deepEqual([given, runs, guardStatistics(guarded).retries], [2, 2, 0])
    const session = guarded.startSession()
    session.startTransaction()
    await orders.insertOne({ _id: 9 }, { session })
    double.script('commitTransaction', failure(251, 'NoSuchTransaction'))
    await failureOf(session.commitTransaction())
    await session.endSession()
    const own = new Error('of the application')
    assert.equal(await failureOf(guarded.withSession(() => Promise.reject(own))), own)
    assert.deepEqual(await told(), [
      '112 SERIALIZATION { insert: "orders" } thrown',
      '251 SERIALIZATION { commitTransaction: 1 } thrown',
    ])
  })
})
