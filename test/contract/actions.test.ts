/**
 * Every action on real servers, each under an account that has exactly the privileges it asks for: its conditions
 * hold, its plan is the same twice, each statement is one statement of the expected kind on the expected objects,
 * it runs, its postcondition holds, and its undo brings the state back.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ActionContext } from '../../src/core/action.ts'
import type { ActSession } from '../../src/core/actuator.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import type { ParameterSchema } from '../../src/core/parameters.ts'
import type { Plan } from '../../src/core/plan.ts'
import { type Proposal, propose } from '../../src/core/proposal.ts'
import { resolve } from '../../src/engines/mysql/catalog/resolve.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import { PERMISSIVE } from '../support/action-policy.ts'
import type { Scene, Standing } from '../support/action-scene.ts'
import { SCENES } from '../support/action-scenes.ts'
import { ACTIONS, ActionWorld } from '../support/action-world.ts'
import { onEachServer } from '../support/each-server.ts'
import { readOneStatement } from '../support/one-statement.ts'

const SETTINGS = { log_bin: 'binlog', server_id: '7', open_files_limit: '20000' }

test('there is a scene for every action', () => {
  assert.deepEqual(SCENES.map((scene) => scene.action).sort(), ACTIONS.map((action) => action.id).sort())
})

onEachServer(
  'every action of the catalogue',
  ({ server, flavour }) => {
    let world: ActionWorld
    before(async () => {
      world = await ActionWorld.on(server())
    })
    after(() => world.closeAll())

    for (const scene of SCENES) {
      const skip = scene.not?.[flavour] ?? false
      test(`${scene.action} runs, holds and is undone under exactly its privileges`, { skip }, async () => {
        const standing = await scene.play(world)
        try {
          await playScene(world, scene, standing)
        } finally {
          await standing.tidy?.()
          await world.closeAll()
        }
      })
    }
  },
  { settings: SETTINGS },
)

async function playScene(world: ActionWorld, scene: Scene, standing: Standing): Promise<void> {
  const action = ACTIONS.find((item) => item.id === scene.action)
  assert.ok(action)
  const table = (standing.given['table'] as { table: string } | undefined)?.table
  const session = await world.executor(action.privileges, table, standing.options)
  const start = await standing.state()
  const proposal = await proposeTwice(world, action, session, standing)
  for (const condition of proposal.preconditions)
    assert.equal(condition.met, true, `${condition.id}: ${condition.found}`)
  checkStatements(world, scene, standing, proposal)
  // Times of statistics and of rebuilds have whole seconds: what was set up must be older than the run.
  if (/analyze-table|rebuild/.test(scene.action)) await new Promise((wait) => setTimeout(wait, 2_100))
  const context = await contextAfter(world, session, standing)
  const earlier = await action.postcondition(context as never)
  assert.notEqual(earlier.holds, true, `it holds before the run: ${earlier.found}`)

  await sendAll(session, proposal.plan)
  const done = await action.postcondition(context as never)
  assert.equal(done.holds, true, done.found)

  if (!('plan' in proposal.undo)) return
  assert.notDeepEqual(await standing.state(), start, 'the run changed what the scene looks at')
  if (scene.action === 'mysql/set-buffer-pool-size') await resized(world)
  await sendAll(session, proposal.undo.plan)
  assert.deepEqual(await settledState(standing, start), start)
  const undone = await action.postcondition(context as never)
  assert.equal(undone.holds, false, undone.found)
  await skipsAll(session, proposal.undo.plan)
}

async function proposeTwice(
  world: ActionWorld,
  action: (typeof ACTIONS)[number],
  session: ActSession<MysqlQuestions>,
  standing: Standing,
): Promise<Proposal> {
  const once = () =>
    propose<MysqlQuestions>({
      action,
      given: standing.given,
      resolve: resolve as never,
      ask: standing.wrap === undefined ? session.ask : standing.wrap(session.ask),
      policy: { ...PERMISSIVE, ...standing.policy },
      server: { flavour: world.flavour, version: world.server.version, weakIdentity: false },
      affectedSeries: [],
    })
  const [first, second] = [await once(), await once()]
  assert.ok(!('refused' in first), 'refused' in first ? first.because : '')
  assert.ok(!('refused' in second))
  const bytes = (item: Proposal): string =>
    canonicalJson([item.plan, item.undo, item.objects, item.parameters] as unknown as Json)
  assert.equal(bytes(first), bytes(second), 'the same state gives the same bytes')
  checkForecast(first)
  return first
}

function checkForecast({ forecast, verification }: Proposal): void {
  for (const [name, value] of Object.entries(forecast)) {
    if (typeof value === 'string') continue
    assert.ok(value.low <= value.expected && value.expected <= value.high, `${name} is no interval`)
  }
  assert.ok(forecast.basis.length > 10 && forecast.lockClass.length > 3)
  assert.equal(verification.minimumGainPercent, 20)
  assert.equal(verification.minimumCalls, PERMISSIVE.minimumCalls)
}

/** MySQL ignores a new buffer pool size while it is still working on the last one; nobody undoes that soon. */
async function resized(world: ActionWorld): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const rows = await world.rows("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_resize_status_code'")
    if (rows.length === 0 || String(Object.values(rows[0] ?? {})[1]) === '0') return
    await sleep(100)
  }
}

/** The state, given up to half a minute to come back to `start`: MySQL resizes its buffer pool in the background. */
async function settledState(standing: Standing, start: unknown): Promise<unknown> {
  let state = await standing.state()
  for (let tries = 0; tries < 300 && !isDeepStrictEqual(state, start); tries += 1) {
    await sleep(100)
    state = await standing.state()
  }
  return state
}

function checkStatements(world: ActionWorld, scene: Scene, standing: Standing, proposal: Proposal): void {
  for (const step of proposal.plan.guards)
    assert.match(
      readOneStatement(step.text, world.flavour).words.join(' '),
      /^(?:SET SESSION\b|USE\b)/,
      'a guard only sets the session up',
    )
  for (const step of proposal.plan.steps) {
    const read = readOneStatement(step.text, world.flavour)
    const begins = scene.words.split('|')
    assert.ok(
      begins.some((words) => read.words.join(' ').startsWith(words)),
      `${step.text} begins with ${scene.words}`,
    )
    const columns = (standing.given['columns'] ?? []) as { column: string }[]
    const known = [...standing.names, ...columns.map((item) => item.column), String(standing.given['index'])]
    const strangers = read.names.filter((name) => !known.includes(name) && !/^dbm_[a-z0-9_]+$/.test(name))
    assert.deepEqual(strangers, [], step.text)
  }
}

/** As the executor asks afterwards: parameters as they were given, and when the run began. */
async function contextAfter(
  world: ActionWorld,
  session: ActSession<MysqlQuestions>,
  standing: Standing,
): Promise<ActionContext<ParameterSchema, MysqlQuestions>> {
  const clock = await session.ask('topology', {})
  assert.ok(clock.known)
  return {
    params: standing.given as never,
    ask: session.ask,
    policy: { ...PERMISSIVE, ...standing.policy },
    server: { flavour: world.flavour, version: world.server.version },
    affectedSeries: [],
    startedAt: clock.at,
  }
}

/** There is nothing of the run left to take back, so no statement that asks for it is sent again. */
async function skipsAll(session: ActSession<MysqlQuestions>, plan: Plan): Promise<void> {
  for (const step of plan.steps) {
    if (step.onlyIf !== null) assert.equal((await session.send(step)).skipped, true, step.text)
  }
}

async function sendAll(session: ActSession<MysqlQuestions>, plan: Plan): Promise<void> {
  for (const step of [...plan.guards, ...plan.steps]) {
    const result = await session.send(step)
    const said = result.messages.map((item) => `${item.level} ${item.code} ${item.text}`).join('; ')
    assert.equal(result.ok, true, `${step.text}: ${said}`)
    assert.equal(result.skipped, false, `${step.text}: ${said}`)
  }
}
