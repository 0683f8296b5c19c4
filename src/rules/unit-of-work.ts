/** A stretch of code that holds a connection or a transaction: where it begins, what is sent in it, and whether every path ends it. */
import type { FileRole, SourceSpan, SourceStatement } from './source-statement.ts'

/** How a path of the code leaves a unit without ending it. */
export interface OpenEnd {
  /** `throws`: something in it fails; `returns`: a return; `ends`: the function's end is reached. */
  readonly how: 'throws' | 'returns' | 'ends'
  /** Line of what fails or returns, or of the function's end; from 1. */
  readonly line: number
  /** What fails, as written, at most 60 characters. */
  readonly source: string
}

/** A statement that a unit sends whenever it runs to its end. */
export interface UnitStep {
  readonly statement: SourceStatement
  /** True inside of a loop of the unit. */
  readonly repeated: boolean
}

/** One stretch of work on one connection. */
export interface UnitOfWork {
  /**
   * `connection`: taken from a pool, to be given back; `transaction`: begun by a statement or a method, to be committed or rolled back;
   * `managed`: the callback of a function that begins and ends the transaction itself.
   */
  readonly kind: 'connection' | 'transaction' | 'managed'
  /** Relative to the scanned folder, with `/`. */
  readonly file: string
  readonly role: FileRole
  /** The driver or query library, as on npm; null if not known. */
  readonly driver: string | null
  /** What begins it, as written, at most 60 characters: `pool.connect()`. */
  readonly opens: string
  /** Where that stands. */
  readonly span: SourceSpan
  /** Line of that, from 1. */
  readonly line: number
  /** The function, or the callback, it is in. */
  readonly around: SourceSpan
  /** The connection, as written: `client`. */
  readonly name: string
  /** Names around it: of the function or method it is in; '' where there are none. */
  readonly within: string
  /** True where the transaction is begun on a pool, so that each statement may go to another connection. */
  readonly onPool: boolean
  /** The first path that leaves it open; null if there is none, or that is not known. */
  readonly open: OpenEnd | null
  /** True if a path that ends it is seen in the same function. */
  readonly isEnded: boolean
  /** Statements sent on that connection in the stretch, in order of the text. */
  readonly statements: readonly SourceStatement[]
  /** Those of them that no condition stands before. */
  readonly steps: readonly UnitStep[]
  /** The isolation level it is begun with, where that is one at which transactions are refused; null otherwise. */
  readonly isolation: 'serializable' | 'repeatable read' | null
  /** True where its file, a caller's or that of what runs it speaks of trying again. */
  readonly triedAgain: boolean
  /** True where its function puts something in order. */
  readonly ordering: boolean
}
