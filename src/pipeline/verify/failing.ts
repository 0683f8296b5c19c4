/**
 * Do statements fail since the run that did not before? A statement that fails is quick, so by its times alone an action that
 * makes statements fail (a hidden index that a hint names, a time limit, a shorter wait for locks) would look like a gain.
 * Each class is looked at by itself, and failing calls are never weighed against time.
 */
import type { MetricSample } from '../../core/nouns.ts'
import { toMs } from '../../core/time.ts'
import { LOSS_BEGINS } from './began-then.ts'
import { CHANCE, normalQuantile } from './guards.ts'
import { FAILING_POINTS, type GuardReading } from './verdict.ts'

/** Samples of one series, or of all series of a kind, on both sides of a run, in time order. */
export interface SampleSides {
  readonly before: readonly MetricSample[]
  readonly after: readonly MetricSample[]
}

/** How many times the odds that a call fails may be what they were: retries and lost races come and go with the load. */
const TIMES = 2
/** Classes read by themselves, at most, where all together are more rows than one read holds: those that seem worst. */
const MOST_READ_ALONE = 20
/** Calls on each side, and failing ones since the run, below which a class says nothing. */
const FEWEST_CALLS = 10
const FEWEST_FAILED = 5
/** Bins each side needs to say when it began. */
const FEWEST_BINS = 4

interface Bin {
  readonly calls: number
  readonly failed: number
}

interface Course {
  readonly before: readonly Bin[]
  readonly after: readonly Bin[]
}

/** Where the classes' samples come from. */
export interface FailingInput {
  /** All classes: the newest rows of each side. */
  readonly all: SampleSides
  /** Whether these are all rows of both sides. If not, what is missing is the time right before and right after the run. */
  readonly isWhole: boolean
  /** One class, by its key. */
  readonly readAlone: (key: string) => Promise<SampleSides>
  readonly binSeconds: number
}

/**
 * The classes of which more calls fail since the run, each as a guarded figure: by how much more than at twice the odds of
 * before, in points of a hundred calls. The bound of what is sure is corrected for the number of classes (Bonferroni) and for
 * failures that come in bursts (quasi-binomial: the variance is as many times the binomial one as Pearson's statistic of the
 * bins says).
 */
export async function readFailing({
  all,
  isWhole,
  readAlone,
  binSeconds,
}: FailingInput): Promise<readonly GuardReading[]> {
  const courses = coursesOf(all, binSeconds)
  const errors = normalQuantile(CHANCE / Math.max(1, courses.size))
  const suspected = [...courses]
    .flatMap(([key, course]) => {
      const found = reading(key, course, errors)
      return found === null ? [] : [{ key, found }]
    })
    .sort((one, other) => other.found.worsePercent - one.found.worsePercent)
  if (isWhole) return suspected.map(({ found }) => found)
  const alone = await Promise.all(
    suspected.slice(0, MOST_READ_ALONE).map(async ({ key }) => {
      const course = coursesOf(await readAlone(key), binSeconds).get(key)
      return course === undefined ? null : reading(key, course, errors)
    }),
  )
  return alone.filter((found) => found !== null)
}

function coursesOf(sides: SampleSides, binSeconds: number): ReadonlyMap<string, Course> {
  const before = binned(sides.before, binSeconds)
  const both = [...binned(sides.after, binSeconds)].map(
    ([key, after]) => [key, { before: before.get(key) ?? [], after }] as const,
  )
  return new Map(both.filter(([, course]) => isEnough(course)))
}

const sum = (bins: readonly Bin[]): Bin => ({
  calls: bins.reduce((total, bin) => total + bin.calls, 0),
  failed: bins.reduce((total, bin) => total + bin.failed, 0),
})

function isEnough({ before, after }: Course): boolean {
  const [first, then] = [sum(before), sum(after)]
  return (
    Math.min(before.length, after.length) >= FEWEST_BINS && Math.min(first.calls, then.calls) >= FEWEST_CALLS
  )
}

/** Null for a class that does not fail more often by what matters. */
function reading(key: string, course: Course, errors: number): GuardReading | null {
  const [first, then] = [sum(course.before), sum(course.after)]
  if (then.failed < FEWEST_FAILED) return null
  const [p0, p1] = [first.failed / first.calls, then.failed / then.calls]
  const worsePercent = 100 * (p1 - (TIMES * p0) / (1 + (TIMES - 1) * p0))
  if (worsePercent <= FAILING_POINTS) return null
  const spread = burstiness(course)
  // How the share at so many times the odds moves with the share before (the delta method).
  const slope = TIMES / (1 + (TIMES - 1) * p0) ** 2
  const error = 100 * Math.sqrt(spread * (variance(then) + slope ** 2 * variance(first)))
  return {
    name: `the share of failing calls of statement ${key.slice(0, 12)}`,
    worsePercent,
    surelyWorsePercent: worsePercent - errors * error,
    beganThen: beganAtRun(course, spread),
    outweighed: false,
    failing: { beforePercent: 100 * p0, sincePercent: 100 * p1 },
  }
}

/** Of a share of failing calls; half a failure is added, so that none in ten calls is not taken for none ever. */
function variance({ calls, failed }: Bin): number {
  const share = (failed + 0.5) / (calls + 1)
  return (share * (1 - share)) / calls
}

/** Pearson's statistic of the bins by its degrees of freedom, at least 1: how many times the binomial variance they have. */
function burstiness({ before, after }: Course): number {
  const statistic = [before, after].reduce((total, bins) => {
    const { calls, failed } = sum(bins)
    const share = failed / calls
    if (share === 0 || share === 1) return total
    return bins.reduce(
      (sumOf, bin) => sumOf + (bin.failed - share * bin.calls) ** 2 / (bin.calls * share * (1 - share)),
      total,
    )
  }, 0)
  return Math.max(1, statistic / (before.length + after.length - 2))
}

/**
 * Is the run as likely a moment for the change as any other? By the likelihood of two shares, one before the moment and one
 * since (Hinkley and Hinkley 1970), with the variance the bins have.
 */
function beganAtRun({ before, after }: Course, spread: number): boolean {
  const bins = [...before, ...after]
  const run = before.length
  const likelihoods = bins.map((_, k) => (k === 0 ? Number.NEGATIVE_INFINITY : likelihood(bins, k)))
  const near = likelihoods.slice(Math.max(1, run - LOSS_BEGINS.earlier), run + LOSS_BEGINS.later + 1)
  return (2 * (Math.max(...likelihoods) - Math.max(...near))) / spread <= LOSS_BEGINS.otherMoment
}

const likelihood = (bins: readonly Bin[], moment: number): number =>
  ofShare(sum(bins.slice(0, moment))) + ofShare(sum(bins.slice(moment)))

function ofShare({ calls, failed }: Bin): number {
  const part = (n: number): number => (n === 0 ? 0 : n * Math.log(n / calls))
  return part(failed) + part(calls - failed)
}

/** Calls of each class in bins in time order; only of the newest epoch, in which counters run on. */
function binned(samples: readonly MetricSample[], binSeconds: number): Map<string, readonly Bin[]> {
  const epoch = samples.at(-1)?.epoch
  const classes = new Map<string, Map<number, Bin>>()
  for (const sample of samples) {
    if (sample.epoch !== epoch || sample.calls <= 0) continue
    const at = Math.floor(toMs(sample.windowStart) / (binSeconds * 1000))
    const bins = classes.get(sample.seriesKey) ?? new Map<number, Bin>()
    const bin = bins.get(at) ?? { calls: 0, failed: 0 }
    const failed = Math.min(sample.calls, sample.measures['errors'] ?? 0)
    classes.set(
      sample.seriesKey,
      bins.set(at, { calls: bin.calls + sample.calls, failed: bin.failed + failed }),
    )
  }
  return new Map(
    [...classes].map(([key, bins]) => [key, [...bins].sort((a, b) => a[0] - b[0]).map(([, bin]) => bin)]),
  )
}
