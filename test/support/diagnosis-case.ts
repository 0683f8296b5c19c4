/** One diagnosis on one issue with given answers: what it asks for, and what it concludes. */
import assert from 'node:assert/strict'
import { mysqlActions } from '../../src/actions/index.ts'
import { sha256 } from '../../src/app/sha256.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import type { Diagnosis, Subject, TestResult } from '../../src/core/diagnosis.ts'
import type { EvidenceQuestion, Issue } from '../../src/core/nouns.ts'
import type { Reading } from '../../src/core/observer.ts'
import type { IssueCategory } from '../../src/core/vocabulary.ts'
import { validateGiven } from '../../src/engines/mysql/catalog/given.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'

const AT = '2026-01-05T10:00:00.000000Z'
const MOST_ROUNDS = 4

/** An answer to one question. `params` left out: to any question of the kind. `value` left out: not known. */
export type Answer = {
  [K in keyof MysqlQuestions]: {
    readonly kind: K
    readonly params?: { readonly [name: string]: Json }
    readonly value?: MysqlQuestions[K]['answer']
  }
}[keyof MysqlQuestions]

/** An open issue. */
export const issue = (part: Partial<Issue> = {}): Issue => ({
  issueId: 7,
  targetId: 1,
  instanceUid: 'uid-1',
  issueCategory: 'QUERY_PERFORMANCE',
  issueFingerprint: 'f'.repeat(64),
  ruleId: 'mysql/full-scan',
  severity: 'WARNING',
  affectedResourceType: 'statement',
  affectedResourceName: 'select * from orders where customer_id = ?',
  occurrenceCount: 3,
  issueStatus: 'UNDER_ANALYSIS',
  firstOccurrenceEventId: 1,
  lastDetectionEventId: 3,
  recurrenceOfIssueId: null,
  openedAt: AT,
  closedAt: null,
  ...part,
})

/** What a diagnosis is given. */
export interface Given {
  readonly rule?: string
  readonly category?: IssueCategory
  readonly on?: { readonly type: string; readonly name: string }
  readonly facts?: { readonly [name: string]: Json }
  readonly alongside?: readonly Issue[]
  /** Breaches on record. */
  readonly breaches?: number
  /** Facts the events before the newest recorded. */
  readonly before?: readonly { readonly [name: string]: Json }[]
  readonly answers?: readonly Answer[]
  /** Configured bounds. */
  readonly settings?: Subject['settings']
}

/** The issue as its diagnosis sees it. */
export function subjectOf(given: Given): Subject {
  const rule = given.rule ?? 'mysql/full-scan'
  const about = issue({
    ruleId: rule,
    issueCategory: given.category ?? 'QUERY_PERFORMANCE',
    ...(given.on === undefined
      ? {}
      : { affectedResourceType: given.on.type, affectedResourceName: given.on.name }),
  })
  const event = {
    eventId: 3,
    recordedAt: AT,
    rawContextDigest: 'd'.repeat(64),
    targetId: 1,
    instanceUid: 'uid-1',
    eventTimestamp: AT,
    detectionSource: 'ENGINE_STATUS' as const,
    eventKind: 'BREACH' as const,
    ruleId: rule,
    ruleVersion: 1,
    severityIndicator: 'WARNING' as const,
    issueCategory: about.issueCategory,
    issueFingerprint: about.issueFingerprint,
    affectedResourceType: about.affectedResourceType,
    affectedResourceName: about.affectedResourceName,
    metricName: 'metric',
    metricValue: 1,
    metricUnit: 'count',
    windowStart: AT,
    windowEnd: AT,
    epoch: AT,
    partial: false,
    opensAtOnce: false,
    dedupeKey: 'k'.repeat(64),
    rawContext: '{}',
  }
  return {
    issue: about,
    events: [
      ...Array.from({ length: given.breaches ?? 1 }, () => event),
      ...(given.before ?? []).map((facts) => ({ ...event, rawContext: JSON.stringify({ facts }) })),
    ],
    context: { facts: given.facts ?? {} },
    alongside: given.alongside ?? [],
    settings: { ...(given.settings ?? {}) },
  }
}

/** Asks round by round, as the analyst does, and tests. Also says what was asked and is shown, and checks candidates. */
export function diagnose(
  diagnosis: Diagnosis<MysqlQuestions>,
  given: Given,
): {
  readonly result: TestResult
  readonly asked: readonly EvidenceQuestion[]
  readonly shown: ReturnType<NonNullable<typeof diagnosis.exhibits>>
} {
  const subject = subjectOf(given)
  const asked = new Map<string, EvidenceQuestion>()
  const answers = {
    get: (kind: string, params: Json) =>
      asked.has(canonicalJson({ kind, params })) ? readingOf(given.answers ?? [], kind, params) : undefined,
  } as Parameters<typeof diagnosis.test>[1]
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    for (const question of diagnosis.needs(subject, answers))
      asked.set(canonicalJson({ ...question }), question)
  }
  const result = diagnosis.test(subject, answers)
  if (result.outcome === 'supported') checkCandidates(subject, result)
  const shown = diagnosis.exhibits?.(subject, answers) ?? []
  return { result, asked: [...asked.values()], shown }
}

const ACTIONS = new Map(mysqlActions(sha256).map((action) => [action.id, action]))

/**
 * Every candidate a diagnosis ever names is in the catalogue, is for issues of this category, and has parameters of
 * the action's shape; claims and parameters are data a store can keep. @throws AssertionError
 */
function checkCandidates(subject: Subject, result: Extract<TestResult, { outcome: 'supported' }>): void {
  for (const { actionId, params } of result.candidates) {
    const action = ACTIONS.get(actionId)
    assert.ok(action !== undefined, `${actionId} is not in the catalogue`)
    const category = subject.issue.issueCategory
    assert.ok(action.issueCategories.includes(category), `${actionId} is not for ${category}`)
    const checked = validateGiven(action.parameters, params)
    assert.ok('given' in checked, `${actionId}: ${'because' in checked ? checked.because : ''}`)
  }
  for (const claim of result.claims) canonicalJson({ value: claim.value })
  assert.ok(result.hypothesis.endsWith('.') && result.recommendation.length > 0)
}

/** Only the conclusion. */
export const conclude = (diagnosis: Diagnosis<MysqlQuestions>, given: Given): TestResult =>
  diagnose(diagnosis, given).result

/** The supported conclusion. @throws RangeError with what it concluded instead */
export function supported(
  diagnosis: Diagnosis<MysqlQuestions>,
  given: Given,
): Extract<TestResult, { outcome: 'supported' }> {
  const result = conclude(diagnosis, given)
  if (result.outcome !== 'supported') throw new RangeError(`not supported: ${JSON.stringify(result)}`)
  return result
}

function readingOf(answers: readonly Answer[], kind: string, params: Json): Reading<unknown> {
  const wanted = canonicalJson(params)
  const answer = answers.find(
    (a) => a.kind === kind && (a.params === undefined || canonicalJson({ ...a.params }) === wanted),
  )
  return answer === undefined || !('value' in answer)
    ? { known: false, because: `${kind} cannot be read`, toProceed: `Grant what ${kind} needs.` }
    : { known: true, value: answer.value, at: AT, source: `the source of ${kind}` }
}
