/** Growth with what the store holds: 1,000 to 1,000,000 events and as many samples; what roles and people ask of it. */
import { readStory } from '../../src/app/index.ts'
import { fromMs } from '../../src/core/time.ts'
import { quantile } from '../support/figures.ts'
import type { BenchRun } from '../support/run-bench.ts'
import { type FilledStore, filledStore } from './filled-store.ts'
import type { Curve } from './slopes.ts'

/** A role's question holds the whole process up on SQLite; a person waits for a page; a report may count everything. */
const MOST_MS = { role: 50, page: 200, report: 3000 } as const
const REPEATS = 7

/** One question. */
interface Question {
  readonly name: string
  readonly kind: keyof typeof MOST_MS
  readonly expected: Curve['expected']
  ask(store: FilledStore, newestEvent: number): Promise<unknown>
}

const LEASE = { owner: 'bench', seconds: 60 }
const HALF_HOUR_MS = 1_800_000

const QUESTIONS: readonly Question[] = [
  question('append 20 events', 'role', (s) => s.installation.store.observe?.appendEvents(s.nextEvents(20))),
  question('append 100 samples', 'role', (s) =>
    s.installation.store.observe?.appendSamples(s.nextSamples(100)),
  ),
  question('fingerprints with new breaches', 'role', (s, newest) =>
    s.installation.store.reason?.freshFingerprints(newest - 100, 200),
  ),
  question('issue of a fingerprint', 'role', (s) =>
    s.installation.store.reason?.openIssueOf(s.fingerprintOf(0)),
  ),
  question('claim issues', 'role', async (s) => {
    const { reason } = s.installation.store
    for (const issue of (await reason?.claimIssues(LEASE, ['DETECTED', 'UNDER_ANALYSIS'], 4)) ?? [])
      await reason?.releaseIssue(issue.issueId, LEASE.owner)
  }),
  question('is an issue of the target open', 'role', (s) =>
    s.installation.store.read.issues({ targetId: s.targetIds[0] ?? 1, states: ['DETECTED'], limit: 1 }),
  ),
  question('hold 10 targets', 'role', (s) => s.installation.store.observe?.leaseTargets(LEASE, 50)),
  question('what may run', 'role', (s) => s.installation.store.act?.runnable(50)),
  question('overdue decisions', 'role', (s) => s.installation.store.reason?.overdueDecisions(50)),
  question('history of one series, half an hour', 'role', (s) => samples(s, s.seriesKey)),
  // The answer itself grows, from 100 samples to the 5,000 that were asked for.
  question('all series of a target, half an hour', 'role', (s) => samples(s, null), 'linear'),
  question('page: issues', 'page', (s) => s.installation.store.read.issues({ limit: 100 })),
  question('page: issues awaiting a decision', 'page', (s) =>
    s.installation.store.read.issues({ states: ['AWAITING_DECISION', 'DECISION_MADE'], limit: 100 }),
  ),
  question('page: events', 'page', (s) => s.installation.store.read.events({ limit: 100 })),
  question('page: events of a target', 'page', (s) =>
    s.installation.store.read.events({ targetId: s.targetIds[0] ?? 1, limit: 100 }),
  ),
  question('page: one issue’s story', 'page', async (s) => {
    const [issue] = await s.installation.store.read.issues({ limit: 1 })
    return readStory(s.installation.store.read, issue?.issueId ?? 0)
  }),
  ...(['pending', 'approvals', 'effectiveness', 'accuracy', 'recurrence', 'sources'] as const).map((name) =>
    question(`report: ${name}`, 'report', (s) => s.installation.store.read.report(name), 'linear'),
  ),
  question('sizes of the tables', 'report', (s) => s.installation.store.sizes(), 'linear'),
  question(
    'what retention would remove',
    'report',
    (s) =>
      s.installation.store.retention?.due('samples', {
        fineDays: 1,
        samplesDays: 14,
        plansDays: 30,
        eventsDays: 90,
      }),
    'linear',
  ),
]

type Ask = (store: FilledStore, newestEvent: number) => unknown

function question(
  name: string,
  kind: Question['kind'],
  ...[ask, expected = 'flat']: [ask: Ask, expected?: Curve['expected']]
): Question {
  return { name, kind, expected, ask: async (store, newest) => ask(store, newest) }
}

function samples(store: FilledStore, seriesKey: string | null) {
  const newest = store.newestMs()
  return store.installation.store.read.samples({
    targetId: store.targetIds[0] ?? 1,
    seriesKind: 'statement',
    seriesKey,
    from: fromMs(newest - HALF_HOUR_MS),
    to: fromMs(newest),
    limit: 5000,
  })
}

/** Fills one store further and further and asks every question at each size. */
export async function storeGrowth(run: BenchRun): Promise<readonly Curve[]> {
  const sizes = run.options.flag('quick') ? [1000, 10_000] : [1000, 10_000, 100_000, 1_000_000]
  const store = await filledStore()
  run.onEnd(() => store.remove())
  const times = new Map<string, { size: number; value: number }[]>()
  for (const size of sizes) {
    const began = performance.now()
    await store.fill(size, run.signal)
    run.say(`store: ${size} events and samples after ${((performance.now() - began) / 1000).toFixed(0)} s`)
    const [newest] = await store.installation.store.read.events({ limit: 1 })
    for (const one of QUESTIONS) {
      const value = await median(async () => one.ask(store, newest?.eventId ?? 0))
      times.set(one.name, [...(times.get(one.name) ?? []), { size, value }])
    }
  }
  await store.remove()
  return QUESTIONS.map((one) => ({
    name: one.name,
    unit: 'ms',
    expected: one.expected,
    most: MOST_MS[one.kind],
    points: times.get(one.name) ?? [],
  }))
}

async function median(ask: () => Promise<unknown>): Promise<number> {
  await ask()
  const times: number[] = []
  for (let k = 0; k < REPEATS; k += 1) {
    const began = performance.now()
    await ask()
    times.push(performance.now() - began)
  }
  return quantile(times, 0.5)
}
