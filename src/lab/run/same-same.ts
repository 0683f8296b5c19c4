/**
 * How often the pipeline's own verification calls a change what was none: in a control, moments at which nothing
 * happened are judged as if an action had run there (an A/A test). At most one in twenty may be called improved.
 */
import { verifyRun } from '../../app/index.ts'
import type { Decision, Execution, MetricSample } from '../../core/nouns.ts'
import type { VerificationPlan } from '../../core/plan.ts'
import { seededRandom } from '../../core/random.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { WINDOW } from './set-scene.ts'

/** How often a change that was none was called a change. */
export interface SameSame {
  readonly judged: number
  readonly improved: number
  readonly regressed: number
  /** Too little was measured to judge. */
  readonly undecided: number
}

/** Moments judged, and statements judged at each. */
const MOMENTS = 8
const STATEMENTS = 12
/** Looks a verification takes at most, as `verifyRun` does. */
const LOOKS = 4
const SAMPLE_ROWS = 20_000

/** Judges the statements of the only target at moments a seed draws. */
export async function judgeSameSame(read: ReadPort, seed: number): Promise<SameSame> {
  const [target] = await read.targets()
  if (target === undefined) return NOBODY
  const samples = await read.samples({
    targetId: target.targetId,
    seriesKind: 'statement',
    seriesKey: null,
    from: fromMs(0),
    to: await read.now(),
    limit: SAMPLE_ROWS,
  })
  const ends = samples.map((s) => toMs(s.windowEnd))
  const room = (WINDOW.settleSeconds + LOOKS * WINDOW.afterSeconds) * 1000
  const from = Math.min(...ends) + WINDOW.beforeSeconds * 1000
  const to = Math.max(...ends) - room
  if (samples.length === 0 || to <= from) return NOBODY
  const random = seededRandom(seed)
  const verdicts: (string | null)[] = []
  for (let i = 0; i < MOMENTS; i += 1) {
    const atMs = Math.floor(from + random() * (to - from))
    for (const key of busiest(samples))
      verdicts.push(await verdictAt(read, { targetId: target.targetId, key, atMs, run: verdicts.length + 1 }))
  }
  return counted(verdicts)
}

const NOBODY: SameSame = { judged: 0, improved: 0, regressed: 0, undecided: 0 }

function counted(verdicts: readonly (string | null)[]): SameSame {
  const count = (of: string): number => verdicts.filter((v) => v === of).length
  const undecided = verdicts.length - count('improved') - count('regressed') - count('no_effect')
  return {
    judged: verdicts.length - undecided,
    improved: count('improved'),
    regressed: count('regressed'),
    undecided,
  }
}

/** The statements called most. */
function busiest(samples: readonly MetricSample[]): readonly string[] {
  const windows = new Map<string, number>()
  for (const s of samples) windows.set(s.seriesKey, (windows.get(s.seriesKey) ?? 0) + 1)
  return [...windows]
    .sort((a, b) => b[1] - a[1])
    .slice(0, STATEMENTS)
    .map(([key]) => key)
}

interface Moment {
  readonly targetId: number
  readonly key: string
  readonly atMs: number
  readonly run: number
}

/** Looks as often as a verification would, and takes its first verdict. */
async function verdictAt(read: ReadPort, moment: Moment): Promise<string | null> {
  const at = fromMs(moment.atMs)
  for (let look = 1; look <= LOOKS; look += 1) {
    const now = fromMs(moment.atMs + (WINDOW.settleSeconds + look * WINDOW.afterSeconds) * 1000)
    const row = await verifyRun({ read, now, onset: at, ...asIfRun(moment, at) })
    if (row !== null) return row.verdict
  }
  return null
}

/** A run and a decision in as far as a verification reads them. */
function asIfRun(
  moment: Moment,
  at: UtcTime,
): { readonly execution: Execution; readonly decision: Decision } {
  const verification: VerificationPlan = {
    ...WINDOW,
    postcondition: 'nothing was done',
    affectedSeries: [`statement:${moment.key}`],
    metricName: 'mean_ms',
    metricUnit: 'ms',
    lowerIsBetter: true,
    minimumCalls: 30,
    minimumGainPercent: 20,
  }
  const execution = { executionId: moment.run, startedAt: at, finishedAt: at, executionOutcome: 'SUCCESS' }
  const decision = { targetId: moment.targetId, bindingText: JSON.stringify({ verification }) }
  return { execution: execution as Execution, decision: decision as Decision }
}
