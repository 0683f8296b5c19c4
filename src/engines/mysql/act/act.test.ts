import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onEachServer } from '../../../../test/support/each-server.ts'
import { openForwarder } from '../../../../test/support/forwarder.ts'
import {
  ACCOUNTS,
  APP,
  addressOf,
  connectAs,
  holdAll,
  PASSWORD,
  prepareTarget,
} from '../../../../test/support/mysql-target.ts'
import { untilArrived, untilWaitsForRow } from '../../../../test/support/seen-waiting.ts'
import { inTime } from '../../../../test/support/until.ts'
import type { ActSession, StepResult } from '../../../core/actuator.ts'
import type { Json } from '../../../core/canonical.ts'
import type { Step } from '../../../core/plan.ts'
import type { PrivateServer } from '../../../lab/servers/index.ts'
import { openConnection } from '../open-connection.ts'
import type { MysqlQuestions } from '../shapes.ts'
import { TargetError } from '../target-error.ts'
import { MysqlActSession } from './act-session.ts'
import { createActuator } from './actuator.ts'

const step = (text: string, timeoutMs = 30_000, onlyIf: Step['onlyIf'] = null): Step => ({
  kind: 'statement',
  text,
  timeoutMs,
  onlyIf,
})
const texts = (result: StepResult): string =>
  result.messages.map((item) => `${item.level} ${item.code} ${item.text}`).join('\n')

onEachServer('acting on a target', ({ server, flavour }) => {
  let session: ActSession<MysqlQuestions>
  const actuator = () => createActuator(addressOf(server()), { user: ACCOUNTS.executor, password: PASSWORD })

  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query('CREATE TABLE orders (id INT PRIMARY KEY, a INT, email VARCHAR(40)) ENGINE=InnoDB')
    await root.query("INSERT INTO orders VALUES (1, 1, 'ann@x'), (2, 2, 'bob@x'), (3, 3, 'ann@x')")
    session = await actuator().open()
  })
  after(() => session.close())

  test('a statement runs once, byte for byte, and its effect is there', async () => {
    const result = await session.send(
      step('CREATE INDEX `dbm_ünïcode` ON `shop`.`orders` (`a`) ALGORITHM=INPLACE LOCK=NONE'),
    )
    assert.deepEqual(
      { ...result, messages: [] },
      { ok: true, affectedRows: 0, messages: [], skipped: false },
      texts(result),
    )
    const table = await session.ask('table', { schema: 'shop', table: 'orders' })
    assert.ok(table.known && table.value?.indexes.some((index) => index.index === 'dbm_ünïcode'))
    const identity = await session.identity()
    assert.ok(identity.known && !identity.value.weak)
  })

  test('two statements in one text are refused by the server, and neither runs', async () => {
    const result = await session.send(step('SET @a = 1; CREATE INDEX k2 ON shop.orders (a)'))
    assert.equal(result.ok, false)
    assert.equal(result.messages[0]?.code, 1064)
    const table = await session.ask('table', { schema: 'shop', table: 'orders' })
    assert.ok(table.known && !table.value?.indexes.some((index) => index.index === 'k2'))
  })

  test('a server error is a result with its number, names kept and values masked', async () => {
    const missing = await session.send(step('DROP INDEX `nope` ON `shop`.`orders`'))
    assert.equal(missing.ok, false)
    assert.match(texts(missing), /Error 1091 .*nope/)
    const duplicate = await session.send(
      step('CREATE UNIQUE INDEX uq ON shop.orders (email) ALGORITHM=INPLACE LOCK=NONE'),
    )
    assert.equal(duplicate.messages[0]?.code, 1062)
    assert.ok(!texts(duplicate).includes('ann'), texts(duplicate))
  })

  test('DDL behind an open transaction gives up at the guard’s lock wait', async () => {
    await using reader = await connectAs(server(), undefined, 'shop')
    await reader.query('START TRANSACTION')
    await reader.query('SELECT COUNT(*) FROM orders')
    assert.ok((await session.send({ ...step('SET SESSION lock_wait_timeout=1'), kind: 'guard' })).ok)
    // Had the guard done nothing, the watchdog would end it at its own limit, which is another error.
    const result = await session.send(
      step('CREATE INDEX k3 ON shop.orders (a) ALGORITHM=INPLACE LOCK=NONE', 60_000),
    )
    assert.equal(result.messages[0]?.code, 1205)
  })

  test('ANALYZE that fails says so as a row, and the step is not ok', async () => {
    const result = await session.send(step('ANALYZE TABLE `shop`.`nothing_here`'))
    assert.equal(result.ok, false, texts(result))
    const fine = await session.send(step('ANALYZE TABLE `shop`.`orders`'))
    assert.ok(fine.ok, texts(fine))
  })

  test('a value the server clamps is told by a warning', async () => {
    await using root = await connectAs(server())
    if (flavour === 'mariadb') await root.query(`GRANT SUPER ON *.* TO '${ACCOUNTS.executor}'@'%'`)
    const own = await actuator().open()
    const result = await own.send(step('SET SESSION max_error_count = 999999999'))
    await own.close()
    assert.ok(result.ok && /Warning 1292/.test(texts(result)), texts(result))
  })

  test('the watchdog cancels a step at its deadline, and the next step is not hit', async () => {
    for (let round = 0; round < 3; round += 1) {
      const result = await inTime(session.send(step('DO SLEEP(300)', 300)), 'a step past its deadline')
      assert.ok(!result.ok || flavour === 'mysql', 'SLEEP returns 1 on MySQL when it is interrupted')
      const next = await session.send(step('DO SLEEP(0.2)'))
      assert.ok(next.ok, texts(next))
    }
  })

  test('cancel ends a running step and does nothing while none runs', async () => {
    await session.cancel()
    await using root = await connectAs(server())
    const running = session.send(step('DO SLEEP(301)', 400_000))
    await untilArrived(root, 'DO SLEEP(301)')
    await session.cancel()
    await inTime(running, 'a step that was cancelled')
    assert.ok((await session.send(step('DO 1'))).ok)
  })

  test('ending an idle transaction by its whole identity frees who waits; another identity sends nothing', async () => {
    await using idle = await connectAs(server(), APP, 'shop')
    await using waiting = await connectAs(server(), undefined, 'shop')
    await idle.query('START TRANSACTION')
    await idle.query('UPDATE orders SET a = 10 WHERE id = 1')
    const waited = waiting.query('UPDATE orders SET a = 11 WHERE id = 1').then(() => 'freed')
    await using root = await connectAs(server())
    await untilWaitsForRow(root, waiting.threadId)
    const [found] = (
      await root.query(
        `SELECT p.ID AS id, p.HOST AS host, t.trx_id AS trx, DATE_FORMAT(t.trx_started, '%Y-%m-%dT%H:%i:%s.000000Z') AS started
FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id WHERE p.ID = ?`,
        [idle.threadId],
      )
    )[0] as { id: string; host: string; trx: string; started: string }[]
    const identity = await session.identity()
    assert.ok(identity.known && found)
    const params: { [key: string]: Json } = {
      instanceUid: identity.value.instanceUid,
      epoch: identity.value.epoch,
      connectionId: String(found.id),
      user: APP,
      host: found.host,
      database: 'shop',
      transactionId: String(found.trx),
      transactionStartedAt: found.started,
      queryId: null,
      statementFingerprintId: null,
      expect: 'idle-writer',
    }
    const kill = (change: { [key: string]: Json }): Step =>
      step(`KILL CONNECTION ${String(found.id)}`, 5_000, {
        question: { kind: 'connection-unchanged', params: { ...params, ...change } },
        equals: { unchanged: true },
      })
    for (const change of [
      { transactionId: '1' },
      { host: 'x:1' },
      { expect: 'idle-reader' },
      { epoch: '2020-01-01T00:00:00Z' },
    ]) {
      const skipped = await session.send(kill(change))
      assert.ok(skipped.skipped && skipped.affectedRows === null)
    }
    const done = await session.send(kill({}))
    assert.ok(done.ok && !done.skipped, texts(done))
    assert.equal(await inTime(waited, 'the wait for a transaction that was ended'), 'freed')
    const again = await session.send(kill({}))
    assert.ok(again.skipped)
    const gone = await session.send(step('KILL CONNECTION 999999999'))
    assert.equal(gone.messages[0]?.code, 1094)
  })

  test('a connection cut in the middle of a step is an error that says it may have run, and nothing is sent after it', async () => {
    const own = await actuator().open()
    const uncertain = (error: unknown): boolean =>
      error instanceof TargetError && error.code === 'DBM_STEP_UNCERTAIN'
    await using root = await connectAs(server())
    const running = assert.rejects(own.send(step('DO SLEEP(302)', 400_000)), uncertain)
    await untilArrived(root, 'DO SLEEP(302)')
    await root.query(`KILL CONNECTION ${own.connectionId}`)
    await inTime(running, 'a step whose connection was cut')
    await assert.rejects(own.send(step('DO 1')), uncertain)
    const asked = await own.ask('health', {})
    assert.equal(asked.known, false)
    await own.close()
  })

  test('a step the server does not let go of is given up, and may have run', async () => {
    const address = addressOf(server())
    const asker = { target: 'test', user: ACCOUNTS.executor, fullRemedy: '' }
    const credentials = { user: ACCOUNTS.executor, password: PASSWORD }
    const connection = await openConnection({ address, credentials, asker, door: address })
    const deaf = new MysqlActSession({
      connection,
      connectionId: '1',
      watchdog: { isReady: async () => true, killQuery: async () => true, close: () => undefined },
      asker,
      questions: () => ({ ask: session.ask, identity: session.identity }),
      settleMs: 200,
    })
    const givenUp = assert.rejects(
      deaf.send(step('DO SLEEP(303)', 100)),
      (error: unknown) => error instanceof TargetError && error.code === 'DBM_STEP_UNCERTAIN',
    )
    await inTime(givenUp, 'a step that nothing ends')
    await deaf.close()
  })

  test('of a server that is full, the last connection is enough to end one, and nothing else is sent on it', async () => {
    await using root = await connectAs(server())
    await root.query('SET GLOBAL max_connections = 12')
    const held = await holdAll(server())
    try {
      const analyse = step('ANALYZE TABLE shop.orders')
      const kill = step(`KILL CONNECTION ${held[0]?.threadId}`)
      await assert.rejects(
        actuator().open([analyse, kill]),
        (error: unknown) => error instanceof TargetError && error.code === 'DBM_TARGET_FULL',
      )
      // The server has let go of the last connection only a moment after its client has.
      const opened = async (): Promise<typeof session | null> =>
        actuator()
          .open([kill])
          .catch(() => null)
      let alone = await opened()
      for (let again = 0; again < 300 && alone === null; again += 1) {
        await sleep(100)
        alone = await opened()
      }
      assert.ok(alone !== null, 'the last connection was never free')
      const unsent = await alone.send(analyse)
      assert.ok(!unsent.ok && unsent.skipped && /UNWATCHED not sent/.test(texts(unsent)), texts(unsent))
      const done = await alone.send(kill)
      assert.ok(done.ok && !done.skipped, texts(done))
      await alone.close()
    } finally {
      for (const connection of held) connection.destroy()
      await root.query('SET GLOBAL max_connections = 151')
    }
  })

  test('an act session that cannot be opened says why', async () => {
    const wrong = createActuator(addressOf(server()), { user: ACCOUNTS.executor, password: 'wrong' })
    await assert.rejects(
      wrong.open(),
      (error: unknown) => error instanceof TargetError && error.code === 'DBM_TARGET_AUTH',
    )
  })

  test('a cancel for a server that was started anew ends nothing there, whoever has the number now', async (t) => {
    const door = await openForwarder(server().port)
    t.after(() => door.close())
    const credentials = { user: ACCOUNTS.executor, password: PASSWORD }
    const lost = await createActuator(addressOf({ host: '127.0.0.1', port: door.port }), credentials, {
      settleMs: 200,
    }).open()
    // Starts this close to each other would count as one.
    while ((await uptimeSeconds(server())) <= 6) await sleep(500)
    const uncertain = assert.rejects(lost.send(step('DO SLEEP(300)', 300_000)), TargetError)
    await arrived('DO SLEEP(300)')
    door.freeze()
    await server().restart()
    await using heir = await connectionOfNumber(Number(lost.connectionId))
    const undisturbed = heir.query('SELECT SLEEP(3) AS cut')
    await arrived('SELECT SLEEP(3) AS cut')
    await lost.cancel()
    await uncertain
    const [[row] = []] = (await undisturbed) as unknown as { cut: string | number }[][]
    assert.equal(Number(row?.cut), 0, 'somebody else’s statement was ended')
    await lost.close()
  })

  async function arrived(text: string): Promise<void> {
    await using root = await connectAs(server())
    await untilArrived(root, text)
  }

  /** A connection with the executor's account that bears this number. */
  async function connectionOfNumber(wanted: number): Promise<Awaited<ReturnType<typeof connectAs>>> {
    for (;;) {
      const next = await connectAs(server(), ACCOUNTS.executor)
      if (next.threadId === wanted) return next
      next.destroy()
      assert.ok(next.threadId < wanted, `the server is at connection ${next.threadId} already`)
    }
  }
})

async function uptimeSeconds(server: PrivateServer): Promise<number> {
  await using root = await connectAs(server)
  const [rows] = await root.query("SHOW GLOBAL STATUS LIKE 'Uptime'")
  return Number((rows as { Value: string }[])[0]?.Value)
}
