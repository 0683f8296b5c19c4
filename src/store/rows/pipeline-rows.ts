/** Rows of the pipeline's first half as nouns: targets, events, issues, analyses, actions, decisions, votes. */
import type { Selectable } from 'kysely'
import type {
  Analysis,
  Approval,
  Decision,
  DetectionEvent,
  EvidenceRequest,
  Issue,
  MetricSample,
  PredefinedAction,
  Target,
} from '../../core/nouns.ts'
import type { DialectName } from '../schema/dialect.ts'
import type {
  AdminApprovalsTable,
  AiAnalysisTable,
  DetectedIssuesTable,
  DetectionEventsTable,
  EvidenceRequestsTable,
  MetricSamplesTable,
  PredefinedActionsTable,
  RecoveryDecisionsTable,
  TargetsTable,
} from '../tables.ts'
import { cellsOf, fromJson, truth, utc, utcOrNull } from './cells.ts'

/** A target. */
export function targetOf(row: Selectable<TargetsTable>): Target {
  return {
    targetId: row.target_id,
    targetName: row.target_name,
    engine: row.engine,
    connection: fromJson(row.connection),
    enabled: truth(row.enabled),
    instanceUid: row.instance_uid,
    leaseOwner: row.lease_owner,
  }
}

/** A detection event. */
export function eventOf(row: Selectable<DetectionEventsTable>): DetectionEvent {
  return {
    eventId: row.event_id,
    targetId: row.target_id,
    instanceUid: row.instance_uid,
    eventTimestamp: utc(row.event_timestamp),
    recordedAt: utc(row.recorded_at),
    detectionSource: row.detection_source,
    eventKind: row.event_kind,
    ruleId: row.rule_id,
    ruleVersion: row.rule_version,
    severityIndicator: row.severity_indicator,
    issueCategory: row.issue_category,
    issueFingerprint: row.issue_fingerprint,
    affectedResourceType: row.affected_resource_type,
    affectedResourceName: row.affected_resource_name,
    metricName: row.metric_name,
    metricValue: row.metric_value,
    metricUnit: row.metric_unit,
    windowStart: utc(row.window_start),
    windowEnd: utc(row.window_end),
    epoch: utc(row.epoch),
    partial: truth(row.partial),
    opensAtOnce: truth(row.opens_at_once),
    dedupeKey: row.dedupe_key,
    rawContext: row.raw_context,
    rawContextDigest: row.raw_context_digest,
  }
}

/** An issue. */
export function issueOf(row: Selectable<DetectedIssuesTable>): Issue {
  return {
    issueId: row.issue_id,
    targetId: row.target_id,
    instanceUid: row.instance_uid,
    issueCategory: row.issue_category,
    issueFingerprint: row.issue_fingerprint,
    ruleId: row.rule_id,
    severity: row.severity,
    affectedResourceType: row.affected_resource_type,
    affectedResourceName: row.affected_resource_name,
    occurrenceCount: row.occurrence_count,
    issueStatus: row.issue_status,
    firstOccurrenceEventId: row.first_occurrence_event_id,
    lastDetectionEventId: row.last_detection_event_id,
    recurrenceOfIssueId: row.recurrence_of_issue_id,
    openedAt: utc(row.opened_at),
    closedAt: utcOrNull(row.closed_at),
  }
}

/** An analysis. */
export function analysisOf(row: Selectable<AiAnalysisTable>, dialect: DialectName): Analysis {
  const cells = cellsOf(dialect)
  return {
    analysisId: row.analysis_id,
    issueId: row.issue_id,
    analysedAt: utc(row.analysed_at),
    rootCauseCode: row.root_cause_code,
    rootCauseHypothesis: row.root_cause_hypothesis,
    confidenceScore: cells.number(row.confidence_score, 4),
    rawConfidence: cells.number(row.raw_confidence, 4),
    calibratorVersion: row.calibrator_version,
    recommendationSummary: row.recommendation_summary,
    historicalSimilarityScore: cells.numberOrNull(row.historical_similarity_score, 4),
    analysisStatus: row.analysis_status,
    affectingQueries: fromJson(row.affecting_queries),
    evidence: fromJson(row.evidence),
    competingHypotheses: fromJson(row.competing_hypotheses),
    analyzer: row.analyzer,
    analyzerVersion: row.analyzer_version,
    model: row.model,
    promptDigest: row.prompt_digest,
    droppedClaims: fromJson(row.dropped_claims),
  }
}

/** An action's mirror. */
export function actionOf(row: Selectable<PredefinedActionsTable>): PredefinedAction {
  return {
    actionId: row.action_id,
    actionName: row.action_name,
    actionVersion: row.action_version,
    engine: row.engine,
    actionCategory: row.action_category,
    executionQuery: row.execution_query,
    riskLevel: row.risk_level,
    applicableIssueCategories: fromJson(row.applicable_issue_categories),
    requiresManualVerification: truth(row.requires_manual_verification),
    actionEnabled: truth(row.action_enabled),
    estimatedDurationSeconds: row.estimated_duration_seconds,
    parameterSchema: fromJson(row.parameter_schema),
    preconditions: fromJson(row.preconditions),
    guards: fromJson(row.guards),
    verification: row.verification,
    undo: row.undo_action,
    definitionDigest: row.definition_digest,
  }
}

/** A decision. */
export function decisionOf(row: Selectable<RecoveryDecisionsTable>, dialect: DialectName): Decision {
  return {
    decisionId: row.decision_id,
    issueId: row.issue_id,
    analysisId: row.analysis_id,
    targetId: row.target_id,
    recommendedActionId: row.recommended_action_id,
    riskLevel: row.risk_level,
    bindingText: row.binding_text,
    planDigest: row.plan_digest,
    preflightDigest: row.preflight_digest,
    confidenceBasedScore: cellsOf(dialect).number(row.confidence_based_score, 4),
    decisionRationale: row.decision_rationale,
    proposedBy: row.proposed_by,
    expiresAt: utc(row.expires_at),
    decisionStatus: row.decision_status,
    createdAt: utc(row.created_at),
  }
}

/** A vote. */
export function approvalOf(row: Selectable<AdminApprovalsTable>): Approval {
  return {
    approvalId: row.approval_id,
    approvalTimestamp: utc(row.approval_timestamp),
    decisionId: row.decision_id,
    actionId: row.action_id,
    planDigest: row.plan_digest,
    riskLevel: row.risk_level,
    adminUserId: row.admin_user_id,
    approvalStatus: row.approval_status,
    approvalReason: row.approval_reason,
    adminNotes: row.admin_notes,
    conditions: {
      undoPreconsented: truth(row.undo_preconsented),
      windowStart: utcOrNull(row.window_start),
    },
    authenticationMethod: row.authentication_method,
    signature: row.signature,
    keyId: row.key_id,
    standingApprovalId: row.standing_approval_id,
    expiresAt: utc(row.expires_at),
  }
}

/** A question for the observer. */
export function requestOf(row: Selectable<EvidenceRequestsTable>): EvidenceRequest {
  return {
    requestId: row.request_id,
    targetId: row.target_id,
    issueId: row.issue_id,
    question: fromJson(row.question),
    requestedBy: row.requested_by,
    requestStatus: row.request_status,
    answer: row.answer === null ? null : fromJson(row.answer),
    requestedAt: utc(row.requested_at),
    answeredAt: utcOrNull(row.answered_at),
  }
}

/** One window of one series. */
export function sampleOf(row: Selectable<MetricSamplesTable>): MetricSample {
  return {
    targetId: row.target_id,
    instanceUid: row.instance_uid,
    epoch: utc(row.epoch),
    seriesKind: row.series_kind,
    seriesKey: row.series_key,
    windowStart: utc(row.window_start),
    windowEnd: utc(row.window_end),
    calls: row.calls,
    totalMs: row.total_ms,
    measures: fromJson(row.measures),
  }
}
