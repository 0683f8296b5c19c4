/** The decide stage: from an analysis to one exact proposal. */
export { barredCandidates } from './barred-candidates.ts'
export {
  type Decided,
  type DecideInput,
  decideIssue,
  type Preview,
  type RefusedCandidate,
} from './decide-issue.ts'
