/** The analyze stage: events to issues, issues to explanations with evidence. */
export { type AnalysisInput, analyzeIssue, type Inquire } from './analyze-issue.ts'
export { asReading } from './answers.ts'
export {
  closeCleared,
  OPENING_RULE,
  type OpeningCursor,
  type OpeningRule,
  openIssues,
} from './open-issues.ts'
export { type SimilarCase, similarCases } from './similar-cases.ts'
export { type HistorySettings, statementHistory } from './statement-history.ts'
