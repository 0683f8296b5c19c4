/**
 * Runs one scenario: a private server, a calm baseline under load, the fault, the ordinary pipeline with a scripted
 * approver, the verdict, the score. Everything it started is gone when it returns or throws.
 */
import mysql from 'mysql2/promise'
import { readStory, type Story } from '../../app/index.ts'
import type { Json } from '../../core/canonical.ts'
import type { Log } from '../../core/log.ts'
import { pause } from '../pieces/load.ts'
import { startWatchedServer, type WatchedServer } from '../pieces/watched-server.ts'
import type { Scenario } from '../scenario/shape.ts'
import type { PrivateServer, ServerFlavour } from '../servers/index.ts'
import { type Followed, followIssue } from './follow-issue.ts'
import { fileSize, type MeasuredEffect, measureSessions, reaches } from './measure-effect.ts'
import { type Check, score } from './score.ts'
import { Stage } from './stage.ts'

/** How a scenario is run. */
export interface RunOptions {
  readonly scenario: Scenario
  readonly flavour: ServerFlavour
  /** How long a control runs, s. */
  readonly controlSeconds: number
  readonly log: Log
  readonly say: (line: string) => void
  /** Aborting ends the run early; it then scores as failed. */
  readonly signal: AbortSignal
}

/** What a run came to. */
export interface ScenarioResult {
  readonly name: string
  readonly title: string
  readonly number: number | null
  readonly seed: number
  /** What the seed drew. */
  readonly drawn: Scenario['drawn']
  readonly flavour: ServerFlavour
  /** Version of the server. */
  readonly version: string
  readonly passed: boolean
  /** Whole run with start and tear-down, s. */
  readonly seconds: number
  readonly checks: readonly Check[]
  readonly followed: readonly Followed[]
  readonly effect: MeasuredEffect | null
  /** Every issue that was opened, newest last. */
  readonly stories: readonly Story[]
}

/**
 * Verification windows of a lab run, s; production's are a quarter of an hour. The one before is about as long as a
 * lab's fault lasts until it is healed, as a quarter of an hour is about what a person takes.
 */
const WINDOW = { beforeSeconds: 8, settleSeconds: 2, afterSeconds: 12 } as const
/** How long a verdict may take: settling, the window, and one extension of it. */
const VERDICT_MS = (WINDOW.settleSeconds + 2 * WINDOW.afterSeconds + 4) * 1000
/** How long nothing more may happen after the last expected thing, before other issues are looked at. */
const QUIET_MS = 1_500
const REQUEST_MS = 15_000

/** Runs it. @throws DbmedicError where no server can be started, and what setup.sql is answered. */
export async function runScenario(options: RunOptions): Promise<ScenarioResult> {
  const beganMs = Date.now()
  const watched = await startWatchedServer({
    flavour: options.flavour,
    settings: options.scenario.fault.server,
    prepare: (server) => asRoot(server, options.scenario.setup),
    withAccounts: (server) => asRoot(server, options.scenario.accounts),
    people: ['lab-one', 'lab-two'],
    tables: true,
    config: configOf(options.scenario),
    targetOptions: { cores: 64, budgetPercent: 10, budgetMsPerSecond: 100 },
    log: options.log,
  })
  try {
    const stage = new Stage(watched, options.scenario.seed)
    watched.watch()
    watched.onStop(() => stage.stop())
    return { ...(await play({ ...options, watched, stage })), seconds: (Date.now() - beganMs) / 1000 }
  } finally {
    await watched.stop()
  }
}

/** Everything is as shipped but the pace, the windows, the stated thresholds, and what the servers cannot say. */
function configOf({ fault }: Scenario): Parameters<typeof startWatchedServer>[0]['config'] {
  return {
    detection: { pace: fault.pace, closing: { windows: 6 }, thresholds: fault.thresholds },
    analysis: { currentSeconds: 15, baselineSeconds: 120 },
    verification: { ...WINDOW, minimumCalls: 30 },
    actions: { backupAgeHours: 1, cores: 64 },
    runtime: { tickMs: 100 },
  }
}

async function asRoot(server: PrivateServer, sql: string): Promise<void> {
  if (sql === '') return
  const connection = await mysql.createConnection({ uri: server.rootUri, multipleStatements: true })
  try {
    await connection.query(`USE shop; ${sql}`)
  } finally {
    connection.destroy()
  }
}

interface Play extends RunOptions {
  readonly watched: WatchedServer
  readonly stage: Stage
}

async function play(run: Play): Promise<Omit<ScenarioResult, 'seconds'>> {
  const { scenario, watched, stage, say } = run
  if (scenario.workload.steady) stage.startSteady()
  stage.start(scenario.workload.sessions)
  const calm = calmSeconds(run)
  say(`${watched.server.version} is watched; calm for ${calm} s`)
  await Promise.all([wait(run, calm * 1000), scenario.fault.control ? letHappen(run) : null])
  const early = calm === 0 ? [] : await storiesOf(watched)
  const after = scenario.fault.control ? NOTHING_HAPPENED : await happen(run)
  const stories = scenario.fault.control ? early : await storiesOf(watched)
  const checks = score({
    scenario,
    early,
    stories,
    ...after,
    connectionsOf: (name) => new Set(stage.named(name).flatMap((s) => [...s.connectionIds])),
  })
  return {
    name: scenario.name,
    title: scenario.fault.title,
    number: scenario.fault.number,
    seed: scenario.seed,
    drawn: scenario.drawn,
    flavour: run.flavour,
    version: watched.server.version,
    passed: checks.every((c) => c.ok) && !run.signal.aborted,
    checks,
    followed: after.followed,
    effect: after.effect,
    stories,
  }
}

function calmSeconds({ scenario, controlSeconds }: Play): number {
  if (scenario.fault.control) return controlSeconds
  return scenario.fault.fromTheStart ? 0 : scenario.workload.calmSeconds
}

interface Happened {
  readonly followed: readonly Followed[]
  readonly effect: MeasuredEffect | null
  readonly refusedBecause: string | null
}

const NOTHING_HAPPENED: Happened = { followed: [], effect: null, refusedBecause: null }

/** The fault, what the pipeline makes of it, and the measurement around it. */
async function happen(run: Play): Promise<Happened> {
  const { scenario, stage, say, watched, signal } = run
  const faultMs = Date.now()
  say(`fault: ${scenario.fault.title}`)
  await stage.run(scenario.fault.statements)
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
    }),
  )
  const [followed] = await Promise.all([Promise.all(following), letHappen(run)])
  await wait(run, QUIET_MS)
  const remedy = await remedyTimes(run)
  const ran = followed.find((f) => f.ran !== null)?.ran ?? null
  const change = remedy ?? ran
  const effect = change === null ? null : effectOf(run, { faultMs, change, sizeBefore })
  return { followed, effect, refusedBecause: await askRefused(run) }
}

/** What happens beside the fault, each thing at its time. */
async function letHappen(run: Play): Promise<void> {
  const { scenario, stage, watched, say, signal } = run
  const beganMs = Date.now()
  for (const h of [...scenario.fault.happenings].sort((a, b) => a.afterSeconds - b.afterSeconds)) {
    await wait(run, beganMs + h.afterSeconds * 1000 - Date.now())
    if (signal.aborted) return
    say(`happens: ${h.does}${h.statements.length > 0 ? ` ${h.statements.join('; ').slice(0, 80)}` : ''}`)
    if (h.does === 'restart-server') await watched.server.restart()
    else if (h.does === 'restart-monitor') await watched.restartWatch()
    else await stage.run(h.statements, h.does)
  }
}

function sizeNow({ scenario, watched }: Play): number | null {
  const { effect } = scenario.expect
  return effect?.measure === 'file-size' ? fileSize(watched.server.dataDir, effect.of) : null
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

function effectOf(
  run: Play,
  seen: { readonly faultMs: number; readonly change: Span; readonly sizeBefore: number | null },
): MeasuredEffect | null {
  const spec = run.scenario.expect.effect
  if (spec === undefined) return null
  const { stage, flavour } = run
  const figures =
    spec.measure === 'file-size'
      ? { unit: 'bytes' as const, before: seen.sizeBefore, after: sizeNow(run) }
      : measureSessions(
          spec,
          { of: stage.named(spec.of), afterOf: stage.named(spec.afterOf ?? spec.of) },
          {
            faultMs: seen.faultMs,
            changeFromMs: seen.change.fromMs,
            changeToMs: seen.change.toMs,
            endMs: Date.now(),
          },
        )
  return {
    measure: spec.measure,
    ...figures,
    reference: spec.reference[flavour],
    reached: reaches(spec, figures),
  }
}

/** Where the advice is for the application, the application follows it, so that its worth is measured too. */
async function remedyTimes(run: Play): Promise<Span | null> {
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
async function askRefused(run: Play): Promise<string | null> {
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
async function whyRefused({ watched }: Play, result: string): Promise<string> {
  const wish = (await storiesOf(watched)).find((s) => s.issue.ruleId === 'mysql/manual-request')
  return wish?.analyses[0]?.recommendationSummary ?? result
}

async function storiesOf({ installation }: WatchedServer): Promise<readonly Story[]> {
  const { read } = installation.store
  const issues = await read.issues({ limit: 100 })
  const stories = await Promise.all(issues.map((i) => readStory(read, i.issueId)))
  return stories.filter((s) => s !== null).reverse()
}

/** Waits, but not beyond an abort. */
async function wait({ signal }: Play, ms: number): Promise<void> {
  const until = Date.now() + ms
  while (!signal.aborted && Date.now() < until) await pause(Math.max(1, Math.min(100, until - Date.now())))
}
