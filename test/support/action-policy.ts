/** A policy under which every action that is otherwise right may run, and the lists of what a test may vary. */
import type { ActionPolicy } from '../../src/core/action.ts'

const GIB = 1024 ** 3

/** Everything is known and allows: room, memory, a fresh backup, no replicas, small limits of time. */
export const PERMISSIVE: ActionPolicy = {
  maxUnattendedRows: 1_000_000,
  maxUnattendedBytes: GIB,
  insideChangeWindow: false,
  maxReplicaLagSeconds: 10,
  backupAgeHours: 6,
  maxBackupAgeHours: 24,
  diskFreeBytes: 100 * GIB,
  denySchemas: [],
  denyUsers: [],
  lockWaitMs: 3_000,
  statementTimeoutMs: 60_000,
  beforeSeconds: 60,
  settleSeconds: 5,
  afterSeconds: 60,
  minimumCalls: 30,
  replicas: { count: 0, worstLagSeconds: null },
  memoryBytes: 16 * GIB,
  cores: 16,
  poolIdleSeconds: 600,
  applicationUsers: ['app'],
  hiddenIndexes: [],
}
