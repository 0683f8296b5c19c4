/** `act`: executions and their verdicts. */
import type { ActPort } from '../../core/store-ports.ts'
import type { StoreDatabase } from '../database/store-database.ts'
import { cellsOf } from '../rows/cells.ts'
import { PROGRAM_USER } from './analyses.ts'
import { endDecision } from './endings.ts'
import {
  abandoned,
  adoptExecution,
  endedUnknown,
  finishExecution,
  queueExecution,
  recentRuns,
  recordSteps,
  renewLease,
  startExecution,
} from './executions.ts'
import { readPort } from './read-port.ts'
import { runnable } from './runnable.ts'
import { insertVerification, unverified } from './verifications.ts'

/** The act port over the role's store. */
export function actPort(db: StoreDatabase): ActPort {
  return {
    read: readPort(db),
    runnable: (limit) => runnable(db, limit),
    queueExecution: (run, executedBy) => db.transaction((runner) => queueExecution(runner, run, executedBy)),
    startExecution: (executionId, lease, preMetrics) =>
      db.transaction((runner) => startExecution(runner, executionId, { lease, preMetrics })),
    renewLease: (executionId, lease) => db.transaction((runner) => renewLease(runner, executionId, lease)),
    recordSteps: (executionId, owner, steps) =>
      db.transaction((runner) => recordSteps(runner, executionId, { owner, steps })),
    finishExecution: (executionId, owner, end) =>
      db.transaction((runner) => finishExecution(runner, executionId, { owner, end })),
    endedUnknown: (targetId) => endedUnknown(db, targetId),
    abandoned: (limit) => abandoned(db, limit),
    adoptExecution: (executionId, lease) =>
      db.transaction((runner) => adoptExecution(runner, executionId, lease)),
    voidDecision: (decisionId, reason) =>
      db.transaction((runner) =>
        endDecision(runner, { decisionId, ending: 'VOIDED', reason, by: PROGRAM_USER }),
      ),
    insertVerification: (verification) =>
      db.transaction((runner) => insertVerification(runner, verification)),
    unverified: (limit) => unverified(db, limit),
    recentRuns: ({ targetId, since }) => recentRuns(db, { targetId, since: cellsOf(db.dialect).time(since) }),
  }
}
