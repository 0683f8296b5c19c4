/**
 * Runs one scenario: a private server, a calm baseline under load, the fault, the ordinary pipeline with a scripted
 * approver, the verdict, the score. Everything it started is gone when it returns or throws.
 */
import { openObserver, readStory, type Story } from '../../app/index.ts'
import type { Json } from '../../core/canonical.ts'
import type { CapabilityReport } from '../../core/observer.ts'
import { pause } from '../pieces/load.ts'
import type { WatchedServer } from '../pieces/watched-server.ts'
import type { Circumstances, OwnLockWaits } from '../report/recorded.ts'
import type { Scenario } from '../scenario/shape.ts'
import type { ServerFlavour } from '../servers/index.ts'
import { circumstances } from './circumstances.ts'
import { type Followed, followIssue } from './follow-issue.ts'
import { effectOf, type MeasuredEffect, type Span, sizeNow } from './measure-effect.ts'
import { isOurs, whyNotOurs } from './ours.ts'
import { OwnLocks } from './own-locks.ts'
import { judgeSameSame, type SameSame } from './same-same.ts'
import { type Check, score } from './score.ts'
import { configOf, letHappen, onScene, type RunOptions, type Scene, WINDOW, wait } from './set-scene.ts'

/** What a run came to. */
export interface ScenarioResult {
  readonly scenario: Scenario
  readonly flavour: ServerFlavour
  /** Version of the server. */
  readonly version: string
  readonly passed: boolean
  /** Whole run with start and tear-down, s. */
  readonly seconds: number
  /** What differed from the shipped configuration. */
  readonly configuration: unknown
  readonly checks: readonly Check[]
  readonly followed: readonly Followed[]
  readonly effect: MeasuredEffect | null
  /** The same measure where the textbook remedy was applied, and where nothing was done; null if not run. */
  readonly oracle: MeasuredEffect | null
  readonly nothing: MeasuredEffect | null
  /** In a control: how often a change that was none was called one. */
  readonly sameSame: SameSame | null
  /** Who waited for us while actions ran; null if none was approved. */
  readonly ownLockWaits: OwnLockWaits | null
  readonly ranUnder: Circumstances
  /** Every issue that was opened, newest last. */
  readonly stories: readonly Story[]
}

/** How long a verdict may take: settling, the window, and one extension of it. */
const VERDICT_MS = (WINDOW.settleSeconds + 2 * WINDOW.afterSeconds + 4) * 1000
/** How long nothing more may happen after the last expected thing, before other issues are looked at. */
const QUIET_MS = 1_500
const REQUEST_MS = 15_000

/** Runs it. @throws DbmedicError where no server can be started, and what setup.sql is answered. */
export async function runScenario(options: RunOptions): Promise<ScenarioResult> {
  const beganMs = Date.now()
  const played = await onScene(options, play)
  return { ...played, seconds: (Date.now() - beganMs) / 1000 }
}

async function play(run: Scene): Promise<Omit<ScenarioResult, 'seconds'>> {
  const began = Date.now()
  const { scenario, watched, stage, say } = run
  const { control } = scenario.fault
  const calm = calmSeconds(run)
  say(`${watched.server.version} is watched; calm for ${calm} s`)
  await Promise.all([wait(run, calm * 1000), control ? letHappen(run) : null])
  const early = calm === 0 ? [] : await storiesOf(run)
  const after = control ? NOTHING_HAPPENED : await happen(run)
  const stories = control ? early : await storiesOf(run)
  const checks = score({
    scenario,
    early,
    stories,
    ...after,
    capabilities: scenario.expect.gaps.length === 0 ? [] : await capabilitiesOf(watched),
    connectionsOf: (name) => new Set(stage.named(name).flatMap((s) => [...s.connectionIds])),
  })
  return {
    scenario,
    flavour: run.flavour,
    version: watched.server.version,
    passed: checks.every((c) => c.ok) && !run.signal.aborted,
    configuration: { ...configOf(scenario), ...(control ? { controlSeconds: run.controlSeconds } : {}) },
    checks,
    followed: after.followed,
    effect: after.effect,
    oracle: null,
    nothing: null,
    ownLockWaits: after.ownLockWaits,
    ranUnder: circumstances(run.staging === undefined, new Date(began)),
    sameSame: control ? await judgeSameSame(watched.installation.store.read, scenario.seed) : null,
    stories,
  }
}

function calmSeconds({ scenario, controlSeconds }: Scene): number {
  if (scenario.fault.control) return controlSeconds
  return scenario.fault.fromTheStart ? 0 : scenario.workload.calmSeconds
}

interface Happened {
  readonly followed: readonly Followed[]
  readonly effect: MeasuredEffect | null
  readonly refusedBecause: string | null
  readonly ownLockWaits: OwnLockWaits | null
}

const NOTHING_HAPPENED: Happened = { followed: [], effect: null, refusedBecause: null, ownLockWaits: null }

/** The fault, what the pipeline makes of it, and the measurement around it. */
async function happen(run: Scene): Promise<Happened> {
  const { scenario, stage, say, watched, signal } = run
  const faultMs = Date.now()
  say(`fault: ${scenario.fault.title}`)
  const locks = new OwnLocks(watched)
  await stage.run(scenario.fault.statements)
  // Where there is none left, each look tries again.
  await locks.open().catch(() => null)
  stage.start(scenario.fault.sessions)
  const sizeBefore = sizeNow(run)
  const following = scenario.expect.issues.map((expected) =>
    followIssue(expected, {
      installation: watched.installation,
      people: watched.people,
      faultMs,
      patienceMs: scenario.fault.patienceSeconds * 1000,
      verdictMs: VERDICT_MS,
      signal,
      say,
      beforeRun: () => locks.start(),
      isOurs: (story) => isOurs(run, story),
      whyNotOurs: (made) => whyNotOurs(run, made),
    }),
  )
  const [followed] = await Promise.all([endedBy(Promise.all(following), () => locks.stop()), letHappen(run)])
  await wait(run, QUIET_MS)
  const remedy = await remedyTimes(run)
  const ran = followed.find((f) => f.ran !== null)?.ran ?? null
  const change = remedy ?? ran
  const effect = change === null ? null : effectOf(run, { faultMs, change, sizeBefore })
  return { followed, effect, refusedBecause: await askRefused(run), ownLockWaits: locks.seen() }
}

/** A promise after whose end, good or bad, something is stopped. */
async function endedBy<T>(work: Promise<T>, stop: () => Promise<void>): Promise<T> {
  try {
    return await work
  } finally {
    await stop()
  }
}

/** Where the advice is for the application, the application follows it, so that its worth is measured too. */
async function remedyTimes(run: Scene): Promise<Span | null> {
  const { remedy } = run.scenario
  if (remedy === null) return null
  run.say('the application follows the advice')
  const fromMs = Date.now()
  await run.stage.end(remedy.instead)
  run.stage.start(remedy.sessions)
  await wait(run, remedy.seconds * 1000)
  return { fromMs, toMs: fromMs }
}

/** Asks for the action that must be refused, as a person would, and gives the recorded reason. */
async function askRefused(run: Scene): Promise<string | null> {
  const { refused } = run.scenario.expect
  const { store } = run.watched.installation
  const [person] = run.watched.people
  const [target] = await store.read.targets()
  if (refused === undefined || store.serve === null || person === undefined || target === undefined)
    return null
  const id = await store.serve.requestRecovery({
    targetId: target.targetId,
    issueId: null,
    actionName: refused.action,
    params: refused.params as { readonly [name: string]: Json },
    requestedBy: person.userName,
    reason: 'lab: this must be refused',
  })
  for (let waited = 0; waited < REQUEST_MS && !run.signal.aborted; waited += 200) {
    const now = await store.serve.recoveryRequest(id)
    if (now?.result != null) return now.decisionId === null ? whyRefused(run, now.result) : null
    await pause(200)
  }
  return null
}

/** The recorded reason; the answer to the request names the issue that has it. */
async function whyRefused(run: Scene, result: string): Promise<string> {
  const wish = (await storiesOf(run)).find((s) => s.issue.ruleId === 'mysql/manual-request')
  return wish?.analyses[0]?.recommendationSummary ?? result
}

/** What `dbmedic check` says of the target. */
async function capabilitiesOf({ installation }: WatchedServer): Promise<readonly CapabilityReport[]> {
  const [target] = await installation.store.read.targets()
  if (target === undefined) return []
  const observer = openObserver(installation.config, target)
  try {
    return await observer.capabilities()
  } finally {
    await observer.close()
  }
}

async function storiesOf(run: Scene): Promise<readonly Story[]> {
  const { read } = run.watched.installation.store
  const issues = await read.issues({ limit: 100 })
  const stories = await Promise.all(issues.map((i) => readStory(read, i.issueId)))
  return stories
    .filter((s) => s !== null)
    .filter((s) => isOurs(run, s))
    .reverse()
}
