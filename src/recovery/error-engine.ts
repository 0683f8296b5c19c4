// What classifying needs to know of one engine. Each engine's folder makes one; nothing else here names an engine.

import type { SqlDialect } from '../sql/index.ts'
import type { CodeTable } from './code-table.ts'
import type { ErrorReport } from './error-report.ts'
import type { ErrorType } from './error-types.ts'
import type { MessageIndex, MessageMatch } from './message-index.ts'
import type { ErrorNames } from './message-names.ts'

/** What the message adds to the code. */
export interface Refinement {
  readonly code?: string
  readonly type?: ErrorType
}

/** One engine's errors. */
export interface ErrorEngine {
  /** The name classifications carry. */
  readonly id: string
  /** Other names a report may give it. */
  readonly aliases: readonly string[]
  /** The dialect of its statements; null where they are no SQL. */
  readonly dialect: SqlDialect | null
  /** The schema that names without one are in, where the engine has such a one: `public`. */
  readonly defaultSchema: string | null
  /** Every code it defines. Read from disk on first use. */
  codes(): CodeTable
  /** The patterns of its messages. Read from disk on first use. */
  messages(): MessageIndex
  /** The report's code in the engine's one spelling, from its fields or from what a client wrote before the message. */
  readCode(report: ErrorReport): string | null
  /** The message without what clients put around it (prefixes, codes, details), the likeliest reading first; at least one. */
  bareMessages(message: string): readonly string[]
  /** A finer code or type than the one given where a code stands for several faults; else undefined. */
  refine?(code: string | null, match: MessageMatch | null, message: string): Refinement | undefined
  /** Names a message has beside its pattern, e.g. in parentheses; else undefined. */
  namesIn?(code: string | null, message: string): ErrorNames | undefined
  /** What tells statements apart where they are no SQL: the command, never its values; else undefined. */
  statementKey?(statement: string): string | undefined
  /** The same in words that may be kept, which `statementKey` reads as it reads the statement; else undefined. */
  statementText?(statement: string): string | undefined
  /** The statement without strings its dialect's rules here do not know; else it is read as it is. */
  withoutSpecialStrings?(statement: string): string
  /** A name as the server keeps it: some fold the case of unquoted ones. */
  foldName(name: string): string
}
