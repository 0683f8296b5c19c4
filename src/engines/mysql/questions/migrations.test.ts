import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { onEachServer } from '../../../../test/support/each-server.ts'
import { connectAs, contextOf, prepareTarget, sessionOf } from '../../../../test/support/mysql-target.ts'
import type { TargetSession } from '../connect.ts'
import type { Migrations } from '../shapes.ts'
import { createAsk } from './ask.ts'

const FIRST = 'CREATE TABLE a (id INT PRIMARY KEY)'
const PENDING = { '0002-b.sql': 'CREATE TABLE b (id INT PRIMARY KEY)', '0003-drops.sql': 'DROP TABLE a' }

/** Definitions of a record, and why it would not take a row; null: it would. */
const RECORDS: readonly (readonly [definition: string, problem: RegExp | null])[] = [
  ['name VARCHAR(200) PRIMARY KEY, checksum CHAR(64) NOT NULL', null],
  [
    'id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(200) NOT NULL, checksum VARCHAR(64) NOT NULL, at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, note TEXT, kind INT NOT NULL DEFAULT 0, twice INT AS (kind * 2) VIRTUAL',
    null,
  ],
  ['name VARCHAR(200) PRIMARY KEY, checksum CHAR(64), batch INT NOT NULL', /column batch needs a value/],
  ['name VARCHAR(12) PRIMARY KEY, checksum CHAR(64)', /column name holds 12 characters, and 14 are needed/],
  ['name VARCHAR(200) PRIMARY KEY, checksum VARCHAR(64), `by` VARCHAR(9) NOT NULL', /column by needs/],
]

onEachServer('migrations of an application', ({ server }) => {
  let monitor: TargetSession
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dbmedic-migrations-'))
    for (const [name, text] of Object.entries({ '0001-a.sql': FIRST, ...PENDING }))
      writeFileSync(join(folder, name), text)
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(FIRST)
    monitor = sessionOf(server(), 'monitor')
  })
  after(async () => {
    await monitor.close()
    rmSync(folder, { recursive: true })
  })

  async function readBeside(table: string): Promise<Migrations> {
    const migrations = { folder, schema: 'shop', table }
    const reading = await createAsk(contextOf({ monitor }, { migrations }))('migrations', {})
    if (!reading.known) assert.fail(`${reading.because} (${reading.toProceed})`)
    return reading.value ?? assert.fail('no folder')
  }

  for (const [at, [definition, problem]] of RECORDS.entries())
    test(`the record of ${definition} ${problem === null ? 'takes' : 'does not take'} a name and a checksum`, async () => {
      const table = `record_${at}`
      const checksum = createHash('sha256').update(FIRST).digest('hex')
      await using root = await connectAs(server(), undefined, 'shop')
      // What is asked for is so: the server itself takes the row, or refuses it.
      await root.query(`CREATE TABLE ${table} (${definition})`)
      await root.query(`GRANT SELECT ON shop.${table} TO 'dbm_mon'@'%'`)
      const insert = (name: string) =>
        root.query(`INSERT INTO ${table} (name, checksum) VALUES ('${name}', '${checksum}')`)
      if (problem === null) await insert('0001-a.sql')
      else {
        await root.query("SET SESSION sql_mode = 'STRICT_ALL_TABLES'")
        await assert.rejects(insert('0003-drops.sql'))
      }
      const found = await readBeside(table)
      assert.equal(found.recordProblem === null, problem === null, String(found.recordProblem))
      assert.match(found.recordProblem ?? '', problem ?? /^$/)
      assert.equal(found.recorded, problem === null ? 1 : 0)
    })

  test('a file that is not taken shows no statements, and the one before it does', async () => {
    const { pending, recorded } = await readBeside('record_0')
    assert.equal(recorded, 1)
    assert.deepEqual(
      pending.map(({ name, statements, problem }) => [name, statements, problem === null]),
      [
        ['0002-b.sql', [PENDING['0002-b.sql']], true],
        ['0003-drops.sql', [], false],
      ],
    )
  })
})
