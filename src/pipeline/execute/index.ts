/** The execute stage: approved plans, run once, under guards, on the record. */
export { askAbandoned, type FoundAbandoned } from './ask-abandoned.ts'
export { type Executed, type ExecutorInput, executeApproved } from './executor.ts'
export { reasonToWait, scopeOf, stopSwitch } from './gates.ts'
export { type AskAbandoned, reconcileAbandoned } from './reconcile.ts'
