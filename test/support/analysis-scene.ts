/** An issue, outcomes of the past and diagnoses that say what a test wants, for the analyze stage. */
import type { Diagnosis, TestResult } from '../../src/core/diagnosis.ts'
import type { Claim, EvidenceQuestion, Issue, ProposedAction } from '../../src/core/nouns.ts'
import type { PastOutcome } from '../../src/core/store-ports.ts'
import { fromMs } from '../../src/core/time.ts'
import type { RootCauseCode } from '../../src/core/vocabulary.ts'

/** Now, on every clock of these tests. */
export const NOW = '2026-11-21T10:00:00.000000Z'
/** A moment `days` before now. */
export const daysAgo = (days: number): string => fromMs(Date.parse(NOW) - days * 86_400_000)

/** An issue about one slow statement. */
export const ISSUE: Issue = {
  issueId: 1,
  targetId: 1,
  instanceUid: 'uid-1',
  issueCategory: 'QUERY_PERFORMANCE',
  issueFingerprint: 'f'.repeat(64),
  ruleId: 'mysql/slow-statement',
  severity: 'WARNING',
  affectedResourceType: 'statement',
  affectedResourceName: 'SELECT … FROM orders',
  occurrenceCount: 3,
  issueStatus: 'UNDER_ANALYSIS',
  firstOccurrenceEventId: 1,
  lastDetectionEventId: 3,
  recurrenceOfIssueId: null,
  openedAt: daysAgo(0.01),
  closedAt: null,
}

/** A run of the past on the same issue, resolved, today. */
export const outcome = (change: Partial<PastOutcome> = {}): PastOutcome => ({
  actionName: 'mysql/create-index',
  issueCategory: 'QUERY_PERFORMANCE',
  engine: 'mysql',
  instanceUid: 'uid-1',
  rootCauseCode: 'MISSING_INDEX',
  issueFingerprint: ISSUE.issueFingerprint,
  issueId: 1,
  decisionId: 1,
  affectedResourceName: ISSUE.affectedResourceName,
  affectingQueries: ['q1'],
  predictedConfidence: 0.8,
  resolved: true,
  improvementPercent: 60,
  at: NOW,
  ...change,
})

/** A claim without its id. */
export const claim = (text: string): Omit<Claim, 'id'> => ({
  claim: text,
  source: 'test',
  value: 1,
  unit: null,
  at: NOW,
  recheck: null,
})

/** A candidate action. */
export const candidate = (actionId: string): ProposedAction => ({
  actionId,
  params: {},
  why: 'it helps',
  affectedSeries: [],
})

/** A supported result with these weights in log-odds. */
export const supported = (
  hypothesis: string,
  logOdds: readonly number[] = [],
  change: Partial<Extract<TestResult, { outcome: 'supported' }>> = {},
): TestResult => ({
  outcome: 'supported',
  hypothesis,
  recommendation: `do something about ${hypothesis}`,
  claims: [claim(`${hypothesis} was seen`)],
  weights: logOdds.map((w) => ({ why: 'test', logOdds: w })),
  candidates: [candidate('mysql/create-index')],
  affectingQueries: ['q1'],
  ...change,
})

/** A diagnosis of the issue's category. */
export const diagnosis = (
  rootCause: RootCauseCode,
  test: () => TestResult,
  needs: (asked: (question: EvidenceQuestion) => boolean) => readonly EvidenceQuestion[] = () => [],
): Diagnosis<never> => ({
  id: `mysql/${rootCause.toLowerCase()}`,
  version: 1,
  engine: 'mysql',
  title: `about ${rootCause}`,
  rootCause,
  categories: ['QUERY_PERFORMANCE'],
  needs: (_subject, answers) => needs((q) => answers.get(q.kind as never, q.params as never) !== undefined),
  test,
})
