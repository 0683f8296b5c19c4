import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  FINISHED,
  readerOf,
  runOf,
  STARTED,
  sample,
  samplesOf,
  UNCHANGED,
  type Workload,
} from '../../../test/support/workload-samples.ts'
import type { Execution, MetricSample, NewVerification } from '../../core/nouns.ts'
import type { VerificationPlan } from '../../core/plan.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { looksDue, lookTimes, MOST_LOOKS, verifyRun } from './verify-run.ts'

const AFTER = 900_000
const SETTLE = 30_000

interface Watched {
  readonly samples: readonly MetricSample[]
  readonly plan?: Partial<VerificationPlan>
  readonly execution?: Partial<Execution>
  readonly executionId?: number
  readonly onset?: string
}

/** The verdict as the executor comes to it: one look at the end of each after-window, until there is one. */
async function watch(watched: Watched): Promise<{ readonly row: NewVerification; readonly look: number }> {
  const { execution, decision } = runOf(watched.plan, watched.executionId)
  const read = readerOf(watched.samples)
  for (let look = 1; look <= MOST_LOOKS; look += 1) {
    const now = fromMs(FINISHED + SETTLE + look * AFTER)
    const onset = watched.onset ?? execution.startedAt ?? now
    const row = await verifyRun({
      execution: { ...execution, ...watched.execution },
      decision,
      onset,
      now,
      read,
    })
    if (row !== null) return { row, look }
  }
  throw new Error('there was no verdict after the last look')
}

/** How many of these workloads come to which verdict. */
async function verdicts(seeds: number, change: Partial<Workload>, plan: Partial<VerificationPlan> = {}) {
  const count = { improved: 0, no_effect: 0, regressed: 0, undecided: 0 }
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { row } = await watch({
      samples: samplesOf({ ...UNCHANGED, ...change, seed }),
      plan,
      executionId: seed,
    })
    count[row.verdict] += 1
  }
  return count
}

/** From the end of the run on the affected class is this many times as slow. */
const effectOf =
  (factor: number): Workload['factor'] =>
  (series, at) =>
    series === 0 && at >= FINISHED ? factor : 1

describe('nothing was done', () => {
  test('and at most 5 % of 120 unchanged noisy workloads are called improved, over all their looks', async () => {
    const count = await verdicts(120, {}, { minimumGainPercent: 20 })
    assert.ok(count.improved <= 6, JSON.stringify(count))
    assert.ok(count.regressed <= 6, JSON.stringify(count))
    assert.ok(count.no_effect >= 55, JSON.stringify(count))
  })

  test('and at most 5 % are, even if any gain at all would count', async () => {
    const count = await verdicts(100, {}, { minimumGainPercent: 0 })
    assert.ok(count.improved <= 5, JSON.stringify(count))
  })

  test('and a spike of the whole server before the run does not make it look improved', async () => {
    const spike: Workload['factor'] = (_series, at) => (at > STARTED - 600_000 && at < STARTED ? 3 : 1)
    const count = await verdicts(30, { factor: spike })
    assert.equal(count.improved, 0, JSON.stringify(count))
    const alone: Workload['factor'] = (series, at) => (series === 0 ? spike(series, at) : 1)
    const without = await verdicts(10, { factor: alone, controls: 7 })
    assert.ok(without.improved > 0, 'the controls are what tells the two apart')
  })

  test('and a server that gets slower as a whole is a regression to be looked at', async () => {
    const slower: Workload['factor'] = (_series, at) => (at >= FINISHED ? 2 : 1)
    const { row, look } = await watch({ samples: samplesOf({ ...UNCHANGED, factor: slower }) })
    assert.equal(row.verdict, 'regressed')
    assert.equal(look, 2, 'one look accuses nobody')
    assert.match(JSON.stringify(row.details), /untouched statements got \d+ % worse/)
  })
})

describe('something was done', () => {
  test('and a moment in which everything was slow right after it does not hide that it helped', async () => {
    const helpedInASpike: Workload['factor'] = (series, at) =>
      (series === 0 && at >= FINISHED ? 0.2 : 1) * (at >= FINISHED && at < FINISHED + AFTER ? 3 : 1)
    const { row, look } = await watch({ samples: samplesOf({ ...UNCHANGED, factor: helpedInASpike }) })
    assert.equal(row.verdict, 'improved')
    assert.equal(look, 2)
  })

  test('and everything slow ever since is a regression, whatever the gain', async () => {
    const helpedAndHurt: Workload['factor'] = (series, at) => (at < FINISHED ? 1 : series === 0 ? 0.2 : 3)
    const { row } = await watch({ samples: samplesOf({ ...UNCHANGED, factor: helpedAndHurt }) })
    assert.equal(row.verdict, 'regressed')
  })

  test('and a statement twice as fast is found improved, nearly always at the first look', async () => {
    const count = await verdicts(40, { factor: effectOf(0.5) }, { minimumGainPercent: 20 })
    assert.ok(count.improved >= 38, JSON.stringify(count))
    const { row, look } = await watch({ samples: samplesOf({ ...UNCHANGED, factor: effectOf(0.5) }) })
    assert.equal(look, 1)
    const { improvementPercent, intervalLowPercent, intervalHighPercent } = row
    assert.ok(
      improvementPercent !== null && Math.abs(improvementPercent - 50) < 15,
      String(improvementPercent),
    )
    assert.ok(
      (intervalLowPercent ?? 0) <= improvementPercent && improvementPercent <= (intervalHighPercent ?? 0),
    )
    assert.ok((row.metricBefore ?? 0) > (row.metricAfter ?? 0))
  })

  test('and a statement twice as slow is found regressed', async () => {
    const count = await verdicts(20, { factor: effectOf(2) })
    assert.ok(count.regressed >= 18, JSON.stringify(count))
  })

  test('and a gain as the whole server had it is no gain of the action', async () => {
    const quicker: Workload['factor'] = (_series, at) => (at >= FINISHED ? 0.5 : 1)
    const count = await verdicts(20, { factor: quicker })
    assert.equal(count.improved, 0, JSON.stringify(count))
  })

  test('and the interval covers the true gain about as often as it says', async () => {
    let covered = 0
    for (let seed = 1; seed <= 60; seed += 1) {
      const samples = samplesOf({ ...UNCHANGED, seed, factor: effectOf(0.4) })
      const { row } = await watch({ samples, executionId: seed })
      if ((row.intervalLowPercent ?? 100) <= 60 && 60 <= (row.intervalHighPercent ?? 0)) covered += 1
    }
    assert.ok(covered >= 50, `${covered} of 60`)
  })
})

describe('a gauge', () => {
  const plan = { affectedSeries: ['server:waits'], metricName: 'waiting_sessions', metricUnit: 'sessions' }
  const gauge = (from: number, to: number, waiting: number): MetricSample[] => {
    const samples: MetricSample[] = []
    for (let at = from; at < to; at += 5_000) {
      const measures = { waiting_sessions: waiting }
      samples.push(sample('waits', at, { seriesKind: 'server', calls: 1, measures }))
    }
    return samples
  }

  test('that falls to zero is improved, though it is read a few times and never called', async () => {
    const onset = STARTED - 20_000
    const samples = [...gauge(onset, STARTED, 4), ...gauge(FINISHED, FINISHED + 2 * AFTER, 0)]
    const { row, look } = await watch({ samples, plan, onset: fromMs(onset) })
    assert.deepEqual([row.verdict, look, row.metricBefore, row.metricAfter], ['improved', 1, 4, 0])
  })

  test('that was read twice before somebody approved within seconds is judged, and not one read once', async () => {
    const after = gauge(FINISHED, FINISHED + 5 * AFTER, 0)
    const judgedAfter = async (readings: number) => {
      const onset = STARTED - readings * 5_000
      return (await watch({ samples: [...gauge(onset, STARTED, 1), ...after], plan, onset: fromMs(onset) }))
        .row
    }
    assert.equal((await judgedAfter(2)).verdict, 'improved')
    assert.equal((await judgedAfter(1)).verdict, 'undecided')
  })

  test('is not compared with the time before the trouble began', async () => {
    const onset = STARTED - 30_000
    const samples = [
      ...gauge(STARTED - 900_000, onset, 0),
      ...gauge(onset, STARTED, 4),
      ...gauge(FINISHED, FINISHED + 2 * AFTER, 0),
    ]
    assert.equal((await watch({ samples, plan, onset: fromMs(onset) })).row.verdict, 'improved')
  })

  test('is compared from the first reading that shows the trouble: its window begins before it', async () => {
    const seen = STARTED - 30_000
    const samples = [
      ...gauge(seen - 10_000, seen, 0),
      ...gauge(seen, STARTED, 4),
      ...gauge(FINISHED, FINISHED + 2 * AFTER, 0),
    ]
    const { row } = await watch({ samples, plan, onset: fromMs(seen - 10_000) })
    assert.deepEqual([row.verdict, row.samplesBefore], ['improved', gauge(seen, STARTED, 4).length])
  })

  test('that stays as it was is not improved', async () => {
    const samples = [...gauge(STARTED - 60_000, STARTED, 4), ...gauge(FINISHED, FINISHED + 5 * AFTER, 4)]
    const { row } = await watch({ samples, plan, onset: fromMs(STARTED - 60_000) })
    assert.notEqual(row.verdict, 'improved')
  })
})

describe('sessions that wait no longer', () => {
  const plan = { affectedSeries: ['server:waits'], metricName: 'waiting_sessions', metricUnit: 'sessions' }
  /** `waiting` sessions until the run, none since, while all statements (864 ms a second) take `factor` times as long since. */
  const judgedBeside = async (waiting: number, factor: number): Promise<NewVerification> => {
    const gauge: MetricSample[] = []
    for (let at = STARTED - 60_000; at < FINISHED + 5 * AFTER; at += 5_000) {
      const measures = { waiting_sessions: at < STARTED ? waiting : 0 }
      gauge.push(sample('waits', at, { seriesKind: 'server', calls: 1, measures }))
    }
    const slower: Workload['factor'] = (_, at) => (at >= FINISHED ? factor : 1)
    const samples = [...samplesOf({ ...UNCHANGED, factor: slower }), ...gauge]
    return (await watch({ samples, plan, onset: fromMs(STARTED - 60_000) })).row
  }

  test('outweigh what others lose by working beside them, which is said', async () => {
    const { verdict, details } = await judgedBeside(4, 2)
    assert.equal(verdict, 'improved')
    assert.match(JSON.stringify(details), /meanwhile .* worse, which costs less time than was gained/)
  })

  test('do not outweigh others that lose more than they did', async () =>
    assert.equal((await judgedBeside(1, 4)).verdict, 'regressed'))
})

describe('too little is known', () => {
  test('to judge by fewer calls than the plan asks for: a person must settle it', async () => {
    const calls = { calls: 0.02, controls: 3 }
    const { row, look } = await watch({
      samples: samplesOf({ ...UNCHANGED, ...calls, factor: effectOf(0.1) }),
    })
    assert.deepEqual([row.verdict, look], ['undecided', MOST_LOOKS])
    assert.match(JSON.stringify(row.details), /30 and 30 are needed/)
  })

  test('where the statement is gone: absence is no improvement', async () => {
    const samples = samplesOf(UNCHANGED).filter(
      (s) => s.seriesKey !== 'q0' || s.windowStart < fromMs(STARTED),
    )
    const { row } = await watch({ samples })
    assert.deepEqual([row.verdict, row.improvementPercent, row.samplesAfter], ['undecided', null, 0])
  })

  test('before the first after-window has ended, or the run itself', async () => {
    const { execution, decision } = runOf()
    const look = (agoMs: number, change: Partial<Execution> = {}): number =>
      looksDue({ ...execution, ...change }, decision, fromMs(FINISHED + agoMs))
    assert.equal(look(SETTLE + AFTER - 1), 0)
    assert.equal(look(SETTLE + AFTER), 1)
    assert.equal(look(SETTLE + 3 * AFTER + 5), 3)
    assert.equal(look(1000 * AFTER), MOST_LOOKS, 'looks end')
    assert.equal(look(SETTLE + AFTER, { finishedAt: null }), 0)
  })
})

test('a look is due at the times that are told beforehand', () => {
  const { execution, decision } = runOf()
  const plan = { settleSeconds: SETTLE / 1000, afterSeconds: AFTER / 1000 }
  const times = lookTimes(execution, plan)
  assert.ok(times !== null)
  assert.equal(looksDue(execution, decision, times.first), 1)
  assert.equal(looksDue(execution, decision, fromMs(toMs(times.last) - 1)), MOST_LOOKS - 1)
  assert.equal(looksDue(execution, decision, times.last), MOST_LOOKS)
  assert.equal(lookTimes({ finishedAt: null }, plan), null)
})

describe('an action without a series of its own', () => {
  const none = { affectedSeries: [] }

  test('is judged by its postcondition, which held when it ended', async () =>
    assert.equal((await watch({ samples: samplesOf(UNCHANGED), plan: none })).row.verdict, 'improved'))

  test('is regressed where everything else got slower', async () => {
    const slower: Workload['factor'] = (_series, at) => (at >= FINISHED ? 2 : 1)
    const { row } = await watch({ samples: samplesOf({ ...UNCHANGED, factor: slower }), plan: none })
    assert.equal(row.verdict, 'regressed')
  })

  test('is not called improved where only a part of its plan ran', async () => {
    const execution = { executionOutcome: 'PARTIAL_SUCCESS' } as const
    assert.equal((await watch({ samples: [], plan: none, execution })).row.verdict, 'no_effect')
  })
})

describe('a verdict', () => {
  test('is the same for the same samples and run, whoever computes it and when within a look', async () => {
    const samples = samplesOf(UNCHANGED)
    const { execution, decision } = runOf()
    const read = readerOf(samples)
    const at = (afterMs: number) =>
      verifyRun({
        execution,
        decision,
        onset: fromMs(STARTED),
        now: fromMs(FINISHED + SETTLE + afterMs),
        read,
      })
    const first = await at(4 * AFTER)
    assert.ok(first !== null)
    assert.deepEqual(await at(4 * AFTER), first)
    assert.deepEqual(await at(9 * AFTER), first)
  })

  test('does not read windows that reach into the run', async () => {
    const plan = { affectedSeries: ['server:w'], metricName: 'waiting', minimumCalls: 30 }
    const w = (at: number, waiting: number): MetricSample =>
      sample('w', at, { seriesKind: 'server', calls: 1, measures: { waiting } })
    const samples = [
      ...[1, 2, 3, 4, 5, 6].map((n) => w(STARTED - n * 60_000, 4)),
      w(STARTED - 1_000, 1_000_000),
      ...[1, 2, 3, 4, 5, 6].map((n) => w(FINISHED + n * 60_000, 4)),
    ]
    const { row } = await watch({ samples, plan, onset: fromMs(STARTED - 900_000) })
    assert.equal(row.samplesBefore, 6)
  })

  test('measures the busiest controls even where a kind has more rows than one read holds', async () => {
    const rows = samplesOf({ ...UNCHANGED, controls: 3, factor: effectOf(0.5) })
    const many: MetricSample[] = []
    for (let at = STARTED - 900_000; at < FINISHED + 2 * AFTER; at += 5_000)
      for (let n = 0; n < 120; n += 1) many.push(sample(`rare${n}`, at, { calls: 1, totalMs: 1 }))
    const { row } = await watch({
      samples: [...rows, ...many].sort((a, b) => (a.windowStart < b.windowStart ? -1 : 1)),
    })
    assert.equal(row.verdict, 'improved')
    assert.equal((row.details as { readonly controls: number }).controls, 20)
  })
})
