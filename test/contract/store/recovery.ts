/** Failures that applications report: explained once, and again when what is known changes; what guards repeated is an attempt. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configSchema } from '../../../src/app/config/schema.ts'
import { FailureExplainer } from '../../../src/app/explain-failures.ts'
import { failuresDue, pruneFailures } from '../../../src/app/index.ts'
import type { CountedFailure, FailureOutcome } from '../../../src/core/failure-patterns.ts'
import type { FailureOnDesk, NewExplanation } from '../../../src/core/recovery-desk.ts'
import type { RecoveryRecord } from '../../../src/core/recovery-records.ts'
import { without } from '../../store/attacks/without.ts'
import { fromNow, literal } from '../../store/support/literals.ts'
import { DAY, Scene } from '../../store/support/scene.ts'
import { sha256 as sha } from '../../support/pipeline-rows.ts'
import type { StoreContext } from './context.ts'

const KINDS = {
  table: { code: '1146', failureType: 'TABLE_NOT_FOUND', object: 'shop.missing' },
  lock: { code: '1213', failureType: 'DEADLOCK', object: null },
  new: { code: '1205', failureType: 'LOCK_TIMEOUT', object: null },
  odd: { code: '999999', failureType: 'NOT_OF_THIS_PROGRAM', object: null },
} as const
type Kind = keyof typeof KINDS

const signatureOf = (kind: Kind): string => sha(`recovery ${kind}`)

const failure = (kind: Kind, outcome: FailureOutcome, count = 1): CountedFailure => ({
  kind: { signature: signatureOf(kind), engine: 'mariadb', ...KINDS[kind], masked: `${kind} ?` },
  site: { targetId: 1, application: 'shop', outcome, statement: null, place: null },
  count,
  longestMs: 1,
})

/** The contract of what is done about failures. */
export function recoveryContract({ world, server, another }: StoreContext): void {
  let batches = 0
  const report = async (...failures: readonly CountedFailure[]): Promise<void> => {
    batches += 1
    const batchDigest = sha(`recovery batch ${batches}`)
    const sender = { workspaceId: 1, reportedBy: 'anna', batchDigest, bodyDigest: batchDigest, dropped: 0 }
    await world().store.serve.recordFailures({ ...sender, failures })
  }
  const desk = () => world().store.reason.recovery
  const recordOf = async (kind: Kind): Promise<RecoveryRecord> => {
    const found = await world().store.read.failurePattern(1, signatureOf(kind))
    return found?.recovery ?? assert.fail(`${kind} was not looked at`)
  }
  /** All failures, as a program that has just started looks at them. */
  const lookAtAll = async (logged: object[] = []): Promise<void> => {
    const explainer = new FailureExplainer(desk(), (line) => void logged.push(line))
    while (await explainer.turn());
  }
  const onDesk = async (kind: Kind): Promise<FailureOnDesk> => {
    const all = await desk().failuresAfter(0, 200)
    return all.find((each) => each.kind.signature === signatureOf(kind)) ?? assert.fail(kind)
  }

  describe('recovery', () => {
    test('each failure is explained once, from its entry, with evidence; one of an unknown type is left alone', async () => {
      await report(failure('table', 'thrown', 3), failure('lock', 'thrown'), failure('odd', 'thrown'))
      await lookAtAll()
      await lookAtAll()
      const { explanation, attempts, enabled } = await recordOf('table')
      assert.deepEqual([explanation?.number, attempts, enabled], [1, 0, true])
      assert.equal(explanation?.knowledgeId, 'mysql/no-such-table')
      assert.equal(explanation?.strategy, 'SELF_HEALING')
      assert.match(explanation?.summary ?? '', /about shop\.missing/)
      assert.match(explanation?.userAction ?? '', /pending migrations/)
      assert.deepEqual(explanation?.evidence.slice(0, 2), [
        { kind: 'failure', signature: signatureOf('table'), occurrences: 3, sites: 1 },
        { kind: 'code', engine: 'mariadb', code: '1146', type: 'TABLE_NOT_FOUND' },
      ])
      assert.equal((await recordOf('lock')).explanation?.strategy, 'IMMEDIATE')
      assert.equal((await world().store.read.failurePattern(1, signatureOf('odd')))?.recovery, null)
    })

    test('one that was explained from something else is explained anew, under the next number', async () => {
      const { patternId, explained, kind } = await onDesk('table')
      const words = (await recordOf('table')).explanation ?? assert.fail('not explained')
      const other: NewExplanation = {
        patternId,
        failureType: kind.failureType,
        number: (explained?.number ?? 0) + 1,
        words,
        explainer: 'rules',
        knowledgeId: null,
        basisDigest: sha('an earlier version'),
        evidence: [{ kind: 'failure', signature: kind.signature }],
      }
      assert.equal(await desk().explainFailure(other), true)
      await lookAtAll()
      const { explanation } = await recordOf('table')
      assert.deepEqual([explanation?.number, explanation?.knowledgeId], [3, 'mysql/no-such-table'])
    })

    test('what guards repeated is an attempt, a success only if no call got the error after all', async () => {
      await report(failure('lock', 'retried', 4))
      await lookAtAll()
      await lookAtAll()
      await report(failure('lock', 'retried', 2))
      await lookAtAll()
      const { latest, attempts, lastAttemptAt } = await recordOf('lock')
      assert.deepEqual(
        latest.map(({ number, strategy, success, endedAt }) => [number, strategy, success, endedAt !== null]),
        [
          [2, 'IMMEDIATE', true, true],
          [1, 'IMMEDIATE', false, true],
        ],
      )
      assert.match(latest[0]?.reasoning ?? '', /2 times; none got the error/)
      assert.match(latest[1]?.reasoning ?? '', /4 times; it was thrown or left unknown once/)
      assert.equal(attempts, 2)
      assert.notEqual(lastAttemptAt, null)
      assert.equal((await recordOf('table')).attempts, 0)
      const owner = await server().connect('owner')
      const [row] = await owner.rows('SELECT * FROM recovery_system_health_summary WHERE workspace_id = 1')
      await owner.close()
      assert.deepEqual(
        [row?.['total_recovery_attempts'], row?.['successful_recoveries'], row?.['open_attempts']].map(
          Number,
        ),
        [2, 1, 0],
      )
      assert.notEqual(row?.['last_recovery_check_at'], null)
    })

    test('two programs that look at the same time explain and count once', async () => {
      const second = await another()
      try {
        await report(failure('lock', 'retried', 5))
        const { patternId, lastAttempt } = await onDesk('lock')
        const attempt = {
          ...{ patternId, number: (lastAttempt?.number ?? 0) + 1, strategy: 'IMMEDIATE' as const },
          ...{ reasoning: 'both saw it', evidence: { retried: 11, thrown: 1, unknown: 0 }, success: true },
        }
        const both = [desk(), second.reason.recovery]
        const tried = await Promise.all(both.map((each) => each.recordAttempt(attempt)))
        assert.deepEqual(tried.toSorted(), [false, true])
        assert.equal((await recordOf('lock')).attempts, 3)
        await report(failure('new', 'thrown'))
        const explainers = both.map(
          (each) => new FailureExplainer(each, (line) => assert.fail(JSON.stringify(line))),
        )
        await Promise.all(explainers.map((each) => each.turn()))
        assert.equal((await recordOf('new')).explanation?.number, 1)
      } finally {
        await second.close()
      }
    })

    test('a record the store refuses is logged, and keeps no other failure from being looked at', async () => {
      const logged: object[] = []
      const switched = (on: boolean) =>
        world().store.serve.switchRecovery({
          ...{ workspaceId: 1, signature: signatureOf('lock'), on, reason: 'known', by: 'anna' },
        })
      await switched(false)
      await report(failure('lock', 'retried', 2))
      await lookAtAll(logged)
      assert.deepEqual([(await recordOf('lock')).attempts, logged], [3, []])
      await switched(true)
      const refusing = { ...desk(), recordAttempt: () => desk().recordAttempt(skipping) }
      const { patternId } = await onDesk('lock')
      const skipping = {
        ...{ patternId, number: 99, strategy: 'IMMEDIATE' as const, reasoning: 'out of turn' },
        ...{ evidence: {}, success: true },
      }
      await new FailureExplainer(refusing, (line) => void logged.push(line)).turn()
      assert.equal(logged.length, 1)
      assert.match(JSON.stringify(logged), /GOV-122/)
    })

    test('retention lets go of what nobody sees any more; the newest words and attempts stay, and failures longer than successes', async () => {
      const owner = await server().connect('owner')
      const { store } = world()
      const installation = { config: configSchema.parse({}), store, log: () => undefined, owner: 'here:1' }
      try {
        assert.deepEqual(await failuresDue(installation), {
          ...{ patterns: 0, explanations: 0, attempts: 0, looks: 0, questions: 0, more: false },
        })
        const then = literal(fromNow(-91 * DAY), server().dialect)
        const scene = new Scene(server(), owner)
        for (const [table, set] of [
          ['recovery_explanations', `created_at = ${then}`],
          ['recovery_attempts', `ended_at = ${then}`],
          ['failure_patterns', `last_seen_at = ${then} WHERE failure_type = 'LOCK_TIMEOUT'`],
        ] as const)
          await without(scene, `${table}_before_update`, [`UPDATE ${table} SET ${set}`])
        assert.deepEqual(await failuresDue(installation), {
          ...{ patterns: 1, explanations: 2, attempts: 1, looks: 0, questions: 0, more: false },
        })
        const done = await pruneFailures(installation)
        // Two explanations, one attempt, and a failure with its place, task and explanation.
        assert.deepEqual([done.rows, done.ended], [7, 'nothing left'])
        assert.equal((await failuresDue(installation)).patterns, 0)
        assert.equal(await store.read.failurePattern(1, signatureOf('new')), null)
        assert.equal((await recordOf('table')).explanation?.number, 3)
        const { latest, attempts } = await recordOf('lock')
        assert.deepEqual([attempts, latest.map(({ number }) => number)], [3, [3, 1]])
      } finally {
        await owner.close()
      }
    })
  })
}
