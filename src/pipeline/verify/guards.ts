/**
 * The times that must not get worse: how long all untouched statements take together, and each of them by itself beside
 * the others. Many are looked at, and on any server some figure is worse at any time, so each has to be surer the more there
 * are (Holm 1979), and worse by what matters in practice. Whether it began with the run is a question of its own.
 */
import { median } from '../../core/median.ts'
import { beganThen, LOSS_BEGINS } from './began-then.ts'
import { CONTROL_FLOOR_MS, commonCourse, courseOf, relativeTo, shiftOf } from './course.ts'
import { measureEffect, WANTED_CONTROLS } from './effect.ts'
import { GUARD_PERCENT, type GuardReading, SURELY_WORSE_PERCENT } from './verdict.ts'
import type { BinnedSides } from './window-means.ts'

/** An untouched statement class. */
export interface Control extends BinnedSides {
  readonly key: string
}

/** What guards are read with. */
export interface GuardInput {
  readonly controls: readonly Control[]
  readonly seed: number
  /** Time the action saves all calls of the affected class, or all sessions that waited, ms a second; 0 where that is not known. */
  readonly savedMsPerSecond: number
  /** Whether what is saved is time of untouched classes, as of sessions that waited. */
  readonly savesOthers: boolean
  /** Length of the time after the run, s. */
  readonly afterSeconds: number
}

/** Chance, one-sided, with which any guard of a kind may seem worse where none is. */
export const CHANCE = 0.025
/** Fewest classes that say what all of them do. */
const FEWEST_CONTROLS = 3

/** The server’s reading, and of classes by themselves those that are worse by what matters. */
export function readGuards(input: GuardInput): readonly GuardReading[] {
  const { controls } = input
  if (controls.length < FEWEST_CONTROLS) return []
  const each = controls.length > WANTED_CONTROLS ? controls : []
  const worse = each.flatMap((one) => aloneEstimate(one, input) ?? [])
  return corrected([serverEstimate(input), ...worse], 1 + each.length)
}

/** What chance leaves open of one figure: how much worse it is, log, with the standard error of that. */
interface Estimate extends Omit<GuardReading, 'worsePercent' | 'surelyWorsePercent'> {
  readonly log: number
  readonly error: number
}

function serverEstimate(input: GuardInput): Estimate {
  const { controls, savedMsPerSecond } = input
  const course = commonCourse(controls)
  // Those that waited are among the untouched classes, and their gain is what was saved already.
  const least = input.savesOthers ? 0 : Number.NEGATIVE_INFINITY
  const lost = controls.reduce((sum, one) => sum + Math.max(least, lostMsPerSecond(one, input)), 0)
  return {
    name: 'the mean time of untouched statements',
    ...shiftOf(course),
    beganThen: beganThen(course, LOSS_BEGINS),
    outweighed: lost < savedMsPerSecond,
  }
}

/** Time all calls of a class take more since the run, ms a second; negative where they take less. */
const lostMsPerSecond = ({ before, after }: Control, { afterSeconds }: GuardInput): number =>
  (after.calls / afterSeconds) * (median(after.means) - median(before.means))

/** Null for a class that is not worse beside the others by what matters. */
function aloneEstimate(one: Control, input: GuardInput): Estimate | null {
  const others = input.controls.filter((other) => other !== one)
  const course = relativeTo(courseOf(one, CONTROL_FLOOR_MS), commonCourse(others))
  const shift = shiftOf(course)
  if (shift.log < Math.log(1 + GUARD_PERCENT / 100)) return null
  const effect = measureEffect(meansOf(one), others.map(meansOf), {
    lowerIsBetter: true,
    seed: input.seed,
    floor: CONTROL_FLOOR_MS,
  })
  const log = (improvementPercent: number): number => Math.log(1 - improvementPercent / 100)
  return {
    name: `the mean time of statement ${one.key.slice(0, SHOWN_OF_KEY)} beside the others`,
    log: log(effect.improvementPercent),
    error: Math.max(shift.error, (log(effect.lowPercent) - log(effect.highPercent)) / INTERVAL_WIDTH),
    beganThen: beganThen(course, LOSS_BEGINS),
    outweighed: lostMsPerSecond(one, input) < input.savedMsPerSecond,
  }
}

const meansOf = ({ before, after }: Control): { before: readonly number[]; after: readonly number[] } => ({
  before: before.means,
  after: after.means,
})

/** Width of a 95 % interval, standard errors. */
const INTERVAL_WIDTH = 2 * 1.96
const SHOWN_OF_KEY = 12

/** Holm’s correction: the surest is held against all `looked` at, the next against one fewer, until one fails. */
function corrected(estimates: readonly Estimate[], looked: number): readonly GuardReading[] {
  const bar = Math.log(1 + SURELY_WORSE_PERCENT / 100)
  const sureness = ({ log, error }: Estimate): number => (log - bar) / Math.max(error, 1e-9)
  const ranked = [...estimates].sort((a, b) => sureness(b) - sureness(a))
  let left = looked
  return ranked.map((estimate) => {
    const { log, error, ...rest } = estimate
    const errors = normalQuantile(CHANCE / left)
    if (sureness(estimate) > errors) left = Math.max(1, left - 1)
    const percent = (worse: number): number => 100 * (Math.exp(worse) - 1)
    return { ...rest, worsePercent: percent(log), surelyWorsePercent: percent(log - errors * error) }
  })
}

/** How many standard errors leave `p` (below 0.5) above them (Abramowitz and Stegun 26.2.23, exact to 0.0005). */
export function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p))
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
}
