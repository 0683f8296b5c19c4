/** Two connections at once: whatever the order, one use, one run, one vote. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refusalOf } from './attacks/attack.ts'
import { Scene } from './support/scene.ts'
import { availableStores, type OpenSession, type StoreName, startStore } from './support/stores.ts'

const RACERS = 8

for (const { name, missing } of await availableStores()) {
  describe(`races on ${name}`, { skip: missing === null ? false : `no ${name} here: ${missing}` }, () => {
    test('a grant of three uses raced by eight connections carries three votes', () =>
      withScene(name, async (scene) => {
        const grant = await scene.grant({ grant: { maximumUses: 3 }, row: { maximum_uses: 3 } })
        const waiting = []
        for (let n = 0; n < RACERS; n += 1) waiting.push(await scene.proposed())
        const results = await race(
          scene,
          waiting.map((of) => scene.sql('admin_approvals', scene.underGrant(of, grant))),
        )
        assert.equal(results.filter((result) => result === 'done').length, 3)
        assert.equal(
          await scene.value(
            `SELECT uses_taken FROM standing_approvals WHERE standing_approval_id = ${grant}`,
          ),
          '3',
        )
      }))

    test('one approval raced by eight executors runs once', () =>
      withScene(name, async (scene) => {
        const of = await scene.approved()
        const results = await race(
          scene,
          Array.from({ length: RACERS }, (_, n) =>
            scene.sql('action_executions', scene.runRow(of, { executed_by: `act-${n}` })),
          ),
        )
        assert.equal(results.filter((result) => result === 'done').length, 1)
        assert.equal(
          await scene.value(`SELECT COUNT(*) FROM action_executions WHERE approval_id = ${of.approvalId}`),
          '1',
        )
      }))

    test('one queued run raced by eight executors is started by one, who holds the lease', () =>
      withScene(name, async (scene) => {
        const { executionId } = await scene.queued()
        await race(
          scene,
          Array.from({ length: RACERS }, (_, n) => scene.start(executionId, `act-${n}`)),
        )
        const links = await scene.value(
          `SELECT COUNT(*) FROM audit_log WHERE canonical LIKE '%action_executions%' AND canonical LIKE '%IN_PROGRESS%'`,
        )
        assert.equal(links, '1')
      }))

    test('approve and decline raced on one decision: one of them counts', () =>
      withScene(name, async (scene) => {
        for (let round = 0; round < 5; round += 1) {
          const of = await scene.proposed()
          const results = await race(scene, [
            scene.sql('admin_approvals', scene.voteRow(of)),
            scene.sql(
              'admin_approvals',
              scene.voteRow(of, {
                admin_user_id: 'alice',
                approval_status: 'DECLINED',
                approval_reason: 'BAD_TIMING',
              }),
            ),
          ])
          assert.equal(results.filter((result) => result === 'done').length, 1)
        }
      }))

    test('revoke and run raced: a revoked decision has no run, a running one is not revoked', () =>
      withScene(name, async (scene) => {
        for (let round = 0; round < 5; round += 1) {
          const of = await scene.approved()
          const results = await race(scene, [
            scene.sql('decision_endings', {
              decision_id: of.decisionId,
              ending: 'REVOKED',
              reason: 'x',
              ended_by: 'bob',
            }),
            scene.sql('action_executions', scene.runRow(of)),
          ])
          assert.equal(results.filter((result) => result === 'done').length, 1, results.join())
        }
      }))

    test('eight writers at once leave one unbroken audit chain', () =>
      withScene(name, async (scene) => {
        await race(
          scene,
          Array.from({ length: RACERS }, (_, n) => scene.sql('persons', { display_name: `racer ${n}` })),
        )
        const [row] = await scene.owner.rows(
          'SELECT COUNT(*) AS n, MAX(seq) AS top, COUNT(DISTINCT prev_hash) AS links FROM audit_log',
        )
        assert.equal(Number(row?.['n']), Number(row?.['top']))
        assert.equal(Number(row?.['n']), Number(row?.['links']))
      }))
  })
}

async function withScene(name: StoreName, body: (scene: Scene) => Promise<void>): Promise<void> {
  const store = await startStore(name)
  const owner = await store.connect('owner')
  try {
    await body(await new Scene(store, owner).prepare())
  } finally {
    await owner.close()
    await store.stop()
  }
}

/** Runs each statement on a connection of its own at the same moment; a deadlock is tried again, as a repository does. */
async function race(scene: Scene, statements: readonly string[]): Promise<readonly string[]> {
  const sessions: OpenSession[] = []
  for (const _ of statements) sessions.push(await scene.store.connect('owner'))
  try {
    return await Promise.all(statements.map((sql, at) => attempt(sessions[at], sql)))
  } finally {
    for (const session of sessions) await session.close()
  }
}

async function attempt(session: OpenSession | undefined, sql: string): Promise<string> {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await session?.run(sql)
      return 'done'
    } catch (error) {
      if ((error as { errno?: number }).errno === 1213) continue
      return refusalOf(error)
    }
  }
  return 'deadlocked 20 times'
}
