/** The verify stage: did it help, measured against what was not touched. */
export type { Effect, WindowMeans } from './effect.ts'
export type { VerdictInput } from './verdict.ts'
export { looksDue, lookTimes, type VerifyInput, verifyRun } from './verify-run.ts'
export { windowMeans } from './window-means.ts'
