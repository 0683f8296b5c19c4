/**
 * What the guards of the plans do on real servers when something is in the way: they give up, refuse or send nothing,
 * and everybody else goes on.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connection } from 'mysql2/promise'
import type { ActionPolicy } from '../../src/core/action.ts'
import type { ActSession, StepResult } from '../../src/core/actuator.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import { PERMISSIVE } from '../support/action-policy.ts'
import { SCENES } from '../support/action-scenes.ts'
import { ACTIONS, ActionWorld, SCHEMA } from '../support/action-world.ts'
import { onEachServer } from '../support/each-server.ts'
import { connectAs } from '../support/mysql-target.ts'
import { untilWaitsForTable } from '../support/seen-waiting.ts'
import { inTime } from '../support/until.ts'

const COLUMN = (column: string) => ({ column, prefix: null, direction: 'ASC' })

onEachServer('guards of plans', ({ server, flavour }) => {
  let world: ActionWorld
  let session: ActSession<MysqlQuestions>
  before(async () => {
    world = await ActionWorld.on(server())
  })
  after(() => world.closeAll())

  function context(id: string, params: object, policy: Partial<ActionPolicy> = {}) {
    const action = ACTIONS.find((item) => item.id === id)
    assert.ok(action)
    return {
      action,
      context: {
        params: params as never,
        ask: session.ask,
        policy: { ...PERMISSIVE, ...policy },
        server: { flavour, version: server().version },
        affectedSeries: [],
      },
    }
  }

  /** Sends a plan up to the first step that does not succeed. */
  async function send(plan: Plan): Promise<StepResult> {
    let last: StepResult | undefined
    for (const step of [...plan.guards, ...plan.steps]) {
      last = await session.send(step)
      if (!last.ok || last.skipped) return last
    }
    assert.ok(last)
    return last
  }

  async function tableAs(name: string, definition: string) {
    await world.root.query(`CREATE TABLE ${SCHEMA}.${name} (${definition}) ENGINE=InnoDB`)
    const reading = await session.ask('table', { schema: SCHEMA, table: name })
    assert.ok(reading.known && reading.value)
    return { schema: SCHEMA, table: name, definitionDigest: reading.value.definitionDigest }
  }

  const errorOf = (result: StepResult): unknown =>
    result.messages.find((item) => item.level === 'Error')?.code

  /** A transaction that has read the table and holds its metadata lock. */
  async function reading(name: string): Promise<Connection> {
    const reader = await world.application()
    await reader.query('START TRANSACTION')
    await reader.query(`SELECT COUNT(*) FROM ${name}`)
    return reader
  }

  test('opens the executor’s session', async () => {
    session = await world.executor([
      `GRANT INDEX, ALTER, CREATE, SELECT, INSERT ON ${SCHEMA}.* TO {executor}`,
      '[MySQL] GRANT CONNECTION_ADMIN, SYSTEM_VARIABLES_ADMIN ON *.* TO {executor}',
      '[MariaDB] GRANT CONNECTION ADMIN, SUPER ON *.* TO {executor}',
    ])
  })

  test('an index behind an open transaction gives up, and a reader that queued behind it goes on', async () => {
    const table = await tableAs('waits', 'id INT PRIMARY KEY, a INT')
    const [holder, innocent] = [await reading('waits'), await world.application()]
    const { action, context: given } = context(
      'mysql/create-index',
      { table, columns: [COLUMN('a')] },
      { lockWaitMs: 2_000 },
    )
    const { plan } = await action.render(given)
    const running = send(plan)
    const waits = untilWaitsForTable(world.root, session.connectionId).catch(() => undefined)
    await Promise.race([waits, running])
    // The holder goes on holding: it is the index that lets the reader through, by its lock wait, not by its own limit.
    await inTime(innocent.query('SELECT COUNT(*) FROM waits'), 'the innocent reader')
    const result = await running
    assert.equal(result.ok, false)
    assert.equal(errorOf(result), 1205)
    assert.equal((await action.postcondition(given)).holds, false)
    await holder.query('COMMIT')
    assert.equal((await send(plan)).ok, true)
    assert.equal((await action.postcondition(given)).holds, true)
  })

  test('the statement’s own time limit ends DDL that waits longer', async () => {
    const table = await tableAs('long_wait', 'id INT PRIMARY KEY, a INT')
    const holder = await reading('long_wait')
    const policy = { lockWaitMs: 30_000, statementTimeoutMs: 1_000 }
    const { action, context: given } = context(
      'mysql/create-index',
      { table, columns: [COLUMN('a')] },
      policy,
    )
    const result = await send((await action.render(given)).plan)
    assert.equal(result.ok, false)
    // At the end of the lock wait it would be 1205.
    assert.ok([1317, 1969, 3024].includes(Number(errorOf(result))), String(errorOf(result)))
    await holder.query('COMMIT')
  })

  test('X4 stops before anything is sent while somebody waits for the table', async () => {
    await world.root.query(
      "UPDATE performance_schema.setup_instruments SET ENABLED='YES', TIMED='YES' WHERE NAME='wait/lock/metadata/sql/mdl'",
    )
    const table = await tableAs('queued', 'id INT PRIMARY KEY, a INT, KEY by_a (a)')
    const holder = await reading('queued')
    const waiting = world.root.query(`ALTER TABLE ${SCHEMA}.queued ADD COLUMN b INT`)
    await using looking = await connectAs(server())
    await untilWaitsForTable(looking, world.root.threadId)
    const { action, context: given } = context('mysql/hide-index', {
      table,
      index: { ...table, index: 'by_a' },
    })
    const blocked = (await action.check(given)).find((item) => item.id === 'X4')
    assert.equal(blocked?.met, false, blocked?.found)
    await holder.query('COMMIT')
    await waiting
  })

  test('a rebuild the server could only do by copying is refused by the server, not copied', async () => {
    const table = await tableAs('words', 'id INT PRIMARY KEY, body TEXT, FULLTEXT ft (body)')
    const { action, context: given } = context('mysql/rebuild-small-table', { table })
    assert.equal((await action.check(given)).find((item) => item.id === 'X9')?.met, false)
    const result = await send((await action.render(given)).plan)
    assert.equal(result.ok, false)
    assert.ok([1845, 1846].includes(Number(errorOf(result))), String(errorOf(result)))
  })

  test('a key that is too long is stopped by X9; MySQL refuses it, MariaDB cuts it, and neither is success', async () => {
    const table = await tableAs('wide', 'id INT PRIMARY KEY, w VARCHAR(2000) CHARACTER SET utf8mb4')
    const { action, context: given } = context('mysql/create-index', { table, columns: [COLUMN('w')] })
    assert.equal((await action.check(given)).find((item) => item.id === 'X9')?.met, false)
    const result = await send((await action.render(given)).plan)
    assert.ok(
      result.messages.some((item) => item.code === 1071),
      'the server says so',
    )
    assert.equal(result.ok, flavour === 'mariadb')
    assert.equal((await action.postcondition(given)).holds, false)
  })

  test('a value out of the server’s range is not success, whether it clamps or refuses it', async () => {
    const { action, context: given } = context('mysql/raise-max-connections', { connections: 200_000 })
    assert.equal((await action.check(given)).find((item) => item.id === 'within-bounds')?.met, false)
    const rendered = await action.render(given)
    await send(rendered.plan)
    const found = await action.postcondition(given)
    assert.equal(found.holds, false)
    assert.match(found.found, /max_connections is (?:100000|151), wanted 200000/)
    assert.ok('plan' in rendered.undo)
    await send(rendered.undo.plan)
    const [row] = await world.rows('SELECT @@max_connections AS now')
    assert.equal(Number(row?.['now']), 151)
  })

  test('KILL is not sent once the bound transaction ended, and its connection lives', async () => {
    const scene = SCENES.find((item) => item.action === 'mysql/kill-idle-reader')
    assert.ok(scene)
    const standing = await scene.play(world)
    try {
      const { action, context: given } = context('mysql/kill-idle-reader', standing.given)
      const { plan } = await action.render(given)
      const bound = standing.given['connection'] as { connectionId: string }
      const changed = { ...plan.steps[0], onlyIf: plan.steps[0]?.onlyIf } as Plan['steps'][number]
      const other = JSON.parse(JSON.stringify(changed)) as Plan['steps'][number]
      Object.assign(other.onlyIf?.question.params ?? {}, { transactionId: '1' })
      const result = await session.send(other)
      assert.equal(result.skipped, true)
      const alive = await world.rows(
        `SELECT 1 FROM information_schema.PROCESSLIST WHERE ID=${bound.connectionId}`,
      )
      assert.equal(alive.length, 1)
      assert.equal((await send(plan)).skipped, false)
      assert.equal((await action.postcondition(given)).holds, true)
    } finally {
      await standing.tidy?.()
    }
  })

  test('a connection that has not slept for ten minutes is not killed, whatever was approved', async () => {
    const idle = await world.application()
    const [rows] = await idle.query('SELECT CONNECTION_ID() AS id, USER() AS u')
    const id = String((rows as { id: number }[])[0]?.id)
    const [row] = await world.rows(`SELECT HOST AS h FROM information_schema.PROCESSLIST WHERE ID=${id}`)
    const identity = await session.identity()
    assert.ok(identity.known)
    const connection = {
      instanceUid: identity.value.instanceUid,
      epoch: identity.value.epoch,
      connectionId: id,
      user: 'app',
      host: String(row?.['h']),
      database: SCHEMA,
      transactionId: null,
      transactionStartedAt: null,
      queryId: null,
      statementFingerprintId: null,
    }
    const { action, context: given } = context('mysql/kill-connection', { connection })
    const stopped = (await action.check(given)).filter((item) => item.met !== true)
    assert.deepEqual(
      stopped.map((item) => item.id),
      ['idle'],
      stopped.map((item) => item.found).join('; '),
    )
    const result = await send((await action.render(given)).plan)
    assert.equal(result.skipped, true)
    await idle.query('SELECT 1')
  })
})
