/**
 * All hostile inputs at every place of every parameter of every action, on real servers whose general log tells what
 * arrived: only our reads. Each place is first shown to be one where the valid value would be let through.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ActSession } from '../../src/core/actuator.ts'
import type { Json } from '../../src/core/canonical.ts'
import { firstUnmet, propose } from '../../src/core/proposal.ts'
import { resolve } from '../../src/engines/mysql/catalog/resolve.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import { PERMISSIVE } from '../support/action-policy.ts'
import type { Standing } from '../support/action-scene.ts'
import { SCENES } from '../support/action-scenes.ts'
import { ACTIONS, ActionWorld, SCHEMA } from '../support/action-world.ts'
import { onEachServer } from '../support/each-server.ts'
import { HOSTILE_INPUTS, type HostileWorld } from '../support/hostile-inputs.ts'

/** A place inside given parameters, e.g. `columns`, `0`, `column`. */
type Place = readonly string[]

test('there are forty-seven hostile inputs, numbered', () => {
  assert.deepEqual(
    HOSTILE_INPUTS.map((item) => item.n),
    Array.from({ length: 47 }, (_, index) => index + 1),
  )
})

onEachServer(
  'hostile inputs',
  ({ server, flavour }) => {
    let world: ActionWorld
    let refusals = 0
    let places = 0
    before(async () => {
      world = await ActionWorld.on(server())
      await world.root.query(`CREATE TABLE ${SCHEMA}.\`n\u00e4me\` (id INT PRIMARY KEY)`)
      await world.root.query(`CREATE VIEW ${SCHEMA}.a_view AS SELECT 1 AS one`)
      await world.root.query("SET GLOBAL log_output='TABLE'")
    })
    after(() => world.closeAll())

    for (const scene of SCENES) {
      const action = ACTIONS.find((item) => item.id === scene.action)
      const skip = scene.not?.[flavour] ?? false
      test(`${scene.action} refuses each of them at each place, and nothing but reads arrives`, {
        skip,
      }, async () => {
        assert.ok(action)
        const standing = await scene.play(world)
        const table = (standing.given['table'] as { table: string } | undefined)?.table
        const session = await world.executor(action.privileges, table, standing.options)
        const attempt = (given: unknown) => refusedBecause({ world, action, session, standing }, given)
        try {
          assert.equal(await attempt(standing.given), null, 'the valid parameters would be let through')
          const start = await standing.state()
          await world.root.query('TRUNCATE mysql.general_log')
          await world.root.query('SET GLOBAL general_log=ON')
          const hostile = await ownWorld(world, session)
          for (const place of placesOf(standing.given)) {
            places += 1
            refusals += await attackPlace(standing.given, place, hostile, attempt)
          }
          for (const given of extraMembers(standing.given)) {
            refusals += 1
            assert.notEqual(await attempt(given), null, 'an unknown member was let through')
          }
          await world.root.query('SET GLOBAL general_log=OFF')
          assert.deepEqual(await arrivedBesidesReads(world), [])
          assert.deepEqual(await standing.state(), start)
        } finally {
          await world.root.query('SET GLOBAL general_log=OFF')
          await standing.tidy?.()
          await world.closeAll()
        }
      })
    }

    test('the count is printed', (t) => {
      t.diagnostic(
        `${HOSTILE_INPUTS.length} inputs x ${places} places of parameters: ${refusals} refusals on ${flavour}`,
      )
      assert.ok(refusals > 5_000)
    })
  },
  { settings: { log_bin: 'binlog', server_id: '7', open_files_limit: '20000' } },
)

interface Attempt {
  readonly world: ActionWorld
  readonly action: (typeof ACTIONS)[number]
  readonly session: ActSession<MysqlQuestions>
  readonly standing: Standing
}

/** As the executor does it, up to the point where it would send: why it does not, or null where it would. */
async function refusedBecause(
  { world, action, session, standing }: Attempt,
  given: unknown,
): Promise<string | null> {
  const proposal = await propose<MysqlQuestions>({
    action,
    given: given as { readonly [name: string]: Json },
    resolve: resolve as never,
    ask: standing.wrap === undefined ? session.ask : standing.wrap(session.ask),
    policy: { ...PERMISSIVE, ...standing.policy },
    server: { flavour: world.flavour, version: world.server.version, weakIdentity: false },
    affectedSeries: [],
  })
  return 'refused' in proposal ? proposal.because : (firstUnmet(proposal)?.because ?? null)
}

/** Every place of the parameters: each whole value, and each member of it, to the bottom. */
function placesOf(given: unknown, path: Place = []): readonly Place[] {
  const own = path.length === 0 ? [] : [path]
  if (typeof given !== 'object' || given === null) return own
  return [...own, ...Object.entries(given).flatMap(([key, value]) => placesOf(value, [...path, key]))]
}

async function ownWorld(
  world: ActionWorld,
  session: ActSession<MysqlQuestions>,
): Promise<Omit<HostileWorld, 'valid'>> {
  const identity = await session.identity()
  const [own] = await world.rows(
    "SELECT ID AS id, USER AS u, HOST AS h FROM information_schema.PROCESSLIST WHERE USER LIKE 'act\\_%' ORDER BY ID LIMIT 1",
  )
  assert.ok(identity.known && own !== undefined)
  const ownConnection = {
    instanceUid: identity.value.instanceUid,
    epoch: identity.value.epoch,
    connectionId: String(own['id']),
    user: own['u'],
    host: own['h'],
    database: null,
    transactionId: null,
    transactionStartedAt: null,
    queryId: null,
    statementFingerprintId: null,
  }
  return { ownConnectionId: String(own['id']), ownConnection, notTables: ['a_view'] }
}

async function attackPlace(
  given: Standing['given'],
  place: Place,
  hostile: Omit<HostileWorld, 'valid'>,
  attempt: (given: unknown) => Promise<string | null>,
): Promise<number> {
  const valid = place.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], given)
  let count = 0
  for (const input of HOSTILE_INPUTS) {
    for (const value of input.values({ ...hostile, valid })) {
      if (isLegitimate(place, value, valid) || isAtHome(input.n, place)) continue
      const because = await attempt(replaced(given, place, value))
      assert.notEqual(
        because,
        null,
        `input ${input.n} (${input.tries}) at ${place.join('.')} was let through`,
      )
      count += 1
    }
  }
  return count
}

/** Members whose type has null as a value of its own: "no prefix", "not about a transaction". */
const NULLABLE = [
  'prefix',
  'transactionId',
  'transactionStartedAt',
  'queryId',
  'statementFingerprintId',
  'database',
]

function isLegitimate(place: Place, value: unknown, valid: unknown): boolean {
  const last = place.at(-1) ?? ''
  if (value === null && NULLABLE.includes(last))
    return valid === null || last === 'prefix' || last.endsWith('Id') || last.endsWith('At')
  return Object.is(value, valid)
}

/** An old instant is no attack where an old instant is asked for; nor is a small number where a number is. */
function isAtHome(input: number, place: Place): boolean {
  const last = place.at(-1)
  return (input === 45 && last === 'before') || (input === 44 && last === 'threshold')
}

function replaced(given: unknown, [key = '', ...rest]: Place, value: unknown): unknown {
  const copy: unknown = Array.isArray(given) ? [...given] : { ...(given as object) }
  const at = copy as Record<string, unknown>
  at[key] = rest.length === 0 ? value : replaced(at[key], rest, value)
  return copy
}

/** The whole with members nobody asked for. */
function extraMembers(given: Standing['given']): readonly unknown[] {
  return [
    { ...given, comment: 'DROP TABLE x' },
    { ...given, constructor: {} },
    JSON.parse(
      `${JSON.stringify(given).slice(0, -1)}${Object.keys(given).length > 0 ? ',' : ''}"__proto__":{}}`,
    ),
    Object.assign(Object.create({ polluted: true }), given),
    [given],
    null,
    'given',
  ]
}

/** What the executors' accounts sent that is not a read of ours. */
async function arrivedBesidesReads(world: ActionWorld): Promise<readonly string[]> {
  const rows = await world.rows(
    "SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log WHERE user_host LIKE '%act\\_%' AND command_type IN ('Query', 'Execute')",
  )
  assert.ok(rows.length > 0, 'the log saw our reads')
  return rows
    .map((row) => String(row['text']))
    .filter((text) => !/^\/\* dbmedic \*\/ (?:SELECT|SHOW)\b/.test(text))
}
