/**
 * A column of a database file gets another type through the ordinary loop: asked for by one person, approved by two
 * others, carried out on the very file, recorded and taken back. Whatever is not exactly what was approved is not done.
 */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import type { Execution } from '../../src/core/nouns.ts'
import { cliLoop, until } from '../support/cli-loop.ts'
import { definitions, makeDatabase, rowsDigest } from '../support/rebuilt-tables.ts'

const ROWS = 300
const NAMES = ['shop', 'lossy', 'moved', 'written', 'left', 'done', 'scanned'] as const
const CONFIGURATION = {
  keyring: './keys',
  targets: [
    ...NAMES.map((name) => ({ name, engine: 'sqlite', path: `${name}.db`, write: true })),
    { name: 'kept', engine: 'sqlite', path: 'kept.db' },
  ],
  analysis: { answerTimeoutMs: 120_000 },
  actions: { lockWaitMs: 60_000 },
  verification: { beforeSeconds: 5, settleSeconds: 0, afterSeconds: 5 },
  runtime: { tickMs: 100, runApproved: false, leaseSeconds: 8 },
}

describe('a column of a database file', () => {
  const { cli, as, did, story, approve, startAs, begin, end } = cliLoop()
  const file = (name: string): string => cli.path(`${name}.db`)
  const inside = (name: string, sql: string): unknown[] => {
    const db = new Database(file(name))
    try {
      const statement = db.prepare(sql)
      return statement.reader ? statement.raw().all() : [statement.run()]
    } finally {
      db.close()
    }
  }
  const paramsOf = (type: string): string =>
    JSON.stringify({
      table: { schema: 'main', table: 'orders' },
      columns: [{ column: 'qty', prefix: null, direction: 'ASC' }],
      type,
    })
  const request = (name: string, type = 'INTEGER') =>
    as(
      'ana',
      'request',
      'sqlite/change-column-type',
      ...[
        '--target',
        name,
        '--reason',
        'they are numbers',
        '--wait',
        '120',
        '--json',
        '--params',
        paramsOf(type),
      ],
    )
  /** ana asks; gives the decision and its issue. */
  const asked = async (name: string): Promise<{ decisionId: number; issueId: number }> => {
    const { decisionId, issueId } = JSON.parse(did(await request(name))) as {
      decisionId: number
      issueId: number
    }
    return { decisionId, issueId }
  }
  const approved = async (name: string): Promise<{ decisionId: number; issueId: number }> => {
    const decision = await asked(name)
    await approve(decision.decisionId, 'ben')
    await approve(decision.decisionId, 'cyd')
    return decision
  }
  const runOf = async (issueId: number): Promise<Execution | null> =>
    (await story(issueId)).decisions[0]?.executions[0]?.execution ?? null
  const ended = (issueId: number): Promise<Execution> =>
    until(`the run of issue ${issueId} ends`, async () => {
      const run = await runOf(issueId)
      return run?.executionOutcome == null ? null : run
    })

  before(async () => {
    makeDatabase(file('shop'), 'autoincrement', ROWS)
    for (const name of [...NAMES.slice(1), 'kept']) copyFileSync(file('shop'), file(name))
    // Then a reader holds up a COMMIT.
    for (const name of ['left', 'done']) inside(name, 'PRAGMA journal_mode = DELETE')
    await begin(CONFIGURATION, ['ana', 'ben', 'cyd'])
  })
  after(end)

  /** What the first two tests are about. */
  let shop = { decisionId: 0, issueId: 0 }

  test('is shown with its whole plan, and is not changed without two approvals of others', async () => {
    shop = await asked('shop')
    const { decisionId, issueId } = shop
    const shown = did(await as('', 'show', String(issueId)))
    assert.match(shown, /sqlite\/change-column-type {2}HIGH risk/)
    assert.match(shown, /It would run, on this file only:/)
    for (const text of ['BEGIN IMMEDIATE', '.backup main', 'INSERT OR ABORT INTO', 'DROP TABLE', 'COMMIT'])
      assert.ok(shown.includes(text), text)
    const { binding } = (await story(issueId)).decisions[0] ?? assert.fail()
    assert.deepEqual([binding.target.engine, binding.target.epoch], ['sqlite', null])
    assert.equal((await as('', 'execute', String(decisionId))).code, 3)
    assert.match((await as('ana', 'approve', String(decisionId))).err, /proposer/)
    await approve(decisionId, 'ben')
    assert.equal((await as('', 'execute', String(decisionId))).code, 3, 'one person is not enough')
    assert.equal(definitions(file('shop')).type, 'TEXT')
    const store = new Database(cli.path('dbmedic.sqlite'))
    try {
      const queue = `INSERT INTO action_executions (approval_id, decision_id, action_id, purpose, plan_digest, executed_by)
        SELECT 1, decision_id, recommended_action_id, 'DO', plan_digest, 'x' FROM recovery_decisions`
      for (const sql of [queue, "UPDATE recovery_decisions SET decision_status = 'APPROVED'"])
        assert.throws(() => store.prepare(sql).run(), /GOV-|constraint|no such function/)
      assert.equal(store.prepare('SELECT count(*) FROM action_executions').pluck().get(), 0)
    } finally {
      store.close()
    }
  })

  test('has the new type after the run, keeps everything else, and is taken back by a decision of its own', async () => {
    const [rows, { others }] = [rowsDigest(file('shop')), definitions(file('shop'))]
    await approve(shop.decisionId, 'cyd')
    did(await as('', 'execute', String(shop.decisionId)))
    const run = await ended(shop.issueId)
    assert.equal(run.executionOutcome, 'SUCCESS', run.executionErrors ?? '')
    assert.deepEqual(definitions(file('shop')), { type: 'INTEGER', others })
    assert.equal(rowsDigest(file('shop')), rows)
    const [backup = ''] = readdirSync(cli.path('.')).filter((name) =>
      /^shop\.db\.dbmedic-.*\.backup$/.test(name),
    )
    assert.equal(definitions(cli.path(backup)).type, 'TEXT')
    const undo = did(await as('ana', 'undo', String(shop.decisionId), '--execute', '--wait', '120', '--json'))
    const back = JSON.parse(undo) as { decisionId: number; issueId: number }
    await approve(back.decisionId, 'ben')
    await approve(back.decisionId, 'cyd')
    did(await as('', 'execute', String(back.decisionId)))
    assert.equal((await ended(back.issueId)).executionOutcome, 'SUCCESS')
    assert.deepEqual([rowsDigest(file('shop')), definitions(file('shop'))], [rows, { type: 'TEXT', others }])
  })

  test('is refused where a value would not survive, and nothing says what the value is', async () => {
    inside('lossy', "UPDATE orders SET qty = '17 secret' WHERE id = 5")
    const ran = await request('lossy')
    assert.equal(ran.code, 3, ran.out)
    assert.match(ran.err.replace(/\s+/g, ' '), /1 of \d+ values would not survive: rowid 5: text of 9 bytes/)
    const store = new Database(cli.path('dbmedic.sqlite'), { readonly: true })
    try {
      for (const { name } of store
        .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .all()) {
        const rows = JSON.stringify(store.prepare(`SELECT * FROM "${name}"`).safeIntegers(false).all())
        assert.ok(!rows.includes('17 secret'), name)
      }
    } finally {
      store.close()
    }
  })

  test('is asked for where a scan finds that the code takes it for a number, and only then', async () => {
    for (const folder of ['code', 'code/src', 'code/migrations']) mkdirSync(cli.path(folder))
    cli.write('code/package.json', '{"dependencies":{"better-sqlite3":"*"}}')
    cli.write(
      'code/migrations/001.sql',
      'CREATE TABLE orders (id INTEGER PRIMARY KEY, code TEXT, qty TEXT);\nCREATE TABLE lines (id INTEGER PRIMARY KEY, order_id TEXT);\n',
    )
    const prepared = (where: string): string => `db.prepare('SELECT id FROM orders WHERE ${where} = ?')`
    cli.write(
      'code/src/find.js',
      [
        "import Database from 'better-sqlite3'",
        "const db = new Database('scanned.db')",
        `export const first = (req) => db.prepare('SELECT id FROM lines WHERE order_id = ?').get(parseInt(req.params.id, 10))`,
        `export const byQuantity = (req) => ${prepared('qty')}.all(parseInt(req.query.qty, 10))`,
        `export const again = (req) => ${prepared('qty')}.get(BigInt(req.query.qty))`,
        `export const byCode = (req) => ${prepared('code')}.all(Number(req.query.code))`,
        '',
      ].join('\n'),
    )
    const ran = await as('ana', 'scan', 'columns', 'code', '--target', 'scanned', '--wait', '120', '--json')
    const { columns } = JSON.parse(did(ran)) as {
      columns: { issueId: number; refused: string | null; findings: readonly string[] }[]
    }
    assert.deepEqual(
      columns.map(({ findings }) => findings),
      [['src/find.js:3'], ['src/find.js:4', 'src/find.js:5']],
    )
    // The migrations say TEXT, and the database has INTEGER already.
    assert.match(columns[0]?.refused ?? '', /the column has that type already/)
    assert.equal(columns[1]?.refused, null)
    const { binding } = (await story(columns[1]?.issueId ?? 0)).decisions[0] ?? assert.fail()
    assert.deepEqual(binding.parameters, JSON.parse(paramsOf('INTEGER')))
    assert.equal(definitions(file('scanned')).type, 'TEXT', 'nothing is changed')
    const again = await as('ana', 'scan', 'columns', 'code', '--target', 'scanned')
    assert.equal(again.code, 2)
    assert.match(again.err.replace(/\s+/g, ' '), /is about a column of scanned already/)
  })

  test('is not changed where nothing is to be written, and no other file in its place either', async () => {
    const kept = await approved('kept')
    const ran = await as('', 'execute', String(kept.decisionId))
    assert.notEqual(ran.code, 0, ran.out)
    assert.equal(definitions(file('kept')).type, 'TEXT')
    const moved = await approved('moved')
    // While the first is there, the other one surely has another number.
    copyFileSync(file('moved'), cli.path('other.db'))
    renameSync(file('moved'), cli.path('moved-away.db'))
    renameSync(cli.path('other.db'), file('moved'))
    await as('', 'execute', String(moved.decisionId))
    const run = await ended(moved.issueId)
    assert.equal(run.executionOutcome, 'REFUSED')
    assert.match(run.executionErrors ?? '', /another server answers/)
    for (const name of ['moved', 'moved-away']) assert.equal(definitions(file(name)).type, 'TEXT')
  })

  /** A run that waits at a step, in a process of its own; gives its execution. */
  const waitingAt = async (
    text: string,
    { decisionId, issueId }: { decisionId: number; issueId: number },
  ) => {
    const executor = startAs('execute', String(decisionId))
    const execution = await until(`it waits at ${text}`, async () => {
      const run = await runOf(issueId)
      return run?.steps.at(-1)?.statement === text ? run : null
    })
    return { executor, execution }
  }

  test('waits for who writes, whose rows it keeps', async () => {
    const decision = await approved('written')
    const writer = new Database(file('written'))
    writer.exec('BEGIN IMMEDIATE')
    const { execution } = await waitingAt('BEGIN IMMEDIATE', decision)
    assert.equal(execution.executionStatus, 'IN_PROGRESS')
    writer.exec("INSERT INTO orders (id, code, qty) VALUES (9999, 'late', '7'); COMMIT")
    writer.close()
    const run = await ended(decision.issueId)
    assert.equal(run.executionOutcome, 'SUCCESS', run.executionErrors ?? '')
    assert.deepEqual(inside('written', 'SELECT qty, typeof(qty) FROM orders WHERE id = 9999'), [
      [7, 'integer'],
    ])
  })

  /** Kills the executor at COMMIT, and what holds its connection with it; gives how the run ended and what is there. */
  const killedAtCommit = async (name: string, both: boolean) => {
    const rows = rowsDigest(file(name))
    const decision = await approved(name)
    const reader = new Database(file(name))
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM orders').get()
    const { executor, execution } = await waitingAt('COMMIT', decision)
    executor.kill('SIGKILL')
    const { session } = execution.preExecutionMetrics as { session: { connectionId: string } }
    if (both) process.kill(Number(session.connectionId), 'SIGKILL')
    reader.close()
    const run = await ended(decision.issueId)
    assert.equal(rowsDigest(file(name)), rows)
    return { run, type: definitions(file(name)).type }
  }

  test('is whole where the executor is killed at COMMIT, alone or with its connection, and the record says how', async () => {
    const [left, done] = await Promise.all([killedAtCommit('left', true), killedAtCommit('done', false)])
    assert.equal(left.type, 'TEXT')
    for (const { run, type } of [left, done])
      assert.equal(run.executionOutcome, type === 'INTEGER' ? 'SUCCESS' : 'FAILED', run.executionErrors ?? '')
  })
})
