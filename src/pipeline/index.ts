/** The pipeline's roles; `app` gives each what it needs and starts it. */
export { type ActRole, Executor } from './act-role.ts'
export { awaitAnswer } from './await-answer.ts'
export { runLoop } from './loop.ts'
export { isWish } from './manual-requests.ts'
export { type ObserveRole, observe, type WatchedTarget } from './observe-role.ts'
export { Reasoner, type ReasonRole } from './reason-role.ts'
export { useStandingApprovals } from './serve-role.ts'
export { lookTimes, verifyRun } from './verify/index.ts'
