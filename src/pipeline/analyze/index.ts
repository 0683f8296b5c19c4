/** The analyze stage: events to issues, issues to explanations with evidence. */
export { type AnalysisInput, analyzeIssue, type Inquire, MOST_ROUNDS } from './analyze-issue.ts'
export { asReading } from './answers.ts'
export { consultModel } from './consult-model.ts'
export type { CatalogueEntry } from './model-answer.ts'
export {
  closeCleared,
  type OpeningCursor,
  type OpeningRule,
  openIssues,
} from './open-issues.ts'
export { isTimeToRethink } from './rethink.ts'
export type { SimilarCase } from './similar-cases.ts'
export { type HistorySettings, readHistory } from './statement-history.ts'
