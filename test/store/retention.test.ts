/** The retention role on every store: what goes, what stays, one process at a time, and what is left alone. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { parseConfig } from '../../src/app/config/load.ts'
import { configSchema } from '../../src/app/config/schema.ts'
import type { Installation } from '../../src/app/index.ts'
import { pruneTask, retentionDue, sizesOf } from '../../src/app/index.ts'
import type { RetentionPort } from '../../src/core/retention-port.ts'
import type { Store } from '../../src/core/store-ports.ts'
import { fromMs } from '../../src/core/time.ts'
import { exportAudit, openStore, verifyAuditExport } from '../../src/store/index.ts'
import { rollback, up } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/list.ts'
import { fromNow, literal } from './support/literals.ts'
import { DAY, Scene } from './support/scene.ts'
import { availableStores, type StoreName, startStore } from './support/stores.ts'

const AGES = { fineDays: 1, samplesDays: 14, plansDays: 30, eventsDays: 90 }
const LEASE = { owner: 'here:1', seconds: 60 }

for (const { name, missing } of await availableStores()) {
  const skip = missing === null ? false : `no ${name} here: ${missing}`
  describe(`retention on ${name}`, { skip }, () => {
    test('samples go when they are old enough for their series, the oldest first, and in steps', () =>
      withStore(name, async ({ scene, port }) => {
        await samples(scene, 'statement', [1, 13, 15, 20, 40])
        await samples(scene, 'plan', [20, 29, 31])
        assert.deepEqual(await port.due('samples', AGES), { rows: 4, more: false, batches: null })
        assert.equal((await port.pruneSamples(AGES, 1)).removed, 1)
        assert.deepEqual(await days(scene, 'statement'), [1, 13, 15, 20])
        assert.equal((await port.pruneSamples(AGES, 1000)).removed, 3)
        assert.deepEqual(await days(scene, 'statement'), [1, 13])
        assert.deepEqual(await days(scene, 'plan'), [20, 29])
        assert.equal((await port.pruneSamples(AGES, 1000)).removed, 0)
      }))

    test('fine windows go after a day where their sums are kept, and who asks finds each moment once', () =>
      withStore(name, async ({ scene, port, store }) => {
        const key = { key: 'one' }
        const soon = 1.5 + 30 / 86_400
        await samples(scene, 'statement', [0.5, 1.5, soon, 2.5], key)
        await samples(scene, 'statement/10m', [0.5], { ...key, seconds: 600 })
        await samples(scene, 'statement/10m', [1.5], { ...key, seconds: 600, calls: 2 })
        const span = { from: fromMs(Date.now() - 4 * DAY), to: fromMs(Date.now()), limit: 100 }
        const found = async (): Promise<readonly number[]> => {
          const asked = { targetId: 1, seriesKind: 'statement', seriesKey: null, ...span }
          const rows = await store.read.samples(asked)
          assert.ok(rows.every((row) => row.seriesKind === 'statement'))
          return rows.map((row) => row.calls)
        }
        assert.deepEqual(await found(), [1, 1, 1, 1])
        assert.equal((await port.due('samples', AGES)).rows, 2)
        // A store without this migration keeps them all; what it kept is rolled up once the migration is back.
        const since = migrations(scene.owner.dialect).filter(({ version }) => version >= 9)
        await rollback(scene.owner, since.length)
        await assert.rejects(
          scene.owner.run(`DELETE FROM metric_samples WHERE total_ms = 1.5 AND series_kind = 'statement'`),
          /GOV-084/,
        )
        await up(scene.owner)
        assert.equal((await port.due('samples', AGES)).rows, 2)
        const steps: number[] = []
        while (steps.at(-1) !== 1) steps.push((await port.pruneSamples(AGES, 1)).removed)
        assert.deepEqual(await found(), [1, 2, 1], 'half of what was rolled up is no half of it')
        assert.equal((await port.pruneSamples(AGES, 1000)).removed, 1)
        assert.deepEqual(await days(scene, 'statement'), [0.5, 2.5], 'the oldest has no sums')
        assert.deepEqual(await found(), [1, 2, 1])
      }))

    test('an age below the floor of the schema deletes down to the floor and no further', () =>
      withStore(name, async ({ scene, port }) => {
        await samples(scene, 'statement', [0, 2, 7, 9, 12])
        assert.equal(
          (await port.pruneSamples({ fineDays: 0, samplesDays: 0, plansDays: 0, eventsDays: 0 }, 1000))
            .removed,
          2,
        )
        assert.deepEqual(await days(scene, 'statement'), [0, 2, 7])
        await scene.event()
        await sealed(scene, 20)
        assert.equal(await port.pruneEvents({ ...AGES, eventsDays: 0 }, 0, null), null)
      }))

    test('samples around a run that is still to be judged stay; once it is judged they go', () =>
      withStore(name, async ({ scene, port }) => {
        const { executionId } = await scene.finished()
        await began(scene, executionId, 20)
        await samples(scene, 'statement', [17, 20, 25])
        assert.equal((await port.due('samples', AGES)).rows, 1)
        assert.equal((await port.pruneSamples(AGES, 1000)).removed, 1)
        assert.deepEqual(await days(scene, 'statement'), [17, 20])
        await scene.add('execution_verifications', scene.verdictRow(executionId, 'undecided'))
        assert.equal(
          (await port.pruneSamples(AGES, 1000)).removed,
          0,
          'an undecided verdict may be looked at again',
        )
        await scene.add('execution_verifications', scene.verdictRow(executionId, 'improved'))
        assert.equal((await port.pruneSamples(AGES, 1000)).removed, 2)
      }))

    test('a sealed batch of events goes with a link in the chain; what an issue refers to stays', () =>
      withStore(name, async ({ scene, port, store }) => {
        const issueId = await scene.issue()
        await scene.event()
        await scene.event()
        const batchId = await sealed(scene, 91)
        assert.deepEqual(await port.due('events', AGES), { rows: 3, more: false, batches: 1 })
        assert.deepEqual(await port.pruneEvents(AGES, 0, 'ana'), { batchId, removed: 2, refused: null })
        assert.equal(await port.pruneEvents(AGES, 0, 'ana'), null)
        const links = await store.read.audit(1, 1000)
        const link = links.find((each) => each.canonical.includes('"event_prunings"'))
        assert.match(
          link?.canonical ?? '',
          /for ana: sealed more than 90 days ago/,
          'who asked is in the chain',
        )
        assert.equal(await scene.value('SELECT COUNT(*) FROM detection_events'), '1')
        const [kept] = await scene.owner.rows(
          `SELECT event_id FROM detection_events JOIN detected_issues ON first_occurrence_event_id = event_id WHERE issue_id = ${issueId}`,
        )
        assert.ok(kept !== undefined)
        const verdict = await verifyAuditExport(
          exportAudit(store.read, { dialect: store.dialect, version: 3 }),
        )
        assert.equal(verdict.problem, null)
        assert.deepEqual(verdict.events, { batches: 1, pruned: 1 })
      }))

    test('a batch that is not what was sealed is refused and left alone, and the next one goes', () =>
      withStore(name, async ({ scene, port, installation }) => {
        await scene.event()
        const first = await sealed(scene, 95)
        await scene.event()
        const second = await sealed(scene, 92)
        await scene.owner.run('DROP TRIGGER detection_events_before_update')
        await scene.owner.run(
          `UPDATE detection_events SET event_kind = 'NOTICE' WHERE event_id = (SELECT first_event_id FROM event_batches WHERE batch_id = ${first})`,
        )
        const done = await pruneTask(installation, 'events')
        assert.deepEqual([done.batches, done.rows], [1, 1])
        assert.deepEqual(
          done.refused.map((r) => r.batchId),
          [first],
        )
        assert.match(done.refused[0]?.because ?? '', /GOV-082/)
        assert.equal((await port.due('events', AGES)).batches, 1)
        assert.equal(await scene.value(`SELECT COUNT(*) FROM event_prunings WHERE batch_id = ${second}`), '1')
      }))

    test('one process at a time does a task, and none does it again before its rest is over', () =>
      withStore(name, async ({ scene, port }) => {
        const other = { owner: 'there:2', seconds: 60 }
        const both = await Promise.all([port.claim('samples', LEASE, 0), port.claim('samples', other, 0)])
        assert.deepEqual(both.toSorted(), [false, true])
        const winner = both[0] ? LEASE.owner : other.owner
        assert.equal((await port.tasks()).find((t) => t.task === 'samples')?.heldBy, winner)
        assert.equal(await port.claim('events', other, 0), true)
        await port.finish('samples', winner, 7)
        const state = (await port.tasks()).find((t) => t.task === 'samples')
        assert.deepEqual([state?.heldBy, state?.removedRows], [null, 7])
        assert.equal(await port.claim('samples', other, 3000), false)
        assert.equal(await port.claim('samples', other, 0), true)
        assert.equal(await scene.value('SELECT COUNT(*) FROM retention_tasks'), '2')
      }))

    test('a run ends at its bound of rows and goes on the next time', () =>
      withStore(name, async ({ scene, installation }) => {
        await samples(
          scene,
          'statement',
          Array.from({ length: 1200 }, (_each, at) => 20 + at / 1000),
        )
        const bounded = configured(installation, { mostRows: 1000 })
        const seen: number[] = []
        const first = await pruneTask(bounded, 'samples', { onProgress: (rows) => seen.push(rows) })
        assert.deepEqual([first.rows, first.ended], [1000, 'rows'])
        assert.deepEqual(seen, [1000])
        const second = await pruneTask(bounded, 'samples')
        assert.deepEqual([second.rows, second.ended], [200, 'nothing left'])
        const stopped = await pruneTask(bounded, 'samples', { signal: AbortSignal.abort() })
        assert.deepEqual([stopped.rows, stopped.ended], [0, 'stopped'])
      }))

    test('the status names every table with rows, bytes and the oldest row', () =>
      withStore(name, async ({ scene, installation }) => {
        await samples(scene, 'statement', [3, 12])
        const sizes = await sizesOf(installation)
        const own = sizes.find((s) => s.table === 'metric_samples')
        assert.equal(own?.keptDays, 14)
        assert.ok((own?.bytes ?? 0) > 0)
        if (!own?.estimated) assert.equal(own?.rows, 2)
        if (own !== undefined && own.rows > 0) assert.ok(Date.parse(own.oldest ?? '') < Date.now() - 11 * DAY)
        for (const table of ['audit_log', 'admin_approvals', 'action_executions', 'learning_records'])
          assert.equal(sizes.find((s) => s.table === table)?.keptDays, null)
        assert.deepEqual(
          (await retentionDue(installation)).map((d) => d.task),
          ['samples', 'events'],
        )
      }))
  })
}

test('a configuration cannot ask for what is never pruned, nor for less than what is needed', () => {
  for (const text of [
    'auditDays: 30',
    'approvalsDays: 30',
    'executionsDays: 30',
    'decisionsDays: 30',
    'lessonsDays: 30',
    'samplesDays: 7',
    'plansDays: 7',
    'eventsDays: 29',
    'samplesDays: 0',
    'mostSeconds: 600',
  ])
    assert.throws(
      () => parseConfig(`retention:\n  ${text}\n`, 'dbmedic.yaml'),
      { code: 'DBM_CONFIG_INVALID' },
      text,
    )
  assert.deepEqual(parseConfig('', 'x.yaml').retention.automatic, { samples: true, events: false })
})

interface Given {
  readonly scene: Scene
  readonly store: Store
  readonly port: RetentionPort
  readonly installation: Installation
}

async function withStore(name: StoreName, body: (given: Given) => Promise<void>): Promise<void> {
  const server = await startStore(name)
  const owner = await server.connect('owner')
  const store = await openStore({ ...server.address, roles: ['observe', 'serve'] })
  try {
    const scene = await new Scene(server, owner).prepare()
    const config = configSchema.parse({})
    const port = store.retention ?? assert.fail('there is no retention port')
    await body({ scene, store, port, installation: { config, store, log: () => undefined, owner: 'here:1' } })
  } finally {
    await store.close()
    await owner.close()
    await server.stop()
  }
}

const configured = (
  of: Installation,
  change: Partial<Installation['config']['retention']>,
): Installation => ({
  ...of,
  config: { ...of.config, retention: { ...of.config.retention, ...change } },
})

/** One sample for each age in days, in one statement. */
async function samples(
  scene: Scene,
  kind: string,
  ages: readonly number[],
  { key, seconds = 10, calls = 1 }: { key?: string; seconds?: number; calls?: number } = {},
): Promise<void> {
  const rows = ages.map((age) =>
    scene.sql('metric_samples', {
      target_id: 1,
      instance_uid: 'uid-1',
      epoch: fromNow(-400 * DAY),
      series_kind: kind,
      series_key: key ?? `k${scene.next()}`,
      window_start: fromNow(-age * DAY - seconds * 1000),
      window_end: fromNow(-age * DAY),
      calls,
      total_ms: age,
      measures: '{}',
    }),
  )
  const [first = '', ...more] = rows
  await scene.owner.run([first, ...more.map((sql) => sql.slice(sql.indexOf('VALUES ') + 7))].join(', '))
}

/** Ages in days of the samples that are there, the youngest first. */
async function days(scene: Scene, kind: string): Promise<number[]> {
  const rows = await scene.owner.rows(
    `SELECT total_ms AS age FROM metric_samples WHERE series_kind = '${kind}' ORDER BY total_ms`,
  )
  return rows.map((row) => Number(row['age']))
}

/** Seals the events so far and makes the batch `age` days old; only whoever owns the schema can. */
async function sealed(scene: Scene, age: number): Promise<number> {
  const open = '(SELECT COALESCE(MAX(last_event_id), 0) FROM event_batches)'
  const rows = await scene.owner.rows(
    `SELECT event_id, dedupe_key, issue_fingerprint, event_kind, severity_indicator, raw_context_digest FROM detection_events WHERE event_id > ${open} ORDER BY event_id`,
  )
  const digest = createHash('sha256')
    .update(rows.map((row) => Object.values(row).join(':')).join('\n'))
    .digest('hex')
  const batchId = await scene.add(
    'event_batches',
    {
      first_event_id: Number(rows[0]?.['event_id']),
      last_event_id: Number(rows.at(-1)?.['event_id']),
      event_count: rows.length,
      events_digest: digest,
    },
    'batch_id',
  )
  await changed(scene, 'event_batches', `sealed_at = ${text(scene, age)} WHERE batch_id = ${batchId}`)
  return batchId
}

const began = (scene: Scene, executionId: number, age: number): Promise<void> =>
  changed(
    scene,
    'action_executions',
    `started_at = ${text(scene, age)}, finished_at = ${text(scene, age)} WHERE execution_id = ${executionId}`,
  )

const text = (scene: Scene, age: number): string => literal(fromNow(-age * DAY), scene.store.dialect)

/** Writes past the rule on updates, which is put back. */
async function changed(scene: Scene, table: string, what: string): Promise<void> {
  const name = `${table}_before_update`
  const [row] = await scene.owner.rows(
    scene.mysql ? `SHOW CREATE TRIGGER ${name}` : `SELECT sql FROM sqlite_master WHERE name = '${name}'`,
  )
  await scene.owner.run(`DROP TRIGGER ${name}`)
  await scene.owner.run(`UPDATE ${table} SET ${what}`)
  await scene.owner.run(String(row?.[scene.mysql ? 'SQL Original Statement' : 'sql']))
}
