/**
 * The reason role: events to issues, issues to analyses, analyses to decisions, and decisions past their
 * validity to an end. It has no way to a target but questions that are rows.
 */
import type { Action } from '../core/action.ts'
import type { Json, Sha256 } from '../core/canonical.ts'
import { decidedIn } from '../core/decided-in.ts'
import type { Diagnosis } from '../core/diagnosis.ts'
import type { Refusal } from '../core/errors.ts'
import { forTarget, type Log } from '../core/log.ts'
import type { Model } from '../core/model.ts'
import type {
  Analysis,
  Decision,
  EvidenceQuestion,
  Issue,
  NewAnalysis,
  ProposedAction,
  Target,
} from '../core/nouns.ts'
import type { Reading } from '../core/observer.ts'
import type { ParameterSchema } from '../core/parameters.ts'
import { CLOSE_ISSUE, type Lease, type ReasonPort, type RecoveryRequest } from '../core/store-ports.ts'
import { type TargetNameOf, targetNames } from '../core/target-names.ts'
import {
  analyzeIssue,
  type CatalogueEntry,
  closeCleared,
  consultModel,
  type HistorySettings,
  isTimeToRethink,
  MOST_ROUNDS,
  type OpeningCursor,
  type OpeningRule,
  openIssues,
  readHistory,
} from './analyze/index.ts'
import { awaitAnswer } from './await-answer.ts'
import { mapOf } from './calibration-map.ts'
import { barredCandidates, decideIssue, type Preview, type RefusedCandidate } from './decide/index.ts'
import { sleep } from './loop.ts'
import { closeIssue, endWish, isWish, recordWish } from './manual-requests.ts'

/** What the reason role works with. */
export interface ReasonRole {
  readonly port: ReasonPort
  readonly lease: Lease
  readonly diagnosesOf: (engine: string) => readonly Diagnosis<never>[]
  readonly actionOf: (actionId: string) => Action<ParameterSchema, never> | null
  readonly sha256: Sha256
  /** Comments on analyses after the rules; null: none is asked, and nothing else changes. */
  readonly model: Model | null
  readonly opening: OpeningRule
  readonly history: HistorySettings
  readonly abstainBelow: number
  readonly settings: { readonly [name: string]: number }
  /** How long to wait for an answer from the observer, ms. */
  readonly answerTimeoutMs: number
  /** Pause between looks for issues that were analysed and never decided on, ms; default 30,000. */
  readonly resumeEveryMs?: number
  readonly version: string
  readonly signal: AbortSignal
  readonly log: Log
}

const RESUME_EVERY_MS = 30_000

/** One turn of the reason role. */
export class Reasoner {
  readonly #role: ReasonRole
  #cursor: OpeningCursor | null = null
  #resumeAt = 0
  readonly #nameOf: TargetNameOf

  constructor(role: ReasonRole) {
    this.#role = role
    this.#nameOf = targetNames(role.port.read)
  }

  /** Opens, analyzes, decides, ends. True if anything was done. */
  async turn(): Promise<boolean> {
    const { port, log } = this.#role
    const cursor = await this.#cursorOf()
    const to = { log, nameOf: this.#nameOf }
    const opened = await openIssues(port, cursor, { rule: this.#role.opening, ...to, limit: 200 })
    const ended = (await closeCleared(port, to)) + (await this.#expire())
    const analyzed = (await this.#analyzeWaiting()) + (await this.#resume())
    return opened.length + ended + analyzed + (await this.#grantWishes()) > 0
  }

  /** A restarted analyst looks back a bounded way; what it sees again it only counts. */
  async #cursorOf(): Promise<OpeningCursor> {
    if (this.#cursor === null) {
      const [newest] = await this.#role.port.read.events({ limit: 1 })
      this.#cursor = { afterEventId: Math.max(0, (newest?.eventId ?? 0) - 10_000) }
    }
    return this.#cursor
  }

  async #expire(): Promise<number> {
    const overdue = await this.#role.port.overdueDecisions(50)
    for (const decision of overdue) {
      await this.#role.port.endDecision(decision.decisionId, 'EXPIRED', 'its validity ended')
      this.#role.log({
        level: 'info',
        stage: 'decide',
        message: 'decision expired',
        target: await this.#nameOf(decision.targetId),
        decision: decision.decisionId,
        issue: decision.issueId,
      })
    }
    return overdue.length
  }

  /** Turns what people asked for into decisions of theirs. */
  async #grantWishes(): Promise<number> {
    const { port, lease } = this.#role
    const requests = await port.claimRecoveryRequests(lease, 4)
    for (const request of requests) {
      const done = await this.#grantWish(request)
      await port.finishRecoveryRequest(request.recoveryRequestId, done.result, done.decisionId)
    }
    return requests.length
  }

  async #grantWish(request: RecoveryRequest): Promise<{ result: string; decisionId: number | null }> {
    const { port, sha256, version } = this.#role
    const refused = (result: string) => ({ result, decisionId: null })
    if (request.actionName === CLOSE_ISSUE) return refused(await closeIssue(port, request))
    const target = (await port.read.targets()).find((t) => t.targetId === request.targetId)
    const category = this.#role.actionOf(request.actionName)?.issueCategories[0]
    if (target === undefined) return refused('there is no such target')
    if (category === undefined) return refused(`there is no action ${request.actionName}`)
    const recorded = await recordWish({ port, request, target, category, sha256, version })
    if ('because' in recorded) return refused(recorded.because)
    const issue = await port.read.issue(recorded.issueId)
    const analysis = (await port.read.analyses(recorded.issueId)).find(
      (a) => a.analysisId === recorded.analysisId,
    )
    if (issue === null || analysis === undefined) return refused('what was written could not be read back')
    const decisionId = await this.#decide(issue, analysis, { target, proposedBy: request.requestedBy })
    if (decisionId !== null) return { result: `decision ${decisionId} waits for approval`, decisionId }
    await endWish(port, issue.issueId)
    return refused(`no decision could be proposed: see dbmedic show ${issue.issueId}`)
  }

  /** Outlasts all rounds of questions, the previews and the model, so that no other copy works on the same issue. */
  get #lease(): Lease {
    const { lease, model, answerTimeoutMs } = this.#role
    const waitMs = (MOST_ROUNDS + 2) * answerTimeoutMs + (model?.mostMs ?? 0)
    return { owner: lease.owner, seconds: lease.seconds + Math.ceil(waitMs / 1000) }
  }

  async #analyzeWaiting(): Promise<number> {
    const issues = await this.#role.port.claimIssues(this.#lease, ['DETECTED', 'UNDER_ANALYSIS'], 4)
    await this.#each(issues, (issue) => this.#analyze(issue))
    return issues.length
  }

  /** Works on claimed issues side by side and gives them back; one that fails fails the turn, after all ended. */
  async #each(issues: readonly Issue[], work: (issue: Issue) => Promise<unknown>): Promise<void> {
    const { port, lease } = this.#role
    const ended = await Promise.allSettled(
      issues.map(async (issue) => {
        try {
          await work(issue)
        } finally {
          await port.releaseIssue(issue.issueId, lease.owner)
        }
      }),
    )
    const failed = ended.find((e) => e.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /**
   * Decides on issues whose analyst died between its analysis and its decision, and thinks again about those of
   * which it could say nothing; looked for now and then.
   */
  async #resume(): Promise<number> {
    if (Date.now() < this.#resumeAt) return 0
    this.#resumeAt = Date.now() + (this.#role.resumeEveryMs ?? RESUME_EVERY_MS)
    const { port } = this.#role
    const targets = await port.read.targets()
    const now = await port.read.now()
    let resumed = 0
    await this.#each(await port.claimIssues(this.#lease, ['AWAITING_DECISION'], 8), async (issue) => {
      const analyses = await port.read.analyses(issue.issueId)
      const [newest] = analyses
      const target = targets.find((t) => t.targetId === issue.targetId)
      if (newest === undefined || newest.analyzer === 'human' || target === undefined) return
      const decided = await port.read.decisions({ issueId: issue.issueId, limit: 50 })
      if (newest.analysisStatus === 'ABSTAINED' || decidedIn(newest) === null) {
        if (isWish(issue) || decided.length > 0) return
        if (!isTimeToRethink(analyses, now, await this.#openedBeside(issue))) return
        resumed += 1
        return this.#conclude(issue, target)
      }
      if (newest.analysisStatus !== 'COMPLETED' || decided.some((d) => d.analysisId === newest.analysisId))
        return
      if ((await this.#decide(issue, newest, { target, proposedBy: 'dbmedic' })) !== null) resumed += 1
    })
    return resumed
  }

  /** When the newest other open issue of its target opened; null if there is none. */
  async #openedBeside(issue: Issue): Promise<string | null> {
    const times = (await this.#alongside(issue)).map((other) => other.openedAt)
    return times.sort().at(-1) ?? null
  }

  /** Other open issues of its target. */
  async #alongside({ targetId, issueId }: Issue): Promise<readonly Issue[]> {
    const others = await this.#role.port.read.issues({ targetId, limit: 50 })
    return others.filter((other) => other.issueId !== issueId && other.closedAt === null)
  }

  async #analyze(issue: Issue): Promise<void> {
    const { port } = this.#role
    if (
      issue.issueStatus === 'DETECTED' &&
      !(await port.moveIssue(issue.issueId, 'DETECTED', 'UNDER_ANALYSIS'))
    )
      return
    const target = (await port.read.targets()).find((t) => t.targetId === issue.targetId)
    if (target === undefined) return
    // Nothing more can be said of a wish than that person said; asking again is a new wish.
    const wished =
      isWish(issue) && (await port.read.decisions({ issueId: issue.issueId, limit: 1 })).length > 0
    if (wished) return endWish(port, issue.issueId)
    await this.#conclude(issue, target)
  }

  /** Stores an analysis and, unless it abstains, decides on it. */
  async #conclude(issue: Issue, target: Target): Promise<void> {
    const { port } = this.#role
    const log = forTarget(this.#role.log, target.targetName)
    const startedMs = Date.now()
    const analysis = await this.#comment(await this.#explain(issue, target), issue, target)
    const analysisId = await port.insertAnalysis(analysis)
    log({
      level: 'info',
      stage: 'analyze',
      message: analysis.analysisStatus === 'ABSTAINED' ? 'abstained' : 'explained',
      issue: issue.issueId,
      rootCause: analysis.rootCauseCode,
      confidence: analysis.confidenceScore,
      ms: Date.now() - startedMs,
    })
    if (issue.issueStatus !== 'AWAITING_DECISION')
      await port.moveIssue(issue.issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
    if (analysis.analysisStatus === 'ABSTAINED') return
    const [stored] = (await port.read.analyses(issue.issueId)).filter((a) => a.analysisId === analysisId)
    if (stored !== undefined) await this.#decide(issue, stored, { target, proposedBy: 'dbmedic' })
  }

  async #explain(issue: Issue, target: Target) {
    const { port } = this.#role
    const [calibrator] = await port.read.calibrators()
    const now = await port.read.now()
    return analyzeIssue<never>({
      issue,
      events: await port.read.events({ issueFingerprint: issue.issueFingerprint, limit: 20 }),
      alongside: await this.#alongside(issue),
      engine: target.engine,
      diagnoses: this.#role.diagnosesOf(target.engine),
      inquire: (question) => this.#inquire(issue, question),
      outcomes: await port.pastOutcomes({ engine: target.engine, sinceDays: 720, limit: 5000 }),
      calibration: {
        version: calibrator?.calibratorVersion ?? 0,
        map: mapOf(calibrator),
      },
      abstainBelow: this.#role.abstainBelow,
      settings: this.#role.settings,
      now,
      version: this.#role.version,
      log: forTarget(this.#role.log, target.targetName),
    })
  }

  /** What a model adds to a finished analysis: wording, and the order of the rules' own candidates. */
  async #comment(analysis: NewAnalysis, issue: Issue, target: Target): Promise<NewAnalysis> {
    const { model, port, sha256, signal } = this.#role
    if (model === null) return analysis
    const log = forTarget(this.#role.log, target.targetName)
    const catalogue = await this.#enabledActions(target.engine)
    return consultModel(analysis, { model, port, issue, catalogue, sha256, signal, log })
  }

  async #enabledActions(engine: string): Promise<readonly CatalogueEntry[]> {
    const rows = await this.#role.port.read.actions()
    return rows.flatMap((row) => {
      const action = row.actionEnabled && row.engine === engine ? this.#role.actionOf(row.actionName) : null
      if (action === null || action.version !== row.actionVersion) return []
      return [{ actionId: action.id, title: action.title, risk: action.risk, parameters: action.parameters }]
    })
  }

  async #inquire(issue: Issue, question: EvidenceQuestion): Promise<Reading<unknown>> {
    const { port } = this.#role
    if (question.kind === 'statement-history') {
      const { answerTimeoutMs, history, signal } = this.#role
      const wait = { forMs: answerTimeoutMs, sleep: (ms: number) => sleep(ms, signal) }
      return readHistory(port.read, { issue, question, wait }, history)
    }
    const requestId = await port.ask({ targetId: issue.targetId, issueId: issue.issueId, question })
    return awaitAnswer(port, requestId, this.#role)
  }

  async #decide(
    issue: Issue,
    analysis: Analysis,
    { target, proposedBy }: { readonly target: Target; readonly proposedBy: string },
  ): Promise<number | null> {
    const { port } = this.#role
    const log = forTarget(this.#role.log, target.targetName)
    const bar =
      analysis.analyzer === 'human' ? null : await port.healing.barOf(issue.issueId, analysis.analysisId)
    if (bar !== null) {
      const barred = barredCandidates(analysis, bar)
      if (barred.length > 0) await this.#recordRefusals({ issue, log }, analysis, barred)
      return null
    }
    const rows = await port.read.actions()
    const decided = await decideIssue({
      issue,
      analysis,
      target,
      earlier: await this.#tried(issue),
      actionOf: this.#role.actionOf,
      mirrored: (id) =>
        rows.filter((r) => r.actionName === id).sort((a, b) => b.actionVersion - a.actionVersion)[0] ?? null,
      preview: (candidate) => this.#preview(issue, candidate),
      sha256: this.#role.sha256,
      now: await port.read.now(),
      proposedBy,
      log,
    })
    if (decided.decision !== null) {
      const decisionId = await port.insertDecision(decided.decision)
      log({
        level: 'info',
        stage: 'decide',
        message: 'decision waits for approval',
        issue: issue.issueId,
        decision: decisionId,
        risk: decided.decision.riskLevel,
      })
      return decisionId
    }
    if (decided.refused.length > 0) await this.#recordRefusals({ issue, log }, analysis, decided.refused)
    return null
  }

  /** Decisions of the issue that were really tried: a run that was refused sent nothing and taught nothing. */
  async #tried(issue: Issue): Promise<readonly Decision[]> {
    const { read } = this.#role.port
    const decisions = await read.decisions({ issueId: issue.issueId, limit: 50 })
    const runs = await Promise.all(
      decisions.map((d) => read.executions({ decisionId: d.decisionId, limit: 10 })),
    )
    return decisions.filter((_d, i) => !(runs[i] ?? []).some((run) => run.executionOutcome === 'REFUSED'))
  }

  async #recordRefusals(
    { issue, log }: { readonly issue: Issue; readonly log: Log },
    analysis: Analysis,
    refused: readonly RefusedCandidate[],
  ): Promise<void> {
    const reasons = refused.map((r) => `${r.actionId}: ${r.because}. ${r.toProceed}`)
    const { analysisId: _id, analysedAt: _at, ...rest } = analysis
    await this.#role.port.insertAnalysis({
      ...rest,
      analysisStatus: 'ABSTAINED',
      recommendationSummary:
        `${analysis.recommendationSummary} No action can be proposed now. ${reasons.join(' ')}`.slice(
          0,
          4000,
        ),
      droppedClaims: [...analysis.droppedClaims, ...(refused as unknown as readonly Json[])],
    })
    log({
      level: 'warn',
      stage: 'decide',
      message: 'no action can be proposed',
      issue: issue.issueId,
      because: reasons.join(' ').slice(0, 500),
    })
  }

  async #preview(issue: Issue, candidate: ProposedAction): Promise<Preview | Refusal> {
    const requestId = await this.#role.port.ask({
      targetId: issue.targetId,
      issueId: issue.issueId,
      question: {
        kind: 'preview',
        params: {
          actionId: candidate.actionId,
          given: candidate.params as Json,
          affectedSeries: candidate.affectedSeries,
        },
      },
    })
    const reading = await awaitAnswer(this.#role.port, requestId, this.#role)
    if (reading.known) return reading.value as Preview | Refusal
    return {
      refused: true,
      code: 'DBM_PRECONDITION_FAILED',
      because: reading.because,
      toProceed: reading.toProceed,
    }
  }
}
