/**
 * `npm run bench -- pipeline`: how long each stage takes, from event to issue, analysis, decision, approval, execution and verdict,
 * by the times the store set, without the waits that are configured (windows before an issue opens and before a verdict) and
 * without the person.
 */
import mysql from 'mysql2/promise'
import { readStory, type Story } from '../src/app/index.ts'
import type { Log } from '../src/core/log.ts'
import { steadyLoad } from '../src/lab/pieces/load.ts'
import { startWatchedServer, type WatchedServer } from '../src/lab/pieces/watched-server.ts'
import { approve } from '../src/lab/run/robot-approver.ts'
import type { ServerFlavour } from '../src/lab/servers/index.ts'
import { FAULTS, type FaultKind } from './latency/faults.ts'
import { STAGES, type Stage, type StageTimes, stageTimes } from './pipeline/stage-times.ts'
import { quantile } from './support/figures.ts'
import { markdownTable } from './support/markdown-table.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'

/** Kinds that end with something to run. */
const HEALED = FAULTS.filter((kind) => kind.endsWith === 'decision')
/** Shorter than as shipped, so that a repetition takes a minute; taken out of the figures. */
const WAITS = { beforeSeconds: 30, settleSeconds: 2, afterSeconds: 15 } as const
/** For the other fault's run, which goes first, and its own: each may be looked at four times. */
const VERDICT_MS = (2 * (WAITS.settleSeconds + 4 * WAITS.afterSeconds) + 20) * 1000
const POLL_MS = 200
const LOOKED_AT = 100

interface Repetition {
  readonly fault: string
  readonly times: StageTimes
  /** How it ended, or why not. */
  readonly ended: string
  readonly isWhole: boolean
}

interface FlavourResult {
  readonly version: string
  readonly repetitions: readonly Repetition[]
}

async function onServer(run: BenchRun, flavour: ServerFlavour): Promise<FlavourResult> {
  const watched = await start(run, flavour)
  try {
    run.say(`${watched.server.version}: ${run.options.number('warmup')} s of calm`)
    await run.wait(run.options.number('warmup') * 1000)
    const repetitions: Repetition[] = []
    for (let k = 0; k < run.options.number('repeat'); k += 1) {
      const some = await Promise.all(HEALED.map((kind) => repeatOnce(run, watched, { kind, k })))
      for (const one of some) run.say(`${one.fault} ${k + 1}: ${one.ended}`)
      repetitions.push(...some)
    }
    return { version: watched.server.version, repetitions }
  } finally {
    await watched.stop()
  }
}

async function start(run: BenchRun, flavour: ServerFlavour): Promise<WatchedServer> {
  const log: Log = ({ level, message }) => {
    if (level === 'error') run.say(message)
  }
  const watched = await startWatchedServer({
    flavour,
    prepare: async (server) => {
      const root = await mysql.createConnection(server.rootUri)
      try {
        for (const kind of HEALED)
          for (const statement of kind.prepare(run.options.number('repeat'))) await root.query(statement)
      } finally {
        root.destroy()
      }
    },
    people: ['bench-one', 'bench-two'],
    config: {
      detection: { pace: run.options.number('pace') },
      analysis: { currentSeconds: 15, baselineSeconds: 120 },
      verification: WAITS,
      actions: { backupAgeHours: 1, cores: 64 },
    },
    // Nothing is skipped for its cost: how late that makes a window is what the bench of latency tells.
    targetOptions: { budgetPercent: 10, budgetMsPerSecond: 100 },
    log,
  })
  run.onEnd(() => watched.stop())
  const { server, accounts } = watched
  const load = steadyLoad({ host: server.host, port: server.port, ...accounts.application })
  watched.watch()
  watched.onStop(() => load.stop())
  return watched
}

async function repeatOnce(
  run: BenchRun,
  watched: WatchedServer,
  { kind, k }: { readonly kind: FaultKind; readonly k: number },
): Promise<Repetition> {
  const { server, accounts, installation, people } = watched
  const { read } = installation.store
  const told = (story: Story | null, ended: string, isWhole = false): Repetition => ({
    fault: kind.title,
    times:
      story === null
        ? {}
        : stageTimes(story, { settleMs: WAITS.settleSeconds * 1000, afterMs: WAITS.afterSeconds * 1000 }),
    ended,
    isWhole,
  })
  const fault = await kind.begin(k, { host: server.host, port: server.port, ...accounts.batch })
  const look = async (): Promise<Story | null> => {
    const issue = (await read.issues({ limit: LOOKED_AT })).find((i) =>
      i.affectedResourceName.includes(kind.mark(k)),
    )
    return issue === undefined ? null : readStory(read, issue.issueId)
  }
  try {
    const decided = await until(run, kind.patienceSeconds * 1000, async () => {
      const story = await look()
      return story !== null && story.decisions.length > 0 ? story : null
    })
    const decision = decided?.decisions.at(-1)?.decision
    if (decision === undefined) return told(await look(), 'no decision in time')
    const against = await approve(installation, people, decision)
    if (against !== null) return told(decided, `not approved: ${against}`)
    const judged = await until(run, VERDICT_MS, async () => {
      const story = await look()
      return story?.decisions.some((d) => d.executions.some((e) => e.verifications.length > 0)) === true
        ? story
        : null
    })
    if (judged === null) return told(await look(), 'no verdict in time')
    return told(judged, verdictOf(judged), true)
  } finally {
    await fault.end()
  }
}

async function until<T>(run: BenchRun, ms: number, look: () => Promise<T | null>): Promise<T | null> {
  const end = Date.now() + ms
  while (Date.now() < end) {
    const found = await look()
    if (found !== null) return found
    await run.wait(POLL_MS)
  }
  return null
}

const verdictOf = (story: Story): string =>
  story.decisions.flatMap((d) => d.executions.flatMap((e) => e.verifications.map((v) => v.verdict))).at(0) ??
  'none'

function section({ version, repetitions }: FlavourResult): string {
  const rows = STAGES.map((stage) => {
    const values = valuesOf(repetitions, stage)
    if (values.length === 0) return [stage, '-', '-', '-', '-', '-', '0']
    const at = (q: number): string => quantile(values, q).toFixed(0)
    return [stage, at(0.5), at(0.9), at(0.95), at(0.99), at(1), String(values.length)]
  })
  return [
    `### ${version}`,
    '',
    markdownTable(['stage, ms', 'median', 'p90', 'p95', 'p99', 'max', 'n'], rows),
    '',
    `- ${HEALED.map((kind) => kind.title).join(' and ')}, side by side on one server; every time is one the store set.`,
    '- “event to issue” begins with the last event before the issue: waiting for more windows is configured, not work.',
    '- “our own part”: the execution without the action’s statements: checks, guards, measuring before, records.',
    `- “end to verdict” is without the ${WAITS.settleSeconds} s of settling and the ${WAITS.afterSeconds} s window; an extension of the window is in it.`,
  ].join('\n')
}

const valuesOf = (repetitions: readonly Repetition[], stage: Stage): readonly number[] =>
  repetitions.flatMap((one) => one.times[stage] ?? [])

function headline({ version, repetitions }: FlavourResult): string {
  const median = (stage: Stage): string => {
    const values = valuesOf(repetitions, stage)
    return values.length === 0 ? '-' : `${(quantile(values, 0.5) / 1000).toFixed(2)} s`
  }
  const told = (
    ['event to issue', 'issue to analysis', 'analysis to decision', 'approval to start'] as const
  ).map((stage) => `${stage} ${median(stage)}`)
  return `${version}, medians: ${told.join(', ')}`
}

await runBench({
  name: 'pipeline',
  title: 'The pipeline’s stages',
  purpose:
    'How long each stage of the pipeline takes, by recorded times, without configured waits and without the person.',
  options: {
    server: SERVER_OPTION,
    repeat: {
      kind: 'number',
      value: 10,
      quick: 1,
      min: 1,
      max: 100,
      whole: true,
      help: 'repetitions of each fault',
    },
    warmup: {
      kind: 'number',
      value: 40,
      quick: 20,
      min: 5,
      max: 600,
      help: 'seconds under load and watch before',
    },
    pace: {
      kind: 'number',
      value: 0.5,
      min: 0.05,
      max: 1,
      help: 'pace of the detection; its waits are no stage',
    },
  },
  async measure(run) {
    const results: FlavourResult[] = []
    for (const flavour of await chosenServers(run)) results.push(await onServer(run, flavour))
    return {
      figures: results,
      markdown: results.map(section).join('\n\n'),
      headlines: results.map(headline),
      versions: results.map((r) => r.version),
      problems: results.flatMap((r) =>
        r.repetitions.flatMap((one) => (one.isWhole ? [] : [`${r.version} ${one.fault}: ${one.ended}`])),
      ),
    }
  },
})
