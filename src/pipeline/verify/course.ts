/**
 * The course of series over time, on logarithms: of all untouched classes together, and of one class beside the others.
 * What moves a whole server is in every class at the same moment, so it is taken out moment by moment.
 */
import { median } from '../../core/median.ts'
import type { Binned, BinnedSides } from './window-means.ts'

/** Log means in time order before and after a run; `at` as in `Binned`. */
export interface Course {
  readonly before: Points
  readonly after: Points
}

/** Points of a course. */
export interface Points {
  readonly at: readonly number[]
  readonly logs: readonly number[]
}

/** Added to mean times of untouched classes, ms, so that one that rounds to zero has a logarithm. */
export const CONTROL_FLOOR_MS = 1e-3

/** One series by itself. @param floor added to every mean, so that a metric may fall to zero; same unit as the metric. */
export function courseOf({ before, after }: BinnedSides, floor: number): Course {
  const points = ({ at, means }: Binned): Points => ({
    at,
    logs: means.map((mean) => Math.log(mean + floor)),
  })
  return { before: points(before), after: points(after) }
}

/**
 * What classes have in common: at every moment the median, over those called then, of how far each is from its own usual
 * level (the median before). A class that goes its own way moves it little. Empty for no classes.
 */
export function commonCourse(controls: readonly BinnedSides[]): Course {
  const own = controls.map((control) => {
    const course = courseOf(control, CONTROL_FLOOR_MS)
    const level = median(course.before.logs)
    return { before: levelled(course.before, level), after: levelled(course.after, level) }
  })
  return {
    before: medians(own.map((course) => course.before)),
    after: medians(own.map((course) => course.after)),
  }
}

const levelled = ({ at, logs }: Points, level: number): Points => ({
  at,
  logs: logs.map((log) => log - level),
})

function medians(all: readonly Points[]): Points {
  const moments = new Map<number, number[]>()
  for (const { at, logs } of all) {
    for (const [i, bin] of at.entries()) {
      const found = moments.get(bin)
      const log = logs[i] ?? 0
      if (found === undefined) moments.set(bin, [log])
      else found.push(log)
    }
  }
  const inOrder = [...moments].sort((a, b) => a[0] - b[0])
  return { at: inOrder.map(([bin]) => bin), logs: inOrder.map(([, logs]) => median(logs)) }
}

/** A course beside what the others had in common at each moment; moments of which that is not known are left out. */
export function relativeTo(course: Course, common: Course): Course {
  if (common.before.at.length === 0 || common.after.at.length === 0) return course
  return {
    before: without(course.before, common.before),
    after: without(course.after, common.after),
  }
}

function without({ at, logs }: Points, common: Points): Points {
  const level = new Map(common.at.map((bin, i) => [bin, common.logs[i] ?? 0]))
  const known = at.flatMap((bin, i) => {
    const there = level.get(bin)
    return there === undefined ? [] : [[bin, (logs[i] ?? 0) - there] as const]
  })
  return { at: known.map(([bin]) => bin), logs: known.map(([, log]) => log) }
}

/** How the level of a course moved at the run, log, with its standard error. */
export interface Shift {
  readonly log: number
  readonly error: number
}

/** Autocorrelation beyond which windows are taken for no more alike: something has to be left that counts. */
const MOST_ALIKE = 0.9
/** Variance of a median against that of a mean, of a normal law. */
const MEDIAN_VARIANCE = Math.PI / 2
/** From the median of absolute deviations to the standard deviation of a normal law. */
export const NORMAL_BY_MEDIAN = 1.4826
/** Standard deviations beyond which a window counts as one there (Huber 1964): a burst hardly moves a median. */
const CLIPPED = 2

/**
 * The medians of both sides compared. The error is that of medians of values each of which resembles the one before it:
 * fewer of them count, by their first-order autocorrelation. What is common to a whole server drifts for minutes, which
 * blocks of a few windows do not show.
 */
export function shiftOf({ before, after }: Course): Shift {
  const [first, then] = [median(before.logs), median(after.logs)]
  const rest = clipped([...before.logs.map((log) => log - first), ...after.logs.map((log) => log - then)])
  const variance = rest.reduce((sum, value) => sum + value * value, 0) / Math.max(1, rest.length - 2)
  const each = 1 / Math.max(1, before.logs.length) + 1 / Math.max(1, after.logs.length)
  return { log: then - first, error: Math.sqrt((MEDIAN_VARIANCE * variance * each) / sharePerWindow(rest)) }
}

/** Deviations, those of bursts drawn in; left as they are where more than half are zero. */
function clipped(rest: readonly number[]): readonly number[] {
  const most = CLIPPED * NORMAL_BY_MEDIAN * median(rest.map(Math.abs))
  return most === 0 ? rest : rest.map((value) => Math.max(-most, Math.min(most, value)))
}

/** What one window counts for, by how much it resembles the one before it: (1 - r)/(1 + r). @param rest residuals in order */
export function sharePerWindow(rest: readonly number[]): number {
  let product = 0
  let square = 0
  for (const [i, value] of rest.entries()) {
    square += value * value
    if (i > 0) product += value * (rest[i - 1] ?? 0)
  }
  const alike = square > 0 ? Math.min(MOST_ALIKE, Math.max(0, product / square)) : 0
  return (1 - alike) / (1 + alike)
}
