/**
 * Follows one expected issue through the store, as a person at `dbmedic show` would: found, explained, decided,
 * approved, run, judged. It reads rows and votes; the pipeline does everything else.
 */
import {
  type DecisionStory,
  type Identified,
  type Installation,
  readStory,
  type Story,
} from '../../app/index.ts'
import type { Analysis, Decision, Issue, Verification } from '../../core/nouns.ts'
import type { Interval } from '../../core/plan.ts'
import { toMs } from '../../core/time.ts'
import { pause } from '../pieces/load.ts'
import type { ExpectedIssue } from '../scenario/shape.ts'
import { connectionOf } from './ours.ts'
import { approve } from './robot-approver.ts'

/** What became of an expected issue. Times in ms after the fault; null for what did not happen. */
export interface Followed {
  readonly expected: ExpectedIssue
  readonly issue: Issue | null
  readonly eventAfterMs: number | null
  readonly openedAfterMs: number | null
  readonly explainedAfterMs: number | null
  readonly decidedAfterMs: number | null
  readonly analysis: Analysis | null
  readonly decision: Decision | null
  readonly actionName: string | null
  /** The connection the action is about, if it is about one. */
  readonly connectionId: string | null
  /** Why the vote, the run or the verdict did not come about. */
  readonly problem: string | null
  /** Start and end of the action's own statements, ms since the epoch. */
  readonly ran: { readonly fromMs: number; readonly toMs: number } | null
  readonly verdict: Verification | null
  /** How long the approved plan was expected to take, ms. */
  readonly forecastMs: Interval | null
}

/** What following needs. */
export interface FollowInput {
  readonly installation: Installation
  readonly people: readonly Identified[]
  /** When the fault began, ms since the epoch. */
  readonly faultMs: number
  readonly patienceMs: number
  /** How long a verdict may take after the run. */
  readonly verdictMs: number
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  /** Called right before an approved plan may run. */
  readonly beforeRun: () => void
  /** Whether an issue is one of the scenario at all, on a server where others work too. */
  readonly isOurs: (story: Story) => boolean
  /** Why a plan may not be voted for, or null. */
  readonly whyNotOurs: (made: DecisionStory) => string | null
}

const POLL_MS = 150
/** Nobody reads a plan and approves it in less, ms; without it the trouble would be over before it was measured. */
const READING_MS = 3_000

/** Follows until the end of what is expected, or until patience ends. */
export async function followIssue(expected: ExpectedIssue, input: FollowInput): Promise<Followed> {
  const story = await waitFor(input, input.patienceMs, () => explained(expected, input))
  if (story === null) return nothing(expected, 'no such issue was opened and explained in time')
  const found = { ...describe({ expected, input, story }), problem: null }
  const seconds = ((found.explainedAfterMs ?? 0) / 1000).toFixed(1)
  input.say(`${expected.category}: ${found.analysis?.rootCauseCode ?? 'UNKNOWN'} after ${seconds} s`)
  const { decision } = found
  if (expected.action === null) return found
  if (decision === null || found.actionName !== expected.action)
    return { ...found, problem: whyNotExpected(found, story) }
  const against = await readAndVote(input, story, decision)
  if (against !== null) return { ...found, problem: against }
  input.say(`${expected.category}: ${found.actionName} (${decision.riskLevel}) approved`)
  const last = await untilJudged(input, story)
  const after = {
    ...describe({ expected, input, story: last, decided: decision }),
    eventAfterMs: found.eventAfterMs,
  }
  input.say(`${expected.category}: verdict ${after.verdict?.verdict ?? 'none'}`)
  return { ...after, problem: after.verdict === null ? problemOf(last) : null }
}

/** Votes for the plan after reading it; gives why that could not be, or null. */
async function readAndVote(input: FollowInput, story: Story, decision: Decision): Promise<string | null> {
  const made = story.decisions.find((d) => d.decision.decisionId === decision.decisionId)
  const notOurs = made === undefined ? 'its plan is gone' : input.whyNotOurs(made)
  if (notOurs !== null) return notOurs
  await pause(READING_MS)
  input.beforeRun()
  return approve(input.installation, input.people, decision)
}

const whyNotExpected = (found: Followed, story: Story): string =>
  found.actionName === null
    ? (story.analyses[0]?.recommendationSummary ?? 'nothing was proposed')
    : `${found.actionName} was proposed`

/** The story once its run was judged, or as it stands when patience ends. */
async function untilJudged(input: FollowInput, story: Story): Promise<Story> {
  const read = (): Promise<Story | null> => readStory(input.installation.store.read, story.issue.issueId)
  const ended = await waitFor(input, input.verdictMs, async () => {
    const now = await read()
    return now !== null && isJudged(now) ? now : null
  })
  return ended ?? (await read()) ?? story
}

async function waitFor<T>(
  input: FollowInput,
  patienceMs: number,
  look: () => Promise<T | null>,
): Promise<T | null> {
  const until = Date.now() + patienceMs
  while (Date.now() < until && !input.signal.aborted) {
    const found = await look()
    if (found !== null) return found
    await pause(POLL_MS)
  }
  return null
}

/** The story of the issue once it has an analysis and, if one is expected, a decision (or a recorded reason for none). */
async function explained(expected: ExpectedIssue, input: FollowInput): Promise<Story | null> {
  const story = await storyOf(expected, input)
  if (story === null || story.analyses.length === 0) return null
  if (expected.action === null || story.decisions.length > 0) return story
  const abstained = story.analyses.some((a) => a.analysisStatus === 'ABSTAINED')
  const settled = Date.now() - toMs(story.analyses.at(-1)?.analysedAt ?? '') > 3_000
  return abstained || settled ? story : null
}

/** The story of the newest issue that is the expected one. */
async function storyOf(expected: ExpectedIssue, input: FollowInput): Promise<Story | null> {
  const { read } = input.installation.store
  for (const issue of (await read.issues({ limit: 100 })).filter((i) => concerns(expected, i))) {
    const story = await readStory(read, issue.issueId)
    if (story !== null && input.isOurs(story)) return story
  }
  return null
}

/** Whether an issue is the expected one. */
export function concerns(expected: ExpectedIssue, issue: Issue): boolean {
  const part = expected.resource
  return (
    issue.issueCategory === expected.category &&
    (part === undefined || issue.affectedResourceName.includes(part))
  )
}

/** A verdict is there, or the run ended in a way that has none. */
function isJudged(story: Story): boolean {
  return story.decisions.some(
    ({ decision, executions }) =>
      decision.decisionStatus === 'CANCELLED' ||
      executions.some((e) => e.verifications.length > 0 || e.execution.executionStatus === 'FAILED'),
  )
}

interface Described {
  readonly expected: ExpectedIssue
  readonly input: FollowInput
  readonly story: Story
  readonly decided?: Decision
}

function describe({ expected, input, story, decided }: Described): Omit<Followed, 'problem'> {
  const oldest = story.analyses.at(-1) ?? null
  const made =
    story.decisions.find((d) => d.decision.decisionId === decided?.decisionId) ?? story.decisions.at(-1)
  const event = story.events.filter((e) => toMs(e.recordedAt) >= input.faultMs).at(-1)
  const since = (time: string | undefined): number | null =>
    time === undefined ? null : Math.max(0, toMs(time) - input.faultMs)
  return {
    expected,
    issue: story.issue,
    eventAfterMs: since(event?.recordedAt),
    openedAfterMs: since(story.issue.openedAt),
    explainedAfterMs: since(oldest?.analysedAt),
    analysis: oldest,
    decidedAfterMs: since(made?.decision.createdAt),
    ...(made === undefined ? UNDECIDED : whatCameOf(made)),
  }
}

type Outcome = Pick<Followed, 'decision' | 'actionName' | 'connectionId' | 'ran' | 'verdict' | 'forecastMs'>

const UNDECIDED: Outcome = {
  decision: null,
  actionName: null,
  connectionId: null,
  ran: null,
  verdict: null,
  forecastMs: null,
}

function whatCameOf(made: Story['decisions'][number]): Outcome {
  const run = made.executions.at(-1)
  return {
    decision: made.decision,
    actionName: made.binding.action.name,
    connectionId: connectionOf(made.binding.parameters['connection']),
    ran: run === undefined ? null : ranWhen(run.execution),
    verdict: run?.verifications[0] ?? null,
    forecastMs: made.binding.forecast.durationMs,
  }
}

function ranWhen(execution: Story['decisions'][number]['executions'][number]['execution']): Followed['ran'] {
  const own = execution.steps.filter((s) => s.kind === 'statement' && s.endedAt !== null)
  const [first] = own
  const last = own.at(-1)
  if (first === undefined || last?.endedAt == null) return null
  return { fromMs: toMs(first.startedAt), toMs: toMs(last.endedAt) }
}

function problemOf(story: Story): string {
  const made = story.decisions.at(-1)
  const run = made?.executions.at(-1)?.execution
  const ending = made?.endings.at(-1)
  if (run?.executionStatus === 'FAILED')
    return `the run ended ${run.executionOutcome ?? 'FAILED'}: ${run.executionErrors ?? 'no error was recorded'}`
  if (ending !== undefined) return `the decision ended ${ending.ending}: ${ending.reason}`
  return run === undefined ? 'the approved decision was not run in time' : 'no verdict in time'
}

const nothing = (expected: ExpectedIssue, problem: string): Followed => ({
  expected,
  issue: null,
  eventAfterMs: null,
  openedAfterMs: null,
  explainedAfterMs: null,
  decidedAfterMs: null,
  analysis: null,
  decision: null,
  actionName: null,
  connectionId: null,
  problem,
  ran: null,
  verdict: null,
  forecastMs: null,
})
