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

    test('eight approved runs on one target raced by eight executors: one is queued, seven are told to wait', () =>
      withScene(name, async (scene) => {
        for (let round = 0; round < 5; round += 1) {
          await scene.settle()
          const approved = []
          for (let n = 0; n < RACERS; n += 1) approved.push(await scene.approved())
          const results = await race(
            scene,
            approved.map((of) => scene.sql('action_executions', scene.runRow(of))),
            'act',
          )
          assert.deepEqual(results.toSorted(), [...Array(RACERS - 1).fill('GOV-071'), 'done'].toSorted())
          assert.equal(await scene.value(OPEN_RUNS), '1')
        }
      }))

    test('runs on two targets do not wait for each other to end', () =>
      withScene(name, async (scene) => {
        const approved = [await scene.approved({ target: 1 }), await scene.approved({ target: 2 })]
        const results = await race(
          scene,
          approved.map((of) => scene.sql('action_executions', scene.runRow(of))),
          'act',
        )
        assert.deepEqual(results, ['done', 'done'])
      }))

    test('a transaction that looked before the other queued is refused all the same', () =>
      withScene(name, (scene) => lookedBefore(scene)))

    test('the second of two open transactions waits for the first, and is refused when it commits', () =>
      withScene(name, (scene) => bothOpen(scene)))

    test('shut out and start raced: a shut-out voter’s run is not started, a started one had an active voter', () =>
      withScene(name, async (scene) => {
        for (let round = 0; round < 5; round += 1) {
          const voter = await scene.voter()
          const { executionId } = await scene.queued({}, voter)
          await race(scene, [await scene.shutOut(voter.admin_user_id), scene.start(executionId)])
          await startedBeforeShutOut(scene, executionId, voter.admin_user_id)
        }
      }))

    test('two administrators who shut each other out at once: one of them stays', () =>
      withScene(name, async (scene) => {
        for (let round = 0; round < 8; round += 1) {
          const user = `admin-${round}`
          await scene.register(user, { is_admin: 1 })
          const results = await race(scene, [
            scene.sql('user_registrations', await scene.registration(user, { is_active: 0 })),
            scene.sql(
              'user_registrations',
              await scene.registration('bob', { is_active: 0, signed_by: user }),
            ),
          ])
          assert.deepEqual(results.filter((r) => r !== 'done').length, 1, results.join())
          assert.equal(await scene.value(ADMINISTRATORS), '1')
          if ((await scene.value("SELECT is_active FROM users WHERE user_id = 'bob'")) === '0') {
            await scene.register('bob', { is_active: 1, signed_by: user })
            await scene.register(user, { is_active: 0 })
          }
        }
      }))

    test('two administrators who each leave at once in open transactions: the second is refused when the first commits', () =>
      withScene(name, (scene) => bothLeave(scene)))

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

const OPEN_RUNS = "SELECT COUNT(*) FROM action_executions WHERE execution_status IN ('QUEUED', 'IN_PROGRESS')"

/** One executor's snapshot is older than the other's decision, vote and run: what it sees is not what counts. */
async function lookedBefore(scene: Scene): Promise<void> {
  const levels = scene.mysql
    ? ['REPEATABLE READ', 'READ COMMITTED', 'READ UNCOMMITTED', 'SERIALIZABLE']
    : [null]
  for (const level of levels) {
    await scene.settle()
    const late = await scene.store.connect('act')
    try {
      if (level !== null) await late.run(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
      await late.run(scene.mysql ? 'START TRANSACTION' : 'BEGIN')
      // A lock of SERIALIZABLE on the whole table would only make the other one wait.
      if (level !== 'SERIALIZABLE') assert.equal(await countOf(late), 0)
      const of = await scene.approved()
      await scene.queued()
      const outcome = await attempt(late, scene.sql('action_executions', scene.runRow(of)), 1)
      // SQLite and, with innodb_snapshot_isolation, MariaDB say that the snapshot is old before any rule is asked.
      assert.match(outcome, /^(GOV-071|busy|other: 1020 .*)$/, String(level))
      await late.run('ROLLBACK')
      assert.equal(await scene.value(OPEN_RUNS), '1')
    } finally {
      await late.close()
    }
  }
}

async function countOf(session: OpenSession): Promise<number> {
  const [row] = await session.rows(OPEN_RUNS)
  return Number(Object.values(row ?? {})[0])
}

/** Neither has committed when both have asked. */
async function bothOpen(scene: Scene): Promise<void> {
  const [a, b] = [await scene.approved(), await scene.approved()]
  const [first, second] = [await scene.store.connect('act'), await scene.store.connect('act')]
  try {
    for (const session of [first, second]) await session.run(scene.mysql ? 'START TRANSACTION' : 'BEGIN')
    await first.run(scene.sql('action_executions', scene.runRow(a)))
    const asked = attempt(second, scene.sql('action_executions', scene.runRow(b)), 1)
    if (scene.mysql) {
      const early = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 300, 'waits'))])
      assert.equal(early, 'waits')
      await first.run('COMMIT')
      assert.equal(await asked, 'GOV-071')
    } else {
      // One writer a file: the second gives up after its busy timeout.
      assert.equal(await asked, 'busy')
      await first.run('COMMIT')
    }
    await second.run('ROLLBACK')
    assert.equal(await scene.value(OPEN_RUNS), '1')
  } finally {
    await first.close()
    await second.close()
  }
}

const ADMINISTRATORS = 'SELECT COUNT(*) FROM users WHERE is_active = 1 AND is_admin = 1'

/** Each leaves by a registration of its own, so neither is refused for what the other signed. */
async function bothLeave(scene: Scene): Promise<void> {
  await scene.register('alice', { is_admin: 1 })
  const first = await scene.store.connect('owner')
  const second = await scene.store.connect('owner')
  try {
    const last = await scene.registration('alice', { is_active: 0 })
    await first.run('BEGIN')
    await second.run(scene.mysql ? 'BEGIN' : 'PRAGMA busy_timeout = 0')
    // A snapshot from before the other's change must not show the other as active.
    if (scene.mysql) await second.rows(ADMINISTRATORS)
    await first.run(scene.sql('user_registrations', await scene.registration('bob', { is_active: 0 })))
    const late = second.run(scene.sql('user_registrations', last)).then(
      () => 'done',
      (error: unknown) => refusalOf(error),
    )
    if (scene.mysql) {
      const early = await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 300, 'waits'))])
      assert.equal(early, 'waits', 'the second waits for the first')
      await first.run('COMMIT')
      assert.match(await late, /^GOV-06[589]$/)
      await second.run('ROLLBACK')
    } else {
      assert.equal(await late, 'busy')
      await first.run('COMMIT')
    }
    // Signed anew over the list as it is now, and still refused: alice is the last.
    const anew = scene.sql(
      'user_registrations',
      await scene.registration('alice', { is_active: 0, signed_by: 'alice' }),
    )
    await assert.rejects(second.run(anew), /GOV-069/)
    assert.equal(await scene.value(ADMINISTRATORS), '1')
  } finally {
    await first.close()
    await second.close()
  }
}

/** By the order of the chain's links. */
async function startedBeforeShutOut(scene: Scene, executionId: number, user: string): Promise<void> {
  const links = (await scene.owner.rows('SELECT seq, canonical FROM audit_log ORDER BY seq')).map((row) => {
    const { entry } = JSON.parse(String(row['canonical'])) as {
      entry: { table: string; key: unknown; op: string; row: Record<string, unknown> }
    }
    return entry
  })
  const shut = links.findIndex(
    (l) => l.table === 'users' && l.key === user && Number(l.row['is_active']) === 0,
  )
  const started = links.findIndex(
    (l) =>
      l.table === 'action_executions' &&
      Number(l.key) === executionId &&
      l.row['execution_status'] === 'IN_PROGRESS',
  )
  assert.ok(shut >= 0)
  assert.ok(started < shut, 'a run was started after its voter had been shut out')
}

/** Runs each statement on a connection of its own at the same moment; a deadlock is tried again, as a repository does. */
async function race(
  scene: Scene,
  statements: readonly string[],
  role: 'owner' | 'act' = 'owner',
): Promise<readonly string[]> {
  const sessions: OpenSession[] = []
  for (const _ of statements) sessions.push(await scene.store.connect(role))
  try {
    return await Promise.all(statements.map((sql, at) => attempt(sessions[at], sql)))
  } finally {
    for (const session of sessions) await session.close()
  }
}

async function attempt(session: OpenSession | undefined, sql: string, most = 20): Promise<string> {
  for (let tries = 0; tries < most; tries += 1) {
    try {
      await session?.run(sql)
      return 'done'
    } catch (error) {
      if ((error as { errno?: number }).errno === 1213) continue
      return refusalOf(error)
    }
  }
  return `deadlocked ${most} times`
}
