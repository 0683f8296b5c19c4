/** The execute stage: approved plans, run once, under guards, on the record. */
export { type Executed, type ExecutorInput, executeApproved } from './executor.ts'
export { reasonToWait } from './gates.ts'
export { postcondition } from './judge-run.ts'
export { type AskPostcondition, reconcileAbandoned } from './reconcile.ts'
