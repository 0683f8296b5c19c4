/**
 * Samples in histories: ten minutes of a series at a time, with the window that holds their sums, with one that does not,
 * or with none, and retention beside them. Whatever goes, who asks for a series gets every call that was put on record.
 */
import assert from 'node:assert/strict'
import type { MetricSample } from '../../../src/core/nouns.ts'
import { fromMs, toMs } from '../../../src/core/time.ts'
import type { HistoryWorld } from './houses.ts'
import type { Act, Stage } from './stage.ts'

const DAY_MS = 86_400_000
/** None is as old as 8 days: then all of a series may go. */
const AGES_DAYS = [0.5, 1.2, 1.5, 2.5, 7]
const AGES = { fineDays: 1, samplesDays: 8, plansDays: 8, eventsDays: 30 }

/** Puts ten minutes of a series on record, as an observer does; every fourth time their sums are wrong or missing. */
export async function sample({ world, prefix, sampled }: Stage, act: Act): Promise<void> {
  const seriesKey = `${prefix}-${act.a}-${act.b}`
  if (sampled.has(seriesKey)) return
  const ageMs = (AGES_DAYS[act.b % AGES_DAYS.length] ?? 1) * DAY_MS
  const fromMs_ = toMs(await world.store.read.now()) - ageMs - 600_000
  const window = (seriesKind: string, second: number, calls: number, seconds = 30): MetricSample => ({
    targetId: world.targetId,
    instanceUid: 'instance-1',
    epoch: fromMs(fromMs_ - DAY_MS),
    seriesKind,
    seriesKey,
    windowStart: fromMs(fromMs_ + second * 1000),
    windowEnd: fromMs(fromMs_ + (second + seconds) * 1000),
    calls,
    totalMs: calls * 2,
    measures: {},
  })
  const fine = Array.from({ length: 2 + (act.c % 5) }, (_, at) =>
    window('statement', at * 60, 1 + (act.a % 7)),
  )
  const calls = fine.reduce((sum, row) => sum + row.calls, 0)
  const rolled = window('statement/10m', 0, act.c % 4 === 2 ? calls - 1 : calls, 600)
  await world.store.observe.appendSamples(act.c % 4 === 3 ? fine : [...fine, rolled])
  sampled.set(seriesKey, calls)
}

/** Some steps of retention, with ages that may be below the floors. */
export async function prune({ world }: Stage, act: Act): Promise<void> {
  const ages = act.a % 3 === 0 ? { ...AGES, fineDays: 0, samplesDays: 0, plansDays: 0 } : AGES
  for (let step = 0; step < 1 + (act.b % 3); step += 1)
    await world.store.retention?.pruneSamples(ages, 1 + act.c * 10)
}

/** Asserts that every call put on record is in one answer. */
export async function assertSampled(
  { store, targetId }: HistoryWorld,
  sampled: ReadonlyMap<string, number>,
): Promise<void> {
  if (sampled.size === 0) return
  const nowMs = toMs(await store.read.now())
  const span = { from: fromMs(nowMs - 30 * DAY_MS), to: fromMs(nowMs), limit: 50_000 }
  const rows = await store.read.samples({ targetId, seriesKind: 'statement', seriesKey: null, ...span })
  const found = new Map<string, number>()
  for (const { seriesKey, calls } of rows) found.set(seriesKey, (found.get(seriesKey) ?? 0) + calls)
  assert.deepEqual(
    [...sampled].filter(([key, calls]) => found.get(key) !== calls),
    [],
    'a series whose calls are not those on record',
  )
}
