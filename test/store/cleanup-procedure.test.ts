/** `cleanup_old_recovery_data` on the MySQL family: what goes, what stays, and who may call it, in plain SQL. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { account } from '../../src/store/accounts/grants.ts'
import { ACCOUNT_ROLES } from '../../src/store/schema/access.ts'
import type { Session } from '../../src/store/session.ts'
import { aged, explained, type Recorded, recorded, tried } from './support/recovery-records.ts'
import { Scene } from './support/scene.ts'
import { availableStores, startStore, type TestStore } from './support/stores.ts'

const NAME = 'cleanup_old_recovery_data'

for (const { name, missing } of (await availableStores()).filter((each) => each.name !== 'sqlite')) {
  const skip = missing === null ? false : `no ${name} here: ${missing}`
  describe(`${NAME} on ${name}`, { skip }, () => {
    test('takes what is old enough and has been replaced, and nothing else', () =>
      withScene(name, async (scene, server) => {
        const of = await recorded(scene)
        for (const number of [2, 3, 4]) await explained(scene, of, number)
        const attempts = [1, 0, 0, 1, 0, 1, null] as const
        for (const [at, success] of attempts.entries()) await tried(scene, of, { number: at + 1, success })
        // Explanations 1 and 2 are old; of the attempts a success and a failure of 100 days, and a failure of 400.
        await old(scene, of, 'explanation', [1, 2], 100)
        await old(scene, of, 'attempt', [1, 2], 100)
        await old(scene, of, 'attempt', [3], 400)
        await old(scene, of, 'attempt', [4], 89)
        const only = await recorded(scene)
        await old(scene, only, 'explanation', [1], 400)

        const session = await server.connect('retention')
        assert.deepEqual(await called(session, 120), { explanations: 0, attempts: 1, more: 0 })
        assert.deepEqual(await called(session, 90), { explanations: 2, attempts: 1, more: 0 })
        assert.deepEqual(await called(session, 90), { explanations: 0, attempts: 0, more: 0 })
        await session.close()
        const numbers = (what: string) =>
          scene.value(
            `SELECT GROUP_CONCAT(${what}_number ORDER BY ${what}_number) FROM recovery_${what}s WHERE task_id = ${of.taskId}`,
          )
        assert.equal(await numbers('explanation'), '3,4')
        assert.equal(await numbers('attempt'), '2,4,5,6,7', 'a failure stays a year, the newest for good')
        assert.equal(
          await scene.value(`SELECT COUNT(*) FROM recovery_explanations WHERE task_id = ${only.taskId}`),
          '1',
          'the only words on a failure stay, however old',
        )
      }))

    test('takes no days that the schema would not: no call with fewer than 90 removes anything', () =>
      withScene(name, async (scene, server) => {
        const of = await recorded(scene)
        await explained(scene, of, 2)
        await old(scene, of, 'explanation', [1], 80)
        for (const role of ['retention', 'owner'] as const) {
          const session = await server.connect(role)
          for (const days of ['0', '-1', '89', 'NULL', '36501', '2147483647'])
            await assert.rejects(session.run(`CALL ${NAME}(${days})`), /GOV-127/, `${role} ${days}`)
          await session.close()
        }
        assert.equal(await scene.value('SELECT COUNT(*) FROM recovery_explanations'), '2')
      }))

    test('is for the account of retention; an account given it by mistake can still delete nothing', () =>
      withScene(name, async (scene, server) => {
        const of = await recorded(scene)
        await explained(scene, of, 2)
        await old(scene, of, 'explanation', [1], 100)
        for (const role of ACCOUNT_ROLES.filter((each) => each !== 'retention')) {
          const session = await server.connect(role)
          await assert.rejects(session.run(`CALL ${NAME}(90)`), /execute command denied/i, role)
          await session.close()
        }
        const accounts = server.accounts ?? assert.fail('there are accounts')
        const to = account(accounts, 'reason')
        await scene.owner.run(`GRANT EXECUTE ON PROCEDURE ${accounts.database}.${NAME} TO ${to}`)
        const reason = await server.connect('reason')
        await assert.rejects(reason.run(`CALL ${NAME}(90)`), /DELETE command denied/i)
        await reason.close()
        assert.equal(await scene.value('SELECT COUNT(*) FROM recovery_explanations'), '2')
      }))

    test('takes part in the caller’s transaction: where it is rolled back nothing went', () =>
      withScene(name, async (scene, server) => {
        const of = await recorded(scene)
        for (let number = 2; number <= 40; number += 1) await explained(scene, of, number)
        await old(
          scene,
          of,
          'explanation',
          Array.from({ length: 39 }, (_, at) => at + 1),
          100,
        )
        const session = await server.connect('retention')
        await session.run('START TRANSACTION')
        assert.deepEqual(await called(session, 90), { explanations: 39, attempts: 0, more: 0 })
        await session.run('ROLLBACK')
        assert.equal(await scene.value('SELECT COUNT(*) FROM recovery_explanations'), '40')
        assert.deepEqual(await called(session, 90), { explanations: 39, attempts: 0, more: 0 })
        await session.close()
        assert.equal(await scene.value('SELECT COUNT(*) FROM recovery_explanations'), '1')
      }))
  })
}

async function withScene(
  name: TestStore['name'],
  body: (scene: Scene, server: TestStore) => Promise<void>,
): Promise<void> {
  const server = await startStore(name)
  const owner = await server.connect('owner')
  try {
    await body(await new Scene(server, owner).prepare(), server)
  } finally {
    await owner.close()
    await server.stop()
  }
}

/** Calls it and gives what it says. */
async function called(session: Session, days: number): Promise<object> {
  const rows: unknown = await session.rows(`CALL ${NAME}(${days})`)
  // The driver gives the rows of each result, then the header of the call.
  const [row] = (rows as readonly (readonly Record<string, unknown>[])[])[0] ?? []
  return {
    explanations: Number(row?.['explanations_removed']),
    attempts: Number(row?.['attempts_removed']),
    more: Number(row?.['more_left']),
  }
}

/** Makes records of these numbers so many days old. */
async function old(
  scene: Scene,
  { taskId }: Recorded,
  what: 'explanation' | 'attempt',
  numbers: readonly number[],
  days: number,
): Promise<void> {
  const where = `task_id = ${taskId} AND ${what}_number IN (${numbers.join(', ')})`
  const column = what === 'explanation' ? 'created_at' : 'ended_at'
  await aged(scene, { table: `recovery_${what}s`, column, where }, days)
}
