/** The detect stage: windows of instruments in, events and samples out; questions answered as rows. */
export { type Answerer, Answering, answerRequests } from './answer-requests.ts'
export type { ClosingRule } from './hysteresis.ts'
export { issueFingerprint } from './to-event.ts'
export { TargetWatch, type WatchOptions } from './watch-target.ts'
