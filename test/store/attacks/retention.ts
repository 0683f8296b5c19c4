/** Attacks on what is pruned: samples too young or still needed, events, prune records, and the record of who prunes. */
import { type Cells, fromNow, literal } from '../support/literals.ts'
import { DAY, HOUR, type Scene, sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import { without } from './without.ts'

const SAMPLES = 'metric_samples'
const TASKS = 'retention_tasks'
const TAKE = `UPDATE ${TASKS} SET lease_owner = 'a', lease_expires_at = `

/** A sample whose window ended `ageMs` ago; gives its id. */
const sample = (s: Scene, ageMs: number, row: Cells = {}): Promise<number> =>
  s.add(
    SAMPLES,
    {
      target_id: 1,
      instance_uid: 'uid-1',
      epoch: fromNow(-400 * DAY),
      series_kind: 'statement',
      series_key: `k${s.next()}`,
      window_start: fromNow(-ageMs - 10_000),
      window_end: fromNow(-ageMs),
      calls: 1,
      total_ms: 1,
      measures: '{}',
      ...row,
    },
    'sample_id',
  )
/** Ten minutes that end where a sample of this age ends; gives its id. */
const rolled = (s: Scene, ageMs: number, seriesKey: string, row: Cells = {}): Promise<number> =>
  sample(s, ageMs, {
    ...row,
    series_kind: 'statement/10m',
    series_key: seriesKey,
    window_start: fromNow(-ageMs - 600_000),
  })
const remove = (id: number): string => `DELETE FROM ${SAMPLES} WHERE sample_id = ${id}`

/** A run that began `ageMs` ago, as only the owner can make one: the rule about its moments is away meanwhile. */
async function backdate(s: Scene, executionId: number, ageMs: number): Promise<void> {
  const at = literal(fromNow(-ageMs), s.store.dialect)
  const finished = literal(fromNow(HOUR - ageMs), s.store.dialect)
  await without(s, 'action_executions_before_update', [
    `UPDATE action_executions SET queued_at = ${at}, started_at = ${at}, finished_at = CASE WHEN finished_at IS NULL THEN NULL ELSE ${finished} END WHERE execution_id = ${executionId}`,
  ])
}

const OTHERS = ['observe', 'reason', 'serve', 'act', 'learn', 'auditor'] as const
const DENIED = { sqlite: 'GOV-007', family: 'grant' } as const
const SEALED_EVENTS = 'the batch of events'

/** Seals the events so far under their own digest and makes the batch `days` old, as only the owner can. */
async function sealed(s: Scene, days: number): Promise<number> {
  await s.event()
  const [bounds] = await s.owner.rows(
    'SELECT MIN(event_id) AS a, MAX(event_id) AS b, COUNT(*) AS n FROM detection_events WHERE event_id > (SELECT COALESCE(MAX(last_event_id), 0) FROM event_batches)',
  )
  const [first, last, count] = [Number(bounds?.['a']), Number(bounds?.['b']), Number(bounds?.['n'])]
  const rows = await s.owner.rows(
    `SELECT event_id, dedupe_key, issue_fingerprint, event_kind, severity_indicator, raw_context_digest FROM detection_events WHERE event_id BETWEEN ${first} AND ${last} ORDER BY event_id`,
  )
  const batchId = await s.add(
    'event_batches',
    {
      first_event_id: first,
      last_event_id: last,
      event_count: count,
      events_digest: sha(rows.map((row) => Object.values(row).join(':')).join('\n')),
    },
    'batch_id',
  )
  await without(s, 'event_batches_before_update', [
    `UPDATE event_batches SET sealed_at = ${literal(fromNow(-days * DAY), s.store.dialect)} WHERE batch_id = ${batchId}`,
  ])
  return batchId
}

const prune = (s: Scene, batchId: number): string =>
  s.sql('event_prunings', { batch_id: batchId, reason: 'older than 90 days' })

/** Attacks on retention. */
export const RETENTION_ATTACKS: readonly Attack[] = [
  attack('retention deletes a sample of nine days', 'retention', 'allowed', async (s) =>
    remove(await sample(s, 9 * DAY)),
  ),
  attack('retention deletes a sample of seven days', 'retention', 'GOV-084', async (s) =>
    remove(await sample(s, 7 * DAY)),
  ),
  attack(
    'retention deletes a fine window of two days that is rolled up',
    'retention',
    'allowed',
    async (s) => {
      const id = await sample(s, 2 * DAY, { series_key: 'rolled-1' })
      await rolled(s, 2 * DAY, 'rolled-1')
      return remove(id)
    },
  ),
  attack(
    'retention deletes a fine window of two days, another series being rolled up',
    'retention',
    'GOV-084',
    async (s) => {
      const id = await sample(s, 2 * DAY, { series_key: 'rolled-2' })
      await rolled(s, 2 * DAY, 'rolled-3')
      return remove(id)
    },
  ),
  attack(
    'retention deletes a fine window that the rolled one ended before',
    'retention',
    'GOV-084',
    async (s) => {
      const id = await sample(s, 2 * DAY, { series_key: 'rolled-4' })
      await rolled(s, 2 * DAY + 5_000, 'rolled-4')
      return remove(id)
    },
  ),
  attack(
    'retention deletes a fine window whose calls are not all in the rolled one',
    'retention',
    'GOV-084',
    async (s) => {
      const id = await sample(s, 2 * DAY, { series_key: 'rolled-7' })
      await sample(s, 2 * DAY + 60_000, { series_key: 'rolled-7' })
      await rolled(s, 2 * DAY, 'rolled-7')
      return remove(id)
    },
  ),
  attack(
    'retention deletes a fine window that a rolled one of another instance covers',
    'retention',
    'GOV-084',
    async (s) => {
      const id = await sample(s, 2 * DAY, { series_key: 'rolled-8' })
      await rolled(s, 2 * DAY, 'rolled-8', { instance_uid: 'uid-other' })
      return remove(id)
    },
  ),
  attack('retention writes sums of its own', 'retention', DENIED, async (s) =>
    s.sql(SAMPLES, {
      target_id: 1,
      instance_uid: 'uid-1',
      epoch: fromNow(-30 * DAY),
      series_kind: 'statement/10m',
      series_key: 'rolled-9',
      window_start: fromNow(-2 * DAY - 600_000),
      window_end: fromNow(-2 * DAY),
      calls: 99,
      total_ms: 1,
      measures: '{}',
    }),
  ),
  attack('retention deletes a rolled window of two days', 'retention', 'GOV-084', async (s) =>
    remove(await rolled(s, 2 * DAY, 'rolled-5')),
  ),
  attack(
    'retention deletes a fine window of an hour that is rolled up',
    'retention',
    'GOV-084',
    async (s) => {
      const id = await sample(s, HOUR, { series_key: 'rolled-6' })
      await rolled(s, HOUR, 'rolled-6')
      return remove(id)
    },
  ),
  attack('the owner deletes a sample of seven days', 'owner', 'GOV-084', async (s) =>
    remove(await sample(s, 7 * DAY)),
  ),
  ...OTHERS.map((role) =>
    attack(`${role} deletes an old sample`, role, DENIED, async (s) => remove(await sample(s, 40 * DAY))),
  ),
  attack('retention deletes the windows of a run that was judged', 'retention', 'allowed', async (s) => {
    const { executionId } = await s.judged('improved')
    await backdate(s, executionId, 20 * DAY)
    return remove(await sample(s, 20 * DAY))
  }),
  attack(
    'retention deletes the windows before a run that is being judged',
    'retention',
    'GOV-084',
    async (s) => {
      const { executionId } = await s.finished()
      await backdate(s, executionId, 20 * DAY)
      return remove(await sample(s, 20 * DAY + HOUR))
    },
  ),
  attack(
    'retention deletes the windows after a run that is being judged',
    'retention',
    'GOV-084',
    async (s) => {
      const { executionId } = await s.finished()
      await backdate(s, executionId, 20 * DAY)
      return remove(await sample(s, 17 * DAY))
    },
  ),
  attack('the owner deletes the windows around a run that still runs', 'owner', 'GOV-084', async (s) => {
    const { executionId } = await s.running()
    await backdate(s, executionId, 20 * DAY)
    return remove(await sample(s, 20 * DAY))
  }),
  attack(
    'retention deletes what is far from the run that is being judged',
    'retention',
    'allowed',
    async (s) => {
      const { executionId } = await s.finished()
      await backdate(s, executionId, 20 * DAY)
      return remove(await sample(s, 22 * DAY))
    },
  ),
  attack('retention deletes another target’s windows meanwhile', 'retention', 'allowed', async (s) => {
    const { executionId } = await s.finished()
    await backdate(s, executionId, 20 * DAY)
    return remove(await sample(s, 20 * DAY, { target_id: 2, instance_uid: 'uid-2' }))
  }),
  attack('retention rewrites a sample', 'retention', { sqlite: 'GOV-010', family: 'grant' }, async (s) => {
    const id = await sample(s, 40 * DAY)
    return `UPDATE ${SAMPLES} SET window_end = ${literal(fromNow(-50 * DAY), s.store.dialect)} WHERE sample_id = ${id}`
  }),
  attack(
    'retention empties the samples',
    'retention',
    { family: 'grant' },
    () => `TRUNCATE TABLE ${SAMPLES}`,
  ),
  attack(
    'retention empties the events',
    'retention',
    { family: 'grant' },
    () => 'TRUNCATE TABLE detection_events',
  ),
  attack('observe empties the samples', 'observe', { family: 'grant' }, () => `TRUNCATE TABLE ${SAMPLES}`),
  ...(['detection_events', 'audit_log', 'admin_approvals', 'action_executions'] as const).map((table) =>
    attack(
      `retention deletes from ${table}`,
      'retention',
      {
        sqlite: {
          detection_events: 'GOV-083',
          audit_log: 'GOV-010',
          admin_approvals: 'GOV-011',
          action_executions: 'GOV-012',
        }[table],
        family: 'grant',
      },
      async (s) => {
        await s.finished()
        return `DELETE FROM ${table}`
      },
    ),
  ),
  ...(['recovery_decisions', 'execution_verifications', 'ai_analysis', 'event_batches'] as const).map(
    (table) =>
      attack(
        `retention deletes from ${table}`,
        'retention',
        { sqlite: ['GOV-010', 'GOV-013'], family: 'grant' },
        async (s) => {
          await s.judged('improved')
          await sealed(s, 1)
          return `DELETE FROM ${table}`
        },
      ),
  ),

  attack(`retention prunes ${SEALED_EVENTS} of 29 days`, 'retention', 'GOV-083', async (s) =>
    prune(s, await sealed(s, 29)),
  ),
  attack(`retention prunes ${SEALED_EVENTS} of 31 days`, 'retention', 'allowed', async (s) =>
    prune(s, await sealed(s, 31)),
  ),
  attack(
    'the same batch pruned twice',
    'retention',
    { sqlite: ['GOV-006', 'GOV-082'], family: ['GOV-082', 'key'] },
    async (s) => {
      const batchId = await sealed(s, 31)
      await s.owner.run(prune(s, batchId))
      return prune(s, batchId)
    },
  ),
  attack('a prune record of a batch that is not there', 'retention', 'GOV-083', (s) => prune(s, 999_999)),
  attack(
    'a prune record with a time of its own',
    'retention',
    { sqlite: 'GOV-005', family: 'grant' },
    async (s) =>
      s.sql('event_prunings', {
        batch_id: await sealed(s, 31),
        reason: 'age',
        pruned_at: fromNow(-40 * DAY),
      }),
  ),
  ...OTHERS.map((role) =>
    attack(`${role} forges a prune record`, role, DENIED, async (s) => prune(s, await sealed(s, 31))),
  ),
  attack('the owner prunes a batch with an event that was changed', 'owner', 'GOV-082', async (s) => {
    const batchId = await sealed(s, 31)
    await without(s, 'detection_events_before_update', [
      `UPDATE detection_events SET severity_indicator = 'INFO', event_kind = 'NOTICE' WHERE event_id = (SELECT last_event_id FROM event_batches WHERE batch_id = ${batchId})`,
    ])
    return prune(s, batchId)
  }),
  attack('the owner prunes a batch with an event that was lost', 'owner', 'GOV-082', async (s) => {
    await s.event()
    const batchId = await sealed(s, 31)
    await without(s, 'detection_events_before_delete', [
      `DELETE FROM detection_events WHERE event_id = (SELECT last_event_id FROM event_batches WHERE batch_id = ${batchId})`,
    ])
    return prune(s, batchId)
  }),
  attack(
    'retention rewrites a prune record',
    'retention',
    { sqlite: 'GOV-010', family: 'grant' },
    async (s) => {
      await s.owner.run(prune(s, await sealed(s, 31)))
      return "UPDATE event_prunings SET reason = 'x'"
    },
  ),
  attack('the owner deletes a prune record', 'owner', 'GOV-010', async (s) => {
    await s.owner.run(prune(s, await sealed(s, 31)))
    return 'DELETE FROM event_prunings'
  }),

  attack('retention takes the task of the samples', 'retention', 'allowed', (s) => [
    `${TAKE}${literal(fromNow(60_000), s.store.dialect)} WHERE task_name = 'samples'`,
    `UPDATE ${TASKS} SET lease_expires_at = ${s.now} WHERE task_name = 'samples'`,
  ]),
  attack('a second copy takes a task that is held', 'retention', 'GOV-046', async (s) => {
    const until = literal(fromNow(60_000), s.store.dialect)
    await s.owner.run(`${TAKE}${until} WHERE task_name = 'events'`)
    return `UPDATE ${TASKS} SET lease_owner = 'b', lease_expires_at = ${until} WHERE task_name = 'events'`
  }),
  attack(
    'a task held for an hour',
    'retention',
    'GOV-047',
    (s) => `${TAKE}${literal(fromNow(HOUR), s.store.dialect)} WHERE task_name = 'samples'`,
  ),
  ...OTHERS.map((role) =>
    attack(
      `${role} takes a task`,
      role,
      DENIED,
      (s) => `${TAKE}${literal(fromNow(60_000), s.store.dialect)} WHERE task_name = 'samples'`,
    ),
  ),
  attack('retention invents a task', 'retention', DENIED, (s) => s.sql(TASKS, { task_name: 'samples' })),
  attack('a task that is no word', 'owner', 'check', (s) => s.sql(TASKS, { task_name: 'audit_log' })),
  attack(
    'retention renames a task',
    'retention',
    { sqlite: 'GOV-016', family: 'grant' },
    () => `UPDATE ${TASKS} SET task_name = 'events' WHERE task_name = 'samples'`,
  ),
  attack('the owner deletes a task', 'owner', 'GOV-017', () => `DELETE FROM ${TASKS}`),
  attack(
    'retention reads the votes',
    'retention',
    { family: 'grant' },
    () => 'SELECT * FROM admin_approvals',
  ),
]
