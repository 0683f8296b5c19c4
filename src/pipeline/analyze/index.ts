/** The analyze stage: events to issues, issues to explanations with evidence. */
export { analyzeIssue, type AnalysisInput, type Inquire } from './analyze-issue.ts'
export { asReading } from './answers.ts'
export {
  closeCleared,
  openIssues,
  OPENING_RULE,
  type OpeningCursor,
  type OpeningRule,
} from './open-issues.ts'
export { similarCases, type SimilarCase } from './similar-cases.ts'
export { type HistorySettings, statementHistory } from './statement-history.ts'
