// What the rest of the project may use from this folder.

export {
  type Deadlock,
  type DeadlockJson,
  type DeadlockLock,
  type DeadlockTransaction,
  deadlockJson,
  type LockKind,
  type LockMode,
  type LockRecord,
} from './deadlock.ts'
export {
  type DeadlockEdge,
  type DeadlockGraph,
  deadlockGraph,
  type WaitEvidence,
} from './deadlock-graph.ts'
export { deadlockSignature } from './deadlock-signature.ts'
export {
  type DeadlockInput,
  deadlocksJson,
  parseDeadlocks,
  parseLatestDeadlock,
  type ReadDeadlocksOptions,
  readDeadlocks,
} from './read-deadlocks.ts'
export { withRightVictim } from './right-victim.ts'
export { DeadlockMemory, deadlockKey, isSameDeadlock } from './same-deadlock.ts'
export type { MaskStatement } from './transaction-draft.ts'
