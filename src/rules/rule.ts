/** The seam of code rules: what one is given, and what it may say. A rule reads; it never changes a file. */
import type { CodeSchema } from './code-schema.ts'
import type { SourceSpan, SourceStatement } from './source-statement.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/**
 * How much it matters. `critical`: an error at run time, or injection; `high`: performance; `medium`: inconsistency;
 * `low`: practice.
 */
export type FindingSeverity = 'critical' | 'high' | 'medium' | 'low'

/** From most to least. */
export const SEVERITIES: readonly FindingSeverity[] = ['critical', 'high', 'medium', 'low']

/** What a rule says of one place. */
export interface Finding {
  readonly severity: FindingSeverity
  readonly span: SourceSpan
  /** What is wrong, with the reader's own names. */
  readonly message: string
  /** Why it is wrong on this engine. */
  readonly why: string
  /** The corrected code, or what to do. */
  readonly instead: string
  /**
   * True where what is said rests on something that the source does not show, such as a type that publishing erased: people have to
   * look. Said only when asked for.
   */
  readonly review?: boolean
  /** Said where another type of the column would mend it, if every value is of that type: the source does not show that, the database does. */
  readonly retype?: ColumnRetype
}

/** A column, as the schema names it, and the type that the code takes it for. */
export interface ColumnRetype {
  readonly table: string
  readonly column: string
  readonly type: 'INTEGER' | 'NUMERIC'
}

/** What a rule is given besides the statement. */
export interface RuleContext {
  readonly schema: CodeSchema
  /** All statements of the same file, in order of the text. */
  readonly beside: readonly SourceStatement[]
  /** All units of work of the repository, by file and in order of the text. */
  readonly units: readonly UnitOfWork[]
  /** Of each folder of migrations the files of the last one: what is before it has run. */
  readonly newestMigrations: ReadonlySet<string>
}

/** One thing that can be wrong in code. */
export interface CodeRule {
  /** `SQL_INJECTION`; its file, table of cases and page are named for it in kebab case. */
  readonly id: string
  /** One line, as a heading. */
  readonly title: string
  /** The highest severity it gives. */
  readonly severity: FindingSeverity
  /** Whether it needs tables and columns, and is silent where none are known. */
  readonly needsSchema: boolean
  /** Roles of files it speaks of besides `code`. */
  readonly alsoIn?: readonly ('script' | 'migration')[]
  /** What is wrong in one statement. Never throws. */
  readonly check: (statement: SourceStatement, context: RuleContext) => readonly Finding[]
  /** What is wrong in one unit of work. Never throws. */
  readonly checkUnit?: (unit: UnitOfWork, context: Omit<RuleContext, 'beside'>) => readonly Finding[]
}
