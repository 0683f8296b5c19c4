/** Writing what reasoning found: analyses and the decisions made from them. */

import { DbmedicError } from '../../core/errors.ts'
import type { NewAnalysis, NewDecision } from '../../core/nouns.ts'
import { queriesOf, type Runner } from '../database/store-database.ts'
import { cellsOf, clipped, jsonText } from '../rows/cells.ts'

/** Proposer of what the program itself recommends; see the row of that name in `users`. */
export const PROGRAM_USER = 'dbmedic'

/** Stores an analysis; gives its id. */
export async function insertAnalysis(runner: Runner, analysis: NewAnalysis): Promise<number> {
  const cells = cellsOf(runner.dialect)
  const written = await runner.write(
    queriesOf(runner.dialect)
      .insertInto('ai_analysis')
      .values({
        issue_id: analysis.issueId,
        analysis_status: analysis.analysisStatus,
        root_cause_code: analysis.rootCauseCode,
        root_cause_hypothesis: clipped(analysis.rootCauseHypothesis, 2000),
        raw_confidence: cells.decimal(analysis.rawConfidence, 4),
        confidence_score: cells.decimal(analysis.confidenceScore, 4),
        calibrator_version: analysis.calibratorVersion,
        recommendation_summary: clipped(analysis.recommendationSummary, 4000),
        historical_similarity_score: cells.decimalOrNull(analysis.historicalSimilarityScore, 4),
        affecting_queries: jsonText(analysis.affectingQueries),
        evidence: jsonText(analysis.evidence),
        competing_hypotheses: jsonText(analysis.competingHypotheses),
        analyzer: analysis.analyzer,
        analyzer_version: analysis.analyzerVersion,
        model: analysis.model,
        prompt_digest: analysis.promptDigest,
        dropped_claims: jsonText(analysis.droppedClaims),
      }),
  )
  return written.id
}

/**
 * Stores a decision; gives its id. Where a person proposes, the decision names the request of theirs that it
 * carries out: the oldest open one for this target and action.
 */
export async function insertDecision(runner: Runner, decision: NewDecision): Promise<number> {
  const q = queriesOf(runner.dialect)
  const cells = cellsOf(runner.dialect)
  const analysis = await runner.first(
    q.selectFrom('ai_analysis').select('issue_id').where('analysis_id', '=', decision.analysisId),
  )
  if (analysis === null)
    throw new DbmedicError('DBM_STORE_NO_ROW', { what: `analysis ${decision.analysisId}` })
  const request = decision.proposedBy === PROGRAM_USER ? null : await openRequest(runner, decision)
  const written = await runner.write(
    q.insertInto('recovery_decisions').values({
      analysis_id: decision.analysisId,
      issue_id: analysis.issue_id,
      target_id: decision.targetId,
      recommended_action_id: decision.recommendedActionId,
      risk_level: decision.riskLevel,
      binding_text: decision.bindingText,
      plan_digest: decision.planDigest,
      preflight_digest: decision.preflightDigest,
      confidence_based_score: cells.decimal(decision.confidenceBasedScore, 4),
      decision_rationale: clipped(decision.decisionRationale, 4000),
      proposed_by: decision.proposedBy,
      recovery_request_id: request,
      expires_at: cells.time(decision.expiresAt),
    }),
  )
  return written.id
}

async function openRequest(runner: Runner, decision: NewDecision): Promise<number | null> {
  const row = await runner.first(
    queriesOf(runner.dialect)
      .selectFrom('recovery_requests as r')
      .innerJoin('predefined_actions as p', 'p.action_name', 'r.action_name')
      .select('r.recovery_request_id')
      .where('p.action_id', '=', decision.recommendedActionId)
      .where('r.requested_by', '=', decision.proposedBy)
      .where('r.target_id', '=', decision.targetId)
      .where('r.request_status', '=', 'REQUESTED')
      .orderBy('r.recovery_request_id')
      .limit(1),
  )
  return row?.recovery_request_id ?? null
}
