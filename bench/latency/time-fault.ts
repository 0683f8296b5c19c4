/** Times one repetition of a fault: reads the store as a person at `dbmedic show` would, and lets the fault end. */

import type { Decision, DetectionEvent, Issue } from '../../src/core/nouns.ts'
import type { ReadPort } from '../../src/core/store-ports.ts'
import { toMs } from '../../src/core/time.ts'
import type { ShopAddress } from '../../src/lab/pieces/load.ts'
import type { FaultKind } from './faults.ts'

/** One repetition. Seconds from the fault to the row's own time in the store; null for what did not happen in time. */
export interface Timed {
  readonly fault: FaultKind['id']
  readonly repetition: number
  /** How long before the fault nothing of this kind happened, s: where in the watcher's rhythm it fell is chance. */
  readonly phaseSeconds: number
  readonly eventSeconds: number | null
  readonly issueSeconds: number | null
  readonly analysisSeconds: number | null
  readonly decisionSeconds: number | null
  /** Root cause the analysis named. */
  readonly rootCause: string | null
  /** Action the decision proposes. */
  readonly action: string | null
  /** Why there is no decision where one is expected. */
  readonly problem: string | null
}

/** What timing needs. */
export interface TimeFaultOptions {
  readonly kind: FaultKind
  readonly repetition: number
  readonly phaseSeconds: number
  readonly address: ShopAddress
  readonly read: ReadPort
  readonly wait: (ms: number) => Promise<void>
}

/** The store's own times are what counts; this is only how soon we stop looking, ms. */
const POLL_MS = 200
const EVENTS_LOOKED_AT = 100

interface Seen {
  readonly event: DetectionEvent | null
  readonly issue: Issue | null
  readonly analysis: Awaited<ReturnType<ReadPort['analyses']>>[number] | null
  readonly decision: Decision | null
}

const NOTHING: Seen = { event: null, issue: null, analysis: null, decision: null }

/** Injects the fault, follows it to its end or until patience ends, and takes it away. @throws Interrupted */
export async function timeFault(options: TimeFaultOptions): Promise<Timed> {
  const { kind, repetition, address, wait } = options
  const fault = await kind.begin(repetition, address)
  try {
    const until = fault.atMs + kind.patienceSeconds * 1000
    let seen = NOTHING
    while (!isEnded(kind, seen) && Date.now() < until) {
      await wait(POLL_MS)
      seen = await look(options, fault.atMs)
    }
    return await timed(options, fault.atMs, seen)
  } finally {
    await fault.end()
  }
}

const isEnded = (kind: FaultKind, seen: Seen): boolean =>
  kind.endsWith === 'decision'
    ? seen.decision !== null || seen.analysis?.analysisStatus === 'ABSTAINED'
    : seen.analysis !== null

async function look({ kind, repetition, read }: TimeFaultOptions, atMs: number): Promise<Seen> {
  const mark = kind.mark(repetition)
  const events = await read.events({ limit: EVENTS_LOOKED_AT })
  const event =
    events
      .filter((e) => e.eventKind === 'BREACH' && toMs(e.recordedAt) >= atMs)
      .findLast((e) => e.affectedResourceName.includes(mark)) ?? null
  if (event === null) return NOTHING
  const issues = await read.issues({ limit: EVENTS_LOOKED_AT })
  const issue = issues.find((i) => i.issueFingerprint === event.issueFingerprint) ?? null
  if (issue === null) return { ...NOTHING, event }
  const analysis = (await read.analyses(issue.issueId)).at(-1) ?? null
  const decision = (await read.decisions({ issueId: issue.issueId, limit: 10 })).at(-1) ?? null
  return { event, issue, analysis, decision }
}

async function timed(options: TimeFaultOptions, atMs: number, seen: Seen): Promise<Timed> {
  const { kind, repetition, phaseSeconds, read } = options
  const since = (time: string | undefined): number | null =>
    time === undefined ? null : Math.max(0, toMs(time) - atMs) / 1000
  const isExplained = isEnded(kind, seen) && seen.analysis?.analysisStatus === 'COMPLETED'
  return {
    fault: kind.id,
    repetition,
    phaseSeconds,
    eventSeconds: since(seen.event?.recordedAt),
    issueSeconds: since(seen.issue?.openedAt),
    analysisSeconds: since(seen.analysis?.analysedAt),
    decisionSeconds: since(seen.decision?.createdAt),
    rootCause: seen.analysis?.rootCauseCode ?? null,
    action: seen.decision === null ? null : await actionNameOf(read, seen.decision),
    problem: isExplained ? null : problemOf(seen),
  }
}

async function actionNameOf(read: ReadPort, decision: Decision): Promise<string | null> {
  const actions = await read.actions()
  return actions.find((a) => a.actionId === decision.recommendedActionId)?.actionName ?? null
}

function problemOf({ event, issue, analysis }: Seen): string {
  if (event === null) return 'no event in time'
  if (issue === null) return 'an event, but no issue in time'
  if (analysis === null) return 'an issue, but no analysis in time'
  return `no decision: ${analysis.recommendationSummary}`
}
