/** Rows for tests of the store: a target, people with keys, actions, and one issue's way through the pipeline. */
import { createHash, randomBytes } from 'node:crypto'
import { generateKey, signGrant, signText, signVote } from '../../src/access/index.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import type {
  ApprovalConditions,
  Decision,
  NewAnalysis,
  NewApproval,
  NewDecision,
  NewDetectionEvent,
  NewVerification,
  PredefinedAction,
  StepRecord,
} from '../../src/core/nouns.ts'
import type { Binding } from '../../src/core/plan.ts'
import type {
  ActPort,
  LearnPort,
  NewStandingApproval,
  ObservePort,
  ReasonPort,
  RegistrationSigner,
  Runnable,
  ServePort,
  Store,
} from '../../src/core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../src/core/time.ts'
import type { ApprovalStatus, RiskLevel, Verdict } from '../../src/core/vocabulary.ts'

/** A store with all five ports. */
export interface FullStore extends Store {
  readonly observe: ObservePort
  readonly reason: ReasonPort
  readonly serve: ServePort
  readonly act: ActPort
  readonly learn: LearnPort
}

/** The store, if it has every port. */
export function full(store: Store): FullStore {
  const { observe, reason, serve, act, learn } = store
  if (!observe || !reason || !serve || !act || !learn) throw new Error('a port is missing')
  return { ...store, observe, reason, serve, act, learn }
}

/** SHA-256 hex of a text. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
/** A moment `seconds` after another. */
export const after = (time: UtcTime, seconds: number): UtcTime => fromMs(toMs(time) + seconds * 1000)

/** A person of the tests, with the secret half of the key. */
export interface TestPerson {
  readonly userName: string
  readonly keyId: string
  readonly publicKey: string
  readonly seed: Buffer
}

/** A new person's key. */
export function newPerson(userName: string): TestPerson {
  const { seed, publicKey, keyId } = generateKey()
  return { userName, seed, keyId, publicKey: publicKey.toString('base64') }
}

/** Signs registrations as this person. */
export const signerOf = (person: TestPerson): RegistrationSigner => ({
  userName: person.userName,
  keyId: person.keyId,
  sign: (text) => signText(text, person.seed),
})

/** Lets a login in or shuts it out, as anna. */
export const setActive = (
  world: Pick<World, 'store' | 'anna'>,
  userName: string,
  active: boolean,
): Promise<void> => world.store.serve.changeUser(userName, { active }, signerOf(world.anna))

/** The identity every test target has. */
export const INSTANCE = 'instance-1'

/** One action of each risk, and one on a connection. */
export const ACTIONS: readonly Omit<PredefinedAction, 'actionId'>[] = (
  [
    ['mysql/analyze-table', 'LOW', { table: { type: 'table' }, rows: { type: 'integer' } }],
    ['mysql/create-index', 'MEDIUM', { table: { type: 'table' } }],
    ['mysql/rebuild-table', 'HIGH', { table: { type: 'table' } }],
    ['mysql/kill-query', 'LOW', { connection: { type: 'connection' } }],
  ] as const
).map(([actionName, riskLevel, parameterSchema]) => ({
  actionName,
  actionVersion: 1,
  engine: 'mysql',
  actionCategory: 'test',
  executionQuery: 'ANALYZE TABLE {table}',
  riskLevel,
  applicableIssueCategories: ['STATISTICS'],
  requiresManualVerification: false,
  actionEnabled: true,
  estimatedDurationSeconds: 1,
  parameterSchema: parameterSchema as Json,
  preconditions: ['X1'],
  guards: ['G-DDL-My'],
  verification: 'mean_ms',
  undo: 'mysql/analyze-table',
  definitionDigest: sha256(actionName),
}))

/** What every test starts from. */
export interface World {
  readonly store: FullStore
  readonly targetId: number
  readonly anna: TestPerson
  readonly bert: TestPerson
  readonly carl: TestPerson
  readonly actions: readonly PredefinedAction[]
}

/** Adds people (anna administers; all approve), one leased target with an identity, and the actions. */
export async function makeWorld(
  store: FullStore,
  people: readonly [TestPerson, TestPerson, TestPerson] = [
    newPerson('anna'),
    newPerson('bert'),
    newPerson('carl'),
  ],
): Promise<World> {
  const [anna, bert, carl] = people
  for (const person of [anna, bert, carl]) {
    const { userName, keyId, publicKey } = person
    await store.serve.addUser({
      userName,
      displayName: userName,
      personOf: null,
      mayApprove: true,
      mayAdminister: person === anna,
      keyId,
      publicKey,
      signer: signerOf(anna),
    })
  }
  const targetId = await store.serve.addTarget({
    targetName: 'shop',
    engine: 'mysql',
    connection: { host: 'db1', password: 'env:SHOP_PASSWORD' },
  })
  await store.observe.setTargetIdentity(targetId, INSTANCE)
  await store.serve.mirrorActions(ACTIONS)
  return { store, targetId, anna, bert, carl, actions: await store.read.actions() }
}

/** An event about `resource`. */
export async function newEvent(
  world: World,
  resource: string,
  change: Partial<NewDetectionEvent> = {},
): Promise<NewDetectionEvent> {
  const now = await world.store.read.now()
  return {
    targetId: world.targetId,
    instanceUid: INSTANCE,
    eventTimestamp: now,
    detectionSource: 'STATEMENT_STATS',
    eventKind: 'BREACH',
    ruleId: 'slow-statement',
    ruleVersion: 1,
    severityIndicator: 'WARNING',
    issueCategory: 'STATISTICS',
    issueFingerprint: sha256(resource),
    affectedResourceType: 'table',
    affectedResourceName: resource,
    metricName: 'mean_ms',
    metricValue: 12.5,
    metricUnit: 'ms',
    windowStart: after(now, -30),
    windowEnd: now,
    epoch: after(now, -86_400),
    partial: false,
    opensAtOnce: false,
    dedupeKey: randomBytes(32).toString('hex'),
    rawContext: '{"z":1,"a":1.10}',
    ...change,
  }
}

/** An event and the issue it opens; gives the issue's id. */
export async function makeIssue(
  world: World,
  resource: string,
  change: Partial<NewDetectionEvent> = {},
): Promise<number> {
  const { store, targetId } = world
  const event = await newEvent(world, resource, change)
  await store.observe.appendEvents([event])
  const [stored] = await store.read.events({ issueFingerprint: event.issueFingerprint, limit: 1 })
  if (stored === undefined) throw new Error('the event is not there')
  const earlier = await store.reason.earlierIssueOf(event.issueFingerprint, 30)
  const issueId = await store.reason.openIssue({
    targetId,
    instanceUid: INSTANCE,
    issueCategory: event.issueCategory,
    issueFingerprint: event.issueFingerprint,
    ruleId: event.ruleId,
    severity: 'WARNING',
    affectedResourceType: event.affectedResourceType,
    affectedResourceName: resource,
    occurrenceCount: 1,
    firstOccurrenceEventId: stored.eventId,
    lastDetectionEventId: stored.eventId,
    recurrenceOfIssueId: earlier?.issueId ?? null,
  })
  if (issueId === null) throw new Error('the issue did not open')
  return issueId
}

/** An analysis of an issue. */
export function newAnalysis(issueId: number, change: Partial<NewAnalysis> = {}): NewAnalysis {
  return {
    issueId,
    rootCauseCode: 'STALE_STATISTICS',
    rootCauseHypothesis: 'the statistics are older than the data',
    confidenceScore: 0.85,
    rawConfidence: 0.9,
    calibratorVersion: 0,
    recommendationSummary: 'renew the statistics',
    historicalSimilarityScore: null,
    analysisStatus: 'COMPLETED',
    affectingQueries: ['q1'],
    evidence: [
      {
        id: 'e1',
        claim: 'the table changed by 40 %',
        source: 'innodb_table_stats',
        value: 0.4,
        unit: null,
        at: '2026-11-21T00:00:00.000000Z',
        recheck: null,
      },
    ],
    competingHypotheses: [],
    analyzer: 'rules',
    analyzerVersion: '1',
    model: null,
    promptDigest: null,
    droppedClaims: [],
    ...change,
  }
}

/** How a decision differs from the ordinary one. */
export interface DecisionOptions {
  readonly action?: string
  readonly validSeconds?: number
  readonly proposedBy?: string
  readonly undo?: boolean
  readonly parameters?: { readonly [name: string]: Json }
  /** What the plan sends, in place of ANALYZE TABLE. */
  readonly statement?: string
}

/** A decision on an analysis, its binding in agreement with it. */
export async function newDecision(
  world: World,
  analysisId: number,
  options: DecisionOptions = {},
): Promise<NewDecision> {
  const action = world.actions.find((each) => each.actionName === (options.action ?? 'mysql/analyze-table'))
  if (action === undefined) throw new Error('no such action')
  const expiresAt = after(await world.store.read.now(), options.validSeconds ?? 1500)
  const step = {
    kind: 'statement',
    text: options.statement ?? 'ANALYZE TABLE `shop`.`orders`',
    timeoutMs: 1000,
    onlyIf: null,
  } as const
  const none = { low: 0, expected: 0, high: 1 }
  const binding: Binding = {
    schema: 'dbmedic/binding/1',
    action: {
      name: action.actionName,
      version: action.actionVersion,
      definitionDigest: action.definitionDigest,
    },
    riskLevel: action.riskLevel,
    target: { id: world.targetId, name: 'shop', engine: 'mysql', instanceUid: INSTANCE, epoch: null },
    parameters: options.parameters ?? { table: { schema: 'shop', table: 'orders' }, rows: 5 },
    guards: [],
    steps: [step],
    undo: options.undo === false ? { whyNot: 'nothing to undo' } : { plan: { guards: [], steps: [step] } },
    objects: [{ kind: 'table', name: '`shop`.`orders`', definitionDigest: sha256('orders') }],
    evidenceDigest: sha256(canonicalJson(newAnalysis(0).evidence as unknown as Json)),
    forecast: {
      lockClass: 'none',
      blocks: 'nobody',
      durationMs: none,
      rowsTouched: none,
      bytesWritten: none,
      replicaLagSeconds: none,
      diskPeakBytes: none,
      basis: 'test',
    },
    verification: {
      postcondition: 'the statistics are new',
      affectedSeries: ['statement:q1'],
      metricName: 'mean_ms',
      metricUnit: 'ms',
      lowerIsBetter: true,
      beforeSeconds: 60,
      settleSeconds: 5,
      afterSeconds: 60,
      minimumCalls: 30,
      minimumGainPercent: 20,
    },
    expiresAt,
  }
  const bindingText = canonicalJson(binding as unknown as Json)
  return {
    analysisId,
    targetId: world.targetId,
    recommendedActionId: action.actionId,
    riskLevel: action.riskLevel,
    bindingText,
    planDigest: sha256(bindingText),
    preflightDigest: sha256('preflight'),
    confidenceBasedScore: 0.85,
    decisionRationale: 'best of one',
    proposedBy: options.proposedBy ?? 'dbmedic',
    expiresAt,
  }
}

/** Takes an open issue from wherever `reason` has it to a decision that waits for votes. */
export async function decide(
  world: World,
  issueId: number,
  options: DecisionOptions = {},
): Promise<Decision> {
  const { reason, read } = world.store
  await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
  const analysisId = await reason.insertAnalysis(newAnalysis(issueId))
  if (!(await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION'))) {
    throw new Error('the issue is not under analysis')
  }
  const decisionId = await reason.insertDecision(await newDecision(world, analysisId, options))
  const decision = await read.decision(decisionId)
  if (decision === null) throw new Error('the decision is not there')
  return decision
}

/** How a vote differs from an ordinary yes. */
export interface VoteOptions {
  readonly status?: ApprovalStatus
  readonly conditions?: Partial<ApprovalConditions>
  readonly expiresAt?: UtcTime
  readonly change?: Partial<NewApproval>
}

const VALID_SECONDS: Readonly<Record<RiskLevel, number>> = { LOW: 1200, MEDIUM: 1200, HIGH: 1200 }

/** A signed vote on a decision. */
export async function newVote(
  world: World,
  decision: Decision,
  person: TestPerson,
  options: VoteOptions = {},
): Promise<NewApproval> {
  const status = options.status ?? 'APPROVED'
  const vote = {
    decisionId: decision.decisionId,
    actionId: decision.recommendedActionId,
    planDigest: decision.planDigest,
    riskLevel: decision.riskLevel,
    adminUserId: person.userName,
    approvalStatus: status,
    approvalReason: status === 'DECLINED' ? ('BAD_TIMING' as const) : ('CONFIDENT' as const),
    adminNotes: null,
    conditions: { undoPreconsented: false, windowStart: null, ...options.conditions },
    authenticationMethod: 'key',
    keyId: person.keyId,
    standingApprovalId: null,
    expiresAt: options.expiresAt ?? after(await world.store.read.now(), VALID_SECONDS[decision.riskLevel]),
    ...options.change,
  }
  return { ...vote, signature: signVote(vote, person) }
}

/** A signed grant for the LOW action. */
export async function newGrant(
  world: World,
  person: TestPerson,
  change: Partial<NewStandingApproval> = {},
): Promise<NewStandingApproval> {
  const grant = {
    actionName: 'mysql/analyze-table',
    actionVersion: 1,
    targetIds: [world.targetId],
    parameterBounds: { table: { any: true }, rows: { min: 1, max: 10 } },
    issueCategory: 'STATISTICS' as const,
    rootCauseCode: 'STALE_STATISTICS' as const,
    minimumConfidence: 0.8,
    maximumUses: 2,
    validUntil: after(await world.store.read.now(), 86_400),
    grantedBy: person.userName,
    reason: 'routine',
    keyId: person.keyId,
    ...change,
  }
  return { ...grant, signature: signGrant(grant, person) }
}

/** The one run that may start now. */
export async function onlyRunnable(world: World, decisionId: number): Promise<Runnable> {
  const found = (await world.store.act.runnable(100)).filter(
    (each) => each.decision.decisionId === decisionId,
  )
  const [run] = found
  if (run === undefined || found.length !== 1)
    throw new Error(`${found.length} runs of decision ${decisionId}`)
  return run
}

/** A recorded statement; `endedAt` null means it is about to be sent. */
export function step(index: number, at: UtcTime, ended: boolean): StepRecord {
  const statement = 'ANALYZE TABLE `shop`.`orders`'
  return {
    index,
    kind: 'statement',
    statement,
    statementDigest: sha256(statement),
    startedAt: at,
    endedAt: ended ? at : null,
    ok: ended ? true : null,
    affectedRows: ended ? 0 : null,
    messages: [],
  }
}

/** Ends every open run, as after a death: a target takes one at a time, and the tests have one target. */
export async function settleRuns(world: World): Promise<void> {
  for (const { executionId, executionStatus, steps, leaseOwner } of await world.store.read.executions({
    limit: 500,
  })) {
    if (executionStatus !== 'QUEUED' && executionStatus !== 'IN_PROGRESS') continue
    await world.store.act.finishExecution(executionId, leaseOwner ?? '', {
      status: 'FAILED',
      outcome: 'UNKNOWN',
      steps,
      durationMs: null,
      affectedRows: null,
      errors: 'settled by the test',
    })
  }
}

/** Queues a decision’s run on a target that is free; gives its id. */
export async function queueRun(world: World, decisionId: number, executedBy: string): Promise<number> {
  await settleRuns(world)
  const executionId = await world.store.act.queueExecution(await onlyRunnable(world, decisionId), executedBy)
  if (executionId === null) throw new Error('another executor was first')
  return executionId
}

/** Runs a runnable to its end. */
export async function run(
  world: World,
  runnable: Runnable,
  status: 'COMPLETED' | 'FAILED' = 'COMPLETED',
): Promise<number> {
  const { act, read } = world.store
  await settleRuns(world)
  const executionId = await act.queueExecution(runnable, 'executor-1')
  if (executionId === null) throw new Error('another executor was first')
  const lease = { owner: 'executor-1', seconds: 60 }
  if (!(await act.startExecution(executionId, lease, { mean_ms: 12 }))) throw new Error('it did not start')
  const at = await read.now()
  await act.recordSteps(executionId, lease.owner, [step(0, at, false)])
  await act.recordSteps(executionId, lease.owner, [step(0, at, true)])
  await act.finishExecution(executionId, lease.owner, {
    status,
    outcome: status === 'COMPLETED' ? 'SUCCESS' : 'FAILED',
    steps: [step(0, at, true)],
    durationMs: 12.4,
    affectedRows: 0,
    errors: status === 'COMPLETED' ? null : 'it failed',
  })
  return executionId
}

/** A measured verdict on a run. */
export function newVerdict(executionId: number, verdict: Verdict, assessedBy = 'act'): NewVerification {
  return {
    executionId,
    verdict,
    metricName: 'mean_ms',
    metricUnit: 'ms',
    lowerIsBetter: true,
    metricBefore: 12.5,
    metricAfter: 5,
    samplesBefore: 40,
    samplesAfter: 41,
    improvementPercent: 60,
    intervalLowPercent: 50.1234,
    intervalHighPercent: 70,
    details: { windows: 4 },
    assessedBy,
  }
}

/** A lesson of a decision, with or without a run. */
export function newLesson(of: {
  readonly issueId: number
  readonly decisionId: number
  readonly executionId: number | null
}): Parameters<LearnPort['insertLesson']>[0] {
  const ran = of.executionId !== null
  return {
    ...of,
    metricName: ran ? 'mean_ms' : null,
    metricUnit: ran ? 'ms' : null,
    metricBefore: ran ? 12.5 : null,
    metricAfter: ran ? 5 : null,
    samplesBefore: ran ? 40 : null,
    samplesAfter: ran ? 41 : null,
    lowerIsBetter: ran ? true : null,
    metricImprovementPercent: ran ? 60 : null,
    machineResolvedFlag: ran ? true : null,
    timeToResolutionSeconds: ran ? 90.4 : null,
  }
}
