/** demo: the main job on a private server, from fault to verdict, in about a minute. */
import type { Command } from 'commander'
import { createLog, readStory, type Story, undoOffered, vote } from '../../app/index.ts'
import type { Decision, Issue } from '../../core/nouns.ts'
import { startDemo, type TerminalDemo } from '../../lab/demo/demo.ts'
import { askLine, someoneIsThere } from '../ask.ts'
import { globals, Refused, serveOf } from '../context.ts'
import { renderStory } from '../render-story.ts'
import { paint } from '../terminal.ts'
import { demoInPanel } from './demo-panel.ts'

interface Options {
  readonly as?: string
  readonly approve: boolean
  readonly server: 'mariadb' | 'mysql'
  readonly panel?: string | true
}

/** Where the panel is served if nothing else is said: only this machine reaches it. */
const PANEL_AT = '127.0.0.1:8642'

/** Longest time waited for one thing to happen, ms; each takes seconds on an idle machine. */
const PATIENCE_MS = 60_000
/** After this long without a verdict it is said that the run is measured for longer, ms. */
const FIRST_LOOK_MS = 20_000
/** States of an issue between its approval and its verdict. */
const UNDER_WAY: ReadonlySet<string> = new Set(['APPROVED', 'EXECUTING', 'VERIFYING'])
/** Longest time waited for a verdict: all looks at a run that leaves doubt (its after-window four times), ms. */
const VERDICT_PATIENCE_MS = 90_000

/** Adds `demo`. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'show the main job on a private server: three faults, found, explained, and healed with your consent',
    )
    .option('--as <name>', 'the person who approves')
    .option('--approve', 'approve without asking (for scripts)', false)
    .option('--server <flavour>', 'mariadb or mysql', 'mariadb')
    .option(
      '--panel [address]',
      `decide in the browser: serve the panel at HOST:PORT until Ctrl-C (${PANEL_AT} if not said)`,
    )
    .action(async (options: Options, command: Command) => {
      if (options.panel !== undefined) return inBrowser(options, command)
      const scripted = options.approve || !someoneIsThere()
      const userName =
        options.as ?? (scripted ? 'demo' : await askLine('Your name, as it will stand in the approvals'))
      const log = createLog({ level: logLevelOf(command) })
      const demo = await startDemo({ flavour: options.server, userName, log, say })
      const interrupted = new Promise<never>((_resolve, reject) => {
        process.once('SIGINT', () => reject(new Error('interrupted; everything was stopped and removed')))
        process.once('SIGTERM', () => reject(new Error('terminated; everything was stopped and removed')))
      })
      try {
        await Promise.race([tell(demo, userName, scripted), interrupted])
      } finally {
        await demo.stop()
        say('stopped; nothing is left behind')
      }
    })
}

/** Until Ctrl-C, which ends it well. */
async function inBrowser({ panel, server: flavour }: Options, command: Command): Promise<void> {
  const ending = new AbortController()
  // Not `once`: without a handler of ours the private server's would end this process first.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort())
  const listen = typeof panel === 'string' ? panel : PANEL_AT
  await demoInPanel({ flavour, listen, logLevel: logLevelOf(command), say, signal: ending.signal })
}

/** The story is told line by line; the log only joins in when it is asked to, or for errors. */
const logLevelOf = (command: Command) =>
  command.getOptionValueSourceWithGlobals('logLevel') === 'default' ? 'error' : globals(command).logLevel

const started = Date.now()
const say = (line: string): void =>
  void process.stdout.write(
    `${paint('dim', `${((Date.now() - started) / 1000).toFixed(0).padStart(3)} s`)}  ${line}\n`,
  )
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function tell(demo: TerminalDemo, userName: string, scripted: boolean): Promise<void> {
  if (scripted)
    say(
      `no person is asked: ${userName === 'demo' ? 'a scripted approver named demo' : userName} signs each approval as a person would`,
    )
  await pause(6000)
  say(paint('bold', 'fault 1: a report reads orders by a column without an index'))
  demo.faults.missingIndex()
  const slow = await waitForDecision(demo, 'QUERY_PERFORMANCE')
  await consent(demo, slow, { userName, scripted })
  say(paint('bold', 'fault 2: an application forgets a transaction; others wait for its row'))
  await demo.faults.forgotten()
  const locked = await waitForDecision(demo, 'LOCK_CONTENTION')
  await consent(demo, locked, { userName, scripted })
  say(paint('bold', 'fault 3: two jobs lock the same rows in opposite orders'))
  demo.faults.deadlocks()
  const deadlock = await waitFor(
    demo,
    (i) => i.issueCategory === 'DEADLOCK' && i.issueStatus === 'AWAITING_DECISION',
    'the deadlock to be explained',
  )
  await showIssue(demo, deadlock.issueId)
  say('a deadlock is mended in the application: dbmedic names the cause and proposes nothing to run')
  for (const decision of [slow, locked]) {
    const judged = await waitForVerdict(demo, decision)
    say(
      paint(
        ['bold', judged.issueStatus === 'RESOLVED' ? 'green' : 'red'],
        `issue ${judged.issueId}: ${judged.issueStatus}`,
      ),
    )
  }
  await pause(1500)
  for (const decision of [slow, locked]) await showIssue(demo, decision.issueId)
}

async function waitForDecision(demo: TerminalDemo, category: string): Promise<Decision> {
  const seen = new Set<number>()
  const read = demo.installation.store.read
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    for (const issue of (await read.issues({ limit: 50 })).filter((i) => i.issueCategory === category)) {
      if (!seen.has(issue.issueId)) {
        seen.add(issue.issueId)
        say(`detected: issue ${issue.issueId}, ${issue.severity}, ${issue.affectedResourceName.slice(0, 90)}`)
      }
    }
    const pending = await read.decisions({ status: 'PENDING_APPROVAL', limit: 20 })
    const mine = pending.find((d) => seen.has(d.issueId))
    if (mine !== undefined) return mine
    await pause(150)
  }
  for (const issueId of seen) await showIssue(demo, issueId)
  throw new Error(
    `no decision was proposed for ${category} within ${PATIENCE_MS / 1000} s; run it with --log-level info to see why`,
  )
}

async function waitFor(
  demo: TerminalDemo,
  condition: (issue: Issue) => boolean,
  what: string,
): Promise<Issue> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const found = (await demo.installation.store.read.issues({ limit: 50 })).find(condition)
    if (found !== undefined) return found
    await pause(200)
  }
  throw new Error(`waited ${PATIENCE_MS / 1000} s for ${what}; run it with --log-level info to see why`)
}

/** The issue once its run was judged. On a busy machine the first look leaves doubt, and it is measured for longer. */
async function waitForVerdict(demo: TerminalDemo, { issueId }: Decision): Promise<Issue> {
  const { read } = demo.installation.store
  const from = Date.now()
  let isSaid = false
  for (;;) {
    const story = await readStory(read, issueId)
    if (story === null) throw new RangeError(`there is no issue ${issueId}`)
    const runs = story.decisions.flatMap((made) => made.executions)
    const isJudged = runs.some((run) => run.verifications.length > 0)
    if (isJudged || !UNDER_WAY.has(story.issue.issueStatus)) return story.issue
    const waited = Date.now() - from
    if (waited > VERDICT_PATIENCE_MS)
      throw new Error(
        `waited ${VERDICT_PATIENCE_MS / 1000} s for a verdict; run it with --log-level info to see why`,
      )
    if (waited > FIRST_LOOK_MS && !isSaid) {
      isSaid = true
      say(`issue ${issueId}: the first window after the run leaves doubt, so it is measured for longer`)
    }
    await pause(200)
  }
}

async function consent(
  demo: TerminalDemo,
  decision: Decision,
  by: { readonly userName: string; readonly scripted: boolean },
): Promise<void> {
  const { userName, scripted } = by
  await showIssue(demo, decision.issueId)
  const digest = decision.planDigest.slice(0, 6)
  if (!scripted) {
    const typed = await askLine(`${userName}, approve exactly this? Type ${digest} (the start of its digest)`)
    if (typed.trim() !== digest) throw new Error('not approved; nothing was run')
  }
  const result = await vote(demo.installation.config, serveOf(demo.installation), {
    decision,
    person: demo.person,
    ballot: {
      decline: false,
      reason: 'CONFIDENT',
      notes: scripted ? 'scripted demonstration' : null,
      conditions: { undoPreconsented: undoOffered(decision), windowStart: null },
    },
  })
  if ('refused' in result) throw new Refused(result)
  say(
    paint(
      'green',
      `approved by ${userName}${scripted ? ' (scripted)' : ''}: digest ${decision.planDigest.slice(0, 16)}…, signed`,
    ),
  )
}

async function showIssue(demo: TerminalDemo, issueId: number): Promise<void> {
  const story: Story | null = await readStory(demo.installation.store.read, issueId)
  if (story !== null) process.stdout.write(`\n${renderStory(story)}\n\n`)
}
