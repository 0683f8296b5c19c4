// One error as an application or a log gives it, and what is made of it.

import type { ErrorType, Retry, Strategy } from './error-types.ts'

/** An error as reported. Nothing in it is trusted; its message and statement may hold anybody's data. */
export interface ErrorReport {
  /** The engine's name; see `engineOf` for those accepted. */
  readonly engine: string
  /** The number or symbol the driver or server gave. */
  readonly code?: string | number | undefined
  /** The number, where `code` is a symbol. It wins: drivers name other servers' numbers wrongly. */
  readonly errno?: number | undefined
  readonly sqlstate?: string | undefined
  readonly message: string
  readonly statement?: string | undefined
  /** The database or schema the session was in: a statement that writes it before a table means the same table as one that does not. */
  readonly database?: string | undefined
  /** Names some drivers give as fields of their own. They win over what the message says. */
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
}

/** What is known of an error once its values are gone. Safe to store and to send. */
export interface Classification {
  /** 64 hex digits, equal for every occurrence of one fault. */
  readonly signature: string
  readonly engine: string
  /** The engine's own code in one spelling; null where none was given or found. */
  readonly code: string | null
  readonly type: ErrorType
  /** The table, column, constraint or other object it is about, as `shop.orders` or `orders.uq_number`; null if none is known. */
  readonly object: string | null
  readonly retryable: Retry
  readonly strategy: Strategy
  /** Id of the knowledge entry that explains it; null if there is none. */
  readonly knowledgeId: string | null
  /** The message with `?` for every value. Where the catalogue does not know the message: its code and the object, or `?`. */
  readonly masked: string
}
