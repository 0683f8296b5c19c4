// What the rest of the project may use from this folder.

export { classify, type KnowledgeLookup } from './classify.ts'
export { classifyLines, type LineCounts } from './classify-lines.ts'
export type { ErrorCodeRow } from './code-table.ts'
export { ERROR_ENGINES, errorEngineOf } from './engines.ts'
export type { ErrorEngine } from './error-engine.ts'
export type { Classification, ErrorReport } from './error-report.ts'
export { ERROR_TYPES, type ErrorType, type ErrorTypeRow, isErrorType } from './error-types.ts'
export { type ExplainedFailure, explainFailureWords, type KnownError } from './explain-failure.ts'
export { type ReceivedFailure, receivedFailure, type SentFailure } from './received-failure.ts'
