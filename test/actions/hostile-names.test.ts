/**
 * Objects that really have hostile names: created on real servers, then analysed, indexed, hidden, shown and undone.
 * What the lexer reads back from each statement are exactly those names.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { ActSession } from '../../src/core/actuator.ts'
import type { Json } from '../../src/core/canonical.ts'
import type { Plan } from '../../src/core/plan.ts'
import { firstUnmet, propose } from '../../src/core/proposal.ts'
import { resolve } from '../../src/engines/mysql/catalog/resolve.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import { identifierProblem } from '../../src/sql/identifiers.ts'
import { PERMISSIVE } from '../support/action-policy.ts'
import { ACTIONS, ActionWorld, SCHEMA } from '../support/action-world.ts'
import { onEachServer } from '../support/each-server.ts'
import { readOneStatement } from '../support/one-statement.ts'

const NAMES = [
  'a``b',
  '`',
  '``',
  'select',
  'na\u00efve \u8868',
  'dots...',
  'x'.repeat(64),
  '\u8868'.repeat(45),
  "it's",
  'say "x"',
  'a;DROP TABLE b',
  'a-- b',
  '/*!50000 x*/',
  '#tmp',
  'back\\slash',
  '100%',
  '@@version',
  '$where',
  ' leading',
  '12345',
  'a.b',
  '{table}',
  '?',
]

/** Names of the characters that quoting, comments and wildcards are made of. */
const anyName = fc
  .string({
    unit: fc.constantFrom(...'`\'"\\;-#/*!%_.,()[]{}@$?: aZ9', '\u00e9', '\u8868', '\ud55c', '\u00df'),
    minLength: 1,
    maxLength: 20,
  })
  .filter((name) => identifierProblem(name, 'mysql') === null)

/** Quoted here by hand, so that the code under test is not its own witness. */
const q = (name: string): string => `\`${name.split('`').join('``')}\``

onEachServer('objects with hostile names', ({ server, flavour }) => {
  let world: ActionWorld
  let session: ActSession<MysqlQuestions>
  before(async () => {
    world = await ActionWorld.on(server())
    session = await world.executor([`GRANT INDEX, ALTER, SELECT, INSERT ON ${SCHEMA}.* TO {executor}`])
  })
  after(() => world.closeAll())

  async function planOf(id: string, given: { readonly [name: string]: Json }) {
    const action = ACTIONS.find((item) => item.id === id)
    assert.ok(action)
    const proposal = await propose<MysqlQuestions>({
      action,
      given,
      resolve: resolve as never,
      ask: session.ask,
      policy: PERMISSIVE,
      server: { flavour, version: server().version, weakIdentity: false },
      affectedSeries: [],
    })
    assert.ok(!('refused' in proposal), 'refused' in proposal ? proposal.because : '')
    assert.equal(firstUnmet(proposal)?.because, undefined)
    assert.ok(action.postcondition !== undefined)
    return { action, proposal }
  }

  async function send(plan: Plan): Promise<void> {
    for (const step of [...plan.guards, ...plan.steps]) {
      const result = await session.send(step)
      assert.equal(result.ok, true, `${step.text}: ${result.messages.map((item) => item.text).join()}`)
    }
  }

  const ddl = async (table: string): Promise<string> =>
    String(Object.values((await world.rows(`SHOW CREATE TABLE ${SCHEMA}.${q(table)}`))[0] ?? {})[1])

  /** Runs one action there and back, and reads the names in each of its statements. */
  async function thereAndBack(
    id: string,
    given: { readonly [name: string]: Json },
    names: readonly string[],
  ) {
    const { action, proposal } = await planOf(id, given)
    for (const step of proposal.plan.steps) {
      const read = readOneStatement(step.text, flavour).names.filter((name) => !/^dbm_[a-z0-9_]+$/.test(name))
      assert.deepEqual([...new Set(read)].sort(), [...new Set(names)].sort(), step.text)
    }
    const table = (given['table'] as { table: string }).table
    const start = await ddl(table)
    await send(proposal.plan)
    const context = {
      params: given as never,
      ask: session.ask,
      policy: PERMISSIVE,
      server: { flavour, version: server().version },
      affectedSeries: [],
    }
    const done = await action.postcondition(context)
    assert.equal(done.holds, true, done.found)
    if (!('plan' in proposal.undo)) return
    await send(proposal.undo.plan)
    assert.equal(await ddl(table), start)
  }

  async function play(name: string, other: string): Promise<void> {
    const columns = name.toLowerCase() === other.toLowerCase() ? [name] : [name, other]
    const list = columns.map((item) => `${q(item)} INT`).join(', ')
    await world.root.query(`DROP TABLE IF EXISTS ${SCHEMA}.${q(name)}`)
    await world.root.query(
      `CREATE TABLE ${SCHEMA}.${q(name)} (dbm_pk INT PRIMARY KEY, dbm_x INT, ${list}, KEY ${q(other)} (dbm_x)) ENGINE=InnoDB`,
    )
    const table = { schema: SCHEMA, table: name }
    const keys = columns.map((column) => ({ column, prefix: null, direction: 'ASC' }))
    await thereAndBack('mysql/analyze-table', { table }, [SCHEMA, name])
    await thereAndBack('mysql/create-index', { table, columns: keys }, [SCHEMA, name, ...columns])
    await thereAndBack('mysql/create-hidden-index', { table, columns: keys }, [SCHEMA, name, ...columns])
    await thereAndBack('mysql/hide-index', { table, index: other }, [SCHEMA, name, other])
    await world.root.query(`DROP TABLE ${SCHEMA}.${q(name)}`)
  }

  for (const [at, name] of NAMES.entries()) {
    test(`a table, a column and an index named ${JSON.stringify(name.slice(0, 20))}`, async () => {
      await play(name, NAMES[(at + 1) % NAMES.length] ?? 'x')
    })
  }

  test('any names the servers take', async () => {
    await fc.assert(
      fc.asyncProperty(anyName, anyName, async (name, other) => play(name, other)),
      { numRuns: 15, endOnFailure: true },
    )
  })
})
