/**
 * An undo takes back what the run left, and nothing else: once somebody has replaced, altered or set it since, none of
 * its statements is sent, and what is there stays. On real servers, one case for each family of actions with an undo.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { propose } from '../../src/core/proposal.ts'
import { resolve } from '../../src/engines/mysql/catalog/resolve.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import { PERMISSIVE } from '../support/action-policy.ts'
import type { Standing } from '../support/action-scene.ts'
import { SCENES } from '../support/action-scenes.ts'
import { ACTIONS, ActionWorld, SCHEMA } from '../support/action-world.ts'
import { onEachServer } from '../support/each-server.ts'
import { APP } from '../support/mysql-target.ts'

/** What somebody does after the run. `table` and `index` are quoted; both are empty where the action has none. */
type Since = (names: {
  readonly table: string
  readonly index: string
  readonly hidden: string
}) => readonly string[]

const CASES: readonly (readonly [action: string, what: string, since: Since])[] = [
  [
    'mysql/create-index',
    'the index is a unique one of the same name over the same columns',
    ({ table, index }) => [
      `DELETE FROM ${table}`,
      `ALTER TABLE ${table} DROP INDEX ${index}, ADD UNIQUE INDEX ${index} (placed, note(10) DESC)`,
    ],
  ],
  [
    'mysql/create-index',
    'the index is one of the same name over other columns',
    ({ table, index }) => [`ALTER TABLE ${table} DROP INDEX ${index}, ADD INDEX ${index} (placed, customer)`],
  ],
  [
    'mysql/create-index',
    'the index was hidden',
    ({ table, index, hidden }) => [`ALTER TABLE ${table} ALTER INDEX ${index} ${hidden}`],
  ],
  [
    'mysql/create-hidden-index',
    'a foreign key leans on the index',
    ({ table }) => [
      `CREATE TABLE ${SCHEMA}.days (day DATE PRIMARY KEY) ENGINE=InnoDB`,
      `DELETE FROM ${table}`,
      `ALTER TABLE ${table} ADD FOREIGN KEY (placed) REFERENCES ${SCHEMA}.days (day)`,
    ],
  ],
  [
    'mysql/hide-index',
    'the hidden index is another of the same name',
    ({ table, hidden }) => [
      `ALTER TABLE ${table} DROP INDEX by_customer, ADD INDEX by_customer (placed) ${hidden}`,
    ],
  ],
  [
    'mysql/show-index',
    'the shown index is a unique one of the same name',
    ({ table }) => [
      `DELETE FROM ${table}`,
      `ALTER TABLE ${table} DROP INDEX by_customer, ADD UNIQUE INDEX by_customer (customer)`,
    ],
  ],
  ['mysql/set-long-query-time', 'the setting has another value', () => ['SET GLOBAL long_query_time=0.7']],
  ['mysql/turn-slow-log-on', 'the switch is off again', () => ['SET GLOBAL slow_query_log=OFF']],
  [
    'mysql/set-user-connection-limit',
    'the account has another limit',
    () => [`ALTER USER '${APP}'@'%' WITH MAX_USER_CONNECTIONS 41`],
  ],
  [
    'mysql/set-statistics-options',
    'the table has another number of pages',
    ({ table }) => [`ALTER TABLE ${table} STATS_SAMPLE_PAGES=101`],
  ],
  [
    'mysql/enable-metadata-lock-instrument',
    'the instrument is not timed any more',
    () => [
      "UPDATE performance_schema.setup_instruments SET TIMED='NO' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
  ],
]

onEachServer('an undo', ({ server }) => {
  let world: ActionWorld
  before(async () => {
    world = await ActionWorld.on(server())
  })
  after(() => world.closeAll())

  for (const [id, what, since] of CASES) {
    test(`of ${id} is not sent where ${what}`, async () => {
      const scene = SCENES.find((each) => each.action === id)
      assert.ok(scene)
      const standing = await scene.play(world)
      try {
        await stays(world, { id, since, standing })
      } finally {
        await standing.tidy?.()
        await world.closeAll()
      }
    })
  }
})

async function stays(
  world: ActionWorld,
  given: { readonly id: string; readonly since: Since; readonly standing: Standing },
): Promise<void> {
  const { id, since, standing } = given
  const action = ACTIONS.find((each) => each.id === id)
  assert.ok(action)
  const name = (standing.given['table'] as { table: string } | undefined)?.table
  const session = await world.executor(action.privileges, name)
  const proposal = await propose<MysqlQuestions>({
    action,
    given: standing.given,
    resolve: resolve as never,
    ask: session.ask,
    policy: { ...PERMISSIVE, ...standing.policy },
    server: { flavour: world.flavour, version: world.server.version, weakIdentity: false },
    affectedSeries: [],
  })
  assert.ok(!('refused' in proposal) && 'plan' in proposal.undo)
  for (const step of [...proposal.plan.guards, ...proposal.plan.steps])
    assert.deepEqual(await session.send(step).then(({ ok, skipped }) => [ok, skipped]), [true, false])

  const index = /^CREATE INDEX (`[^`]+`)/.exec(proposal.plan.steps[0]?.text ?? '')?.[1] ?? ''
  const table = name === undefined ? '' : `${SCHEMA}.${name}`
  const hidden = world.isMariadb ? 'IGNORED' : 'INVISIBLE'
  for (const sql of since({ table, index, hidden })) await world.root.query(sql)

  const theirs = await standing.state()
  for (const guard of proposal.undo.plan.guards) assert.equal((await session.send(guard)).ok, true)
  for (const step of proposal.undo.plan.steps) {
    const { skipped, messages } = await session.send(step)
    assert.deepEqual([skipped, messages[0]?.code], [true, 'SKIPPED'], step.text)
  }
  assert.deepEqual(await standing.state(), theirs, 'what somebody else made stays')
}
