/** One run of chaos from the first server to the last judgement. */
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../src/core/random.ts'
import type { ServerFlavour } from '../../src/lab/servers/index.ts'
import { rememberScrypt } from '../support/history/people.ts'
import { Approvers, type PeopleTally } from './approvers.ts'
import { Crew } from './crew.ts'
import { type Disturbance, Disturber } from './disturber.ts'
import { type House, openHouse, type StoreKind } from './house.ts'
import { type Judgement, judge } from './judge.ts'
import { type MemoryFigures, memoryFigures } from './memory.ts'
import { prepareTables, startTroubles } from './troubles.ts'
import { Witness, type WitnessReport } from './witness.ts'

/** What to play. */
export interface ChaosOptions {
  readonly seconds: number
  /** Goes on, at most four times as long, until this many runs were done; default 0. A busy machine heals less in the time. */
  readonly doneLeast?: number
  /** The same until so many things have befallen it; default 0. */
  readonly befallsLeast?: number
  readonly seed: number
  readonly flavour: ServerFlavour
  readonly store: StoreKind
  /** Mean pause between two disturbances of a kind, ms. */
  readonly quietMs: number
  readonly say: (line: string) => void
  /** A folder that exists, for logs and store where a promise was broken; default null: nothing is kept. */
  readonly keepIn?: string | null
  /** Things the judge must notice, done one after the other once it has judged; it judges again after each. */
  readonly rigs?: readonly ((house: House) => Promise<void>)[]
}

/** One role's life. */
export interface RoleFigures extends MemoryFigures {
  readonly role: string
  readonly starts: number
  readonly kills: number
  readonly surprises: readonly string[]
  readonly troubles: Readonly<Record<string, number>>
}

/** What came of it. */
export interface ChaosReport {
  readonly seed: number
  readonly seconds: number
  readonly server: string
  readonly store: StoreKind
  readonly disturbances: readonly Disturbance[]
  readonly people: PeopleTally
  readonly roles: readonly RoleFigures[]
  readonly witness: WitnessReport
  readonly judgement: Judgement
  readonly settledAfterMs: number
  /** Of everybody who judges; empty: every promise was kept. */
  readonly violations: readonly string[]
  /** What each rig added to the judge’s findings. */
  readonly rigged: readonly (readonly string[])[]
}

/** A role holds less than this however long it lives, MiB; idle ones hold about 120. */
const MEMORY_MAX_MIB = 400
/** A longer-lived role may not grow by more than this, MiB a minute. */
const SLOPE_MAX = 2
/** How much longer than asked for it may go on, as a multiple. */
const LONGER_MAX = 4
/** The shop’s programs are given this long to end, ms. */
const STOPPING_MS = 5_000
/** How long all may take to settle, ms: longer than a run whose executor died before it began waits to be given up (120 s). */
const SETTLE_MS = 150_000
/** Nothing open for so long counts as settled, ms. */
const QUIET_MS = 5_000

/** Plays chaos and judges it. @throws only where it could not be played. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const forgetScrypt = rememberScrypt()
  const house = await openHouse(options)
  const crew = new Crew(house)
  try {
    await prepareTables(house)
    return await play(options, house, crew)
  } finally {
    await crew.abandon()
    await house.close()
    forgetScrypt()
  }
}

async function play(options: ChaosOptions, house: House, crew: Crew): Promise<ChaosReport> {
  const { seconds, seed, say, doneLeast = 0, befallsLeast = 0 } = options
  // Each has numbers of its own: what one draws does not shift what another does.
  const draws = (part: number): (() => number) => seededRandom(seed * 10 + part)
  crew.start()
  const witness = new Witness(house)
  const troubles = startTroubles(house, draws(1))
  const approvers = new Approvers(house, draws(2))
  const disturber = new Disturber({ house, crew, random: draws(3) }, options.quietMs)
  say(`chaos for ${seconds} s, seed ${seed}`)
  let played = 0
  const isTooLittle = async (): Promise<boolean> =>
    disturber.happened.length < befallsLeast || (await runsDone(house)) < doneLeast
  while (played < seconds || (played < seconds * LONGER_MAX && (await isTooLittle()))) {
    const part = Math.min(10, Math.max(seconds - played, 1))
    await sleep(part * 1000)
    if (played % 60 === 0) say(`${played + part} s: ${disturber.happened.length} disturbances`)
    played += part
  }
  // A statement that waits on a connection that was destroyed is never answered: not waited for.
  await Promise.race([troubles.stop(), sleep(STOPPING_MS, undefined, { ref: false })])
  say('mending')
  await disturber.mendAll()
  await approvers.stop()
  say('mended; letting it settle')
  const settledAfterMs = await settle(house)
  say('settled; judging')
  await crew.stop()
  const testimony = await witness.testify()
  const judgement = await judge(house, testimony.heads)
  const roles = roleFigures(crew)

  const violations = [...judgement.violations, ...testimony.violations, ...roles.flatMap(roleProblems)]
  const { keepIn = null } = options
  if (keepIn !== null && violations.length > 0) keep(house, keepIn)
  return {
    seed,
    seconds: played,
    server: house.targets[0].server.version,
    store: options.store,
    disturbances: disturber.happened,
    people: approvers.tally,
    roles,
    witness: testimony,
    judgement,
    settledAfterMs,
    rigged: await rigged(options, house, judgement),
    violations,
  }
}

/** Logs, general logs, the file of the store and the export of its chain. */
function keep({ folder }: House, to: string): void {
  for (const name of readdirSync(folder).filter((each) => /\.(log|sqlite|sqlite-wal|jsonl)$/.test(each)))
    copyFileSync(join(folder, name), join(to, name))
}

async function rigged(
  { rigs = [] }: ChaosOptions,
  house: House,
  first: Judgement,
): Promise<readonly (readonly string[])[]> {
  const known = new Set(first.violations)
  const found: string[][] = []
  for (const rig of rigs) {
    await rig(house)
    const { violations } = await judge(house, [])
    found.push(violations.filter((violation) => !known.has(violation)))
    for (const violation of violations) known.add(violation)
  }
  return found
}

/** How many statements took effect so far; 0 while the store is away, which is part of the play. */
async function runsDone(house: House): Promise<number> {
  const session = await house.openSession().catch(() => null)
  if (session === null) return 0
  try {
    const [row] = await session.rows(
      `SELECT COUNT(*) AS n FROM action_executions WHERE execution_outcome = 'SUCCESS' AND purpose = 'DO'`,
    )
    return Number(row?.['n'])
  } catch {
    return 0
  } finally {
    await session.close()
  }
}

/** Waits until no run has been open for some seconds; gives how long that took, ms. */
async function settle(house: House): Promise<number> {
  const began = performance.now()
  let quietSince = performance.now()
  const session = await house.openSession()
  try {
    while (performance.now() - began < SETTLE_MS && performance.now() - quietSince < QUIET_MS) {
      const [row] = await session.rows(
        `SELECT COUNT(*) AS n FROM action_executions WHERE execution_status IN ('QUEUED', 'IN_PROGRESS')`,
      )
      if (Number(row?.['n']) > 0) quietSince = performance.now()
      await sleep(250)
    }
    return Math.round(quietSince - began)
  } finally {
    await session.close()
  }
}

const roleFigures = (crew: Crew): readonly RoleFigures[] =>
  crew.records().map(({ role, memory, starts, kills, surprises, troubles }) => ({
    role,
    starts,
    kills,
    surprises,
    troubles: Object.fromEntries(troubles),
    ...memoryFigures(memory),
  }))

function roleProblems(figures: RoleFigures): readonly string[] {
  const { role, greatestMiB, slopeMiBPerMinute, surprises, troubles } = figures
  const problems: string[] = []
  if (greatestMiB > MEMORY_MAX_MIB) problems.push(`${role} held ${greatestMiB} MiB`)
  if (slopeMiBPerMinute !== null && slopeMiBPerMinute > SLOPE_MAX)
    problems.push(`${role} grew by ${slopeMiBPerMinute.toFixed(2)} MiB a minute`)
  // A role that cannot reach its store when it begins ends with a status and is begun again; a crash is no answer.
  problems.push(
    ...surprises.filter((end) => !/^status 1$/.test(end)).map((end) => `${role} ended by itself: ${end}`),
  )
  if (troubles['DBM_UNEXPECTED'] !== undefined)
    problems.push(`${role} logged DBM_UNEXPECTED ${troubles['DBM_UNEXPECTED']} times`)
  return problems
}
