/** Rows of the pipeline's second half and of what stands around it as nouns. */
import type { Selectable } from 'kysely'
import type { Execution, Lesson, Verification } from '../../core/nouns.ts'
import type {
  Calibrator,
  ChangeWindow,
  Ending,
  Halt,
  NewStandingApproval,
  Person,
  RecoveryRequest,
  Registration,
  StandingApproval,
} from '../../core/store-ports.ts'
import type { DialectName } from '../schema/dialect.ts'
import type {
  ActionExecutionsTable,
  CalibratorsTable,
  ChangeWindowsTable,
  DecisionEndingsTable,
  ExecutionVerificationsTable,
  HaltsTable,
  LearningRecordsTable,
  PersonsTable,
  RecoveryRequestsTable,
  StandingApprovalsTable,
  UserRegistrationsTable,
  UsersTable,
} from '../tables.ts'
import { cellsOf, fromJson, truth, truthOrNull, utc, utcOrNull } from './cells.ts'

/** A run. */
export function executionOf(row: Selectable<ActionExecutionsTable>): Execution {
  return {
    executionId: row.execution_id,
    approvalId: row.approval_id,
    decisionId: row.decision_id,
    actionId: row.action_id,
    planDigest: row.plan_digest,
    purpose: row.purpose,
    executionStatus: row.execution_status,
    executionOutcome: row.execution_outcome,
    preExecutionMetrics: row.pre_execution_metrics === null ? null : fromJson(row.pre_execution_metrics),
    steps: fromJson(row.steps),
    actualDurationMs: row.actual_duration_ms,
    affectedRows: row.affected_rows,
    executionErrors: row.execution_errors,
    executedBy: row.executed_by,
    leaseOwner: row.lease_owner,
    leaseExpiresAt: utcOrNull(row.lease_expires_at),
    queuedAt: utc(row.queued_at),
    startedAt: utcOrNull(row.started_at),
    finishedAt: utcOrNull(row.finished_at),
  }
}

/** A verdict. */
export function verificationOf(
  row: Selectable<ExecutionVerificationsTable>,
  dialect: DialectName,
): Verification {
  const cells = cellsOf(dialect)
  return {
    verificationId: row.verification_id,
    verifiedAt: utc(row.verified_at),
    executionId: row.execution_id,
    verdict: row.verdict,
    metricName: row.metric_name,
    metricUnit: row.metric_unit,
    lowerIsBetter: truth(row.lower_is_better),
    metricBefore: row.metric_before,
    metricAfter: row.metric_after,
    samplesBefore: row.samples_before,
    samplesAfter: row.samples_after,
    improvementPercent: cells.numberOrNull(row.improvement_percent, 4),
    intervalLowPercent: cells.numberOrNull(row.interval_low_percent, 4),
    intervalHighPercent: cells.numberOrNull(row.interval_high_percent, 4),
    details: fromJson(row.details),
    assessedBy: row.assessed_by,
  }
}

/** A lesson. */
export function lessonOf(row: Selectable<LearningRecordsTable>, dialect: DialectName): Lesson {
  const cells = cellsOf(dialect)
  return {
    learningRecordId: row.learning_record_id,
    issueId: row.issue_id,
    decisionId: row.decision_id,
    executionId: row.execution_id,
    metricName: row.metric_name,
    metricUnit: row.metric_unit,
    metricBefore: row.metric_before,
    metricAfter: row.metric_after,
    samplesBefore: row.samples_before,
    samplesAfter: row.samples_after,
    lowerIsBetter: truthOrNull(row.lower_is_better),
    metricImprovementPercent: cells.numberOrNull(row.metric_improvement_percent, 4),
    machineResolvedFlag: truthOrNull(row.machine_resolved_flag),
    issueResolvedFlag: truthOrNull(row.issue_resolved_flag),
    wouldApproveAgain: truthOrNull(row.would_approve_again),
    assessedBy: row.assessed_by,
    predictedConfidence: cells.number(row.predicted_confidence, 4),
    aiConfidenceAccuracy: cells.numberOrNull(row.ai_confidence_accuracy, 8),
    timeToResolutionSeconds: row.time_to_resolution_seconds,
    learningComplete: truth(row.learning_complete),
    recordCreatedAt: utc(row.record_created_at),
  }
}

/** A decision's ending. */
export function endingOf(row: Selectable<DecisionEndingsTable>): Ending {
  return {
    decisionId: row.decision_id,
    ending: row.ending,
    reason: row.reason,
    endedBy: row.ended_by,
    endedAt: utc(row.ended_at),
  }
}

/** A stop switch. */
export function haltOf(row: Selectable<HaltsTable>): Halt {
  return {
    haltId: row.halt_id,
    scope: row.halt_scope,
    key: row.halt_key,
    reason: row.reason,
    setBy: row.set_by,
    setAt: utc(row.set_at),
  }
}

/** A login with its person. */
export function personOf(
  row: Selectable<UsersTable> & Pick<Selectable<PersonsTable>, 'display_name'>,
): Person {
  return {
    userName: row.user_id,
    personId: row.person_id,
    displayName: row.display_name,
    active: truth(row.is_active),
    mayApprove: truth(row.is_approver),
    mayAdminister: truth(row.is_admin),
    keyId: row.key_id,
    publicKey: row.public_key === null ? null : row.public_key.toString('base64'),
  }
}

/** A registration, from its columns: who verifies it writes the signed text again. */
export function registrationOf(row: Selectable<UserRegistrationsTable>): Registration {
  return {
    registrationNo: row.registration_no,
    previousDigest: row.previous_digest,
    userName: row.user_id,
    personId: row.person_id,
    active: truth(row.is_active),
    mayApprove: truth(row.is_approver),
    mayAdminister: truth(row.is_admin),
    keyId: row.key_id,
    publicKey: row.public_key.toString('base64'),
    signedBy: row.signed_by,
    signerKeyId: row.signer_key_id,
    signature: row.signature,
    registeredAt: utc(row.registered_at),
  }
}

/** A grant: its terms are read from the text that was signed. */
export function grantOf(row: Selectable<StandingApprovalsTable>): StandingApproval {
  const terms = fromJson<Omit<NewStandingApproval, 'signature'>>(row.grant_text)
  return {
    standingApprovalId: row.standing_approval_id,
    actionName: terms.actionName,
    actionVersion: terms.actionVersion,
    targetIds: terms.targetIds,
    parameterBounds: terms.parameterBounds,
    issueCategory: terms.issueCategory,
    rootCauseCode: terms.rootCauseCode,
    minimumConfidence: terms.minimumConfidence,
    maximumUses: terms.maximumUses,
    validUntil: terms.validUntil,
    grantedBy: terms.grantedBy,
    reason: terms.reason,
    signature: row.signature,
    keyId: terms.keyId,
    usesLeft: row.maximum_uses - row.uses_taken,
    grantedAt: utc(row.granted_at),
    revokedAt: utcOrNull(row.revoked_at),
    revokedBy: row.revoked_by,
  }
}

/** A change window. */
export function windowOf(row: Selectable<ChangeWindowsTable>): ChangeWindow {
  return {
    changeWindowId: row.change_window_id,
    targetId: row.target_id,
    startsAt: utc(row.starts_at),
    endsAt: utc(row.ends_at),
    createdBy: row.created_by,
    reason: row.reason,
  }
}

/** A calibrator. Isotonic ones are for a later version of the program and are not shown to this one. */
export function calibratorOf(row: Selectable<CalibratorsTable>, dialect: DialectName): Calibrator {
  return {
    calibratorVersion: row.calibrator_version,
    method: row.method === 'platt' ? 'platt' : 'identity',
    coefficients: fromJson(row.coefficients),
    records: row.records,
    brier: cellsOf(dialect).numberOrNull(row.brier, 8),
    fittedAt: utc(row.fitted_at),
  }
}

/** A person's request. */
export function recoveryRequestOf(row: Selectable<RecoveryRequestsTable>): RecoveryRequest {
  return {
    recoveryRequestId: row.recovery_request_id,
    targetId: row.target_id,
    issueId: row.issue_id,
    actionName: row.action_name,
    params: fromJson(row.params),
    requestedBy: row.requested_by,
    reason: row.reason,
  }
}
