/** The whole story of one issue, from its first event to its learning record, as rows. */
import type {
  Analysis,
  Approval,
  Decision,
  DetectionEvent,
  Execution,
  Issue,
  Lesson,
  Target,
  Verification,
} from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import type { Ending, ReadPort } from '../core/store-ports.ts'

/** One decision with everything that followed from it. */
export interface DecisionStory {
  readonly decision: Decision
  readonly binding: Binding
  readonly approvals: readonly Approval[]
  readonly endings: readonly Ending[]
  readonly executions: readonly {
    readonly execution: Execution
    readonly verifications: readonly Verification[]
  }[]
}

/** One issue with everything that belongs to it. Newest first within each list. */
export interface Story {
  readonly issue: Issue
  readonly target: Target | null
  readonly events: readonly DetectionEvent[]
  readonly analyses: readonly Analysis[]
  readonly decisions: readonly DecisionStory[]
  readonly lessons: readonly Lesson[]
}

/** Reads the story; null if there is no such issue. */
export async function readStory(read: ReadPort, issueId: number): Promise<Story | null> {
  const issue = await read.issue(issueId)
  if (issue === null) return null
  const decisions = await read.decisions({ issueId, limit: 50 })
  return {
    issue,
    target: (await read.targets()).find((t) => t.targetId === issue.targetId) ?? null,
    events: await read.events({ issueFingerprint: issue.issueFingerprint, limit: 50 }),
    analyses: await read.analyses(issueId),
    decisions: await Promise.all(decisions.map((d) => decisionStory(read, d))),
    lessons: await read.lessons({ issueId, limit: 20 }),
  }
}

async function decisionStory(read: ReadPort, decision: Decision): Promise<DecisionStory> {
  const executions = await read.executions({ decisionId: decision.decisionId, limit: 10 })
  return {
    decision,
    binding: JSON.parse(decision.bindingText) as Binding,
    approvals: await read.approvals(decision.decisionId),
    endings: await read.endings(decision.decisionId),
    executions: await Promise.all(
      executions.map(async (execution) => ({
        execution,
        verifications: await read.verifications(execution.executionId),
      })),
    ),
  }
}

/** One decision with what its vote is given on. */
export interface DecisionDetail extends DecisionStory {
  readonly issue: Issue
  readonly target: Target | null
  /** The analysis it was made on. */
  readonly analysis: Analysis | null
}

/** Reads a decision with its evidence; null if there is no such decision. */
export async function readDecision(read: ReadPort, decisionId: number): Promise<DecisionDetail | null> {
  const decision = await read.decision(decisionId)
  const issue = decision === null ? null : await read.issue(decision.issueId)
  if (decision === null || issue === null) return null
  const analyses = await read.analyses(decision.issueId)
  return {
    ...(await decisionStory(read, decision)),
    issue,
    target: (await read.targets()).find((t) => t.targetId === decision.targetId) ?? null,
    analysis: analyses.find((each) => each.analysisId === decision.analysisId) ?? null,
  }
}
