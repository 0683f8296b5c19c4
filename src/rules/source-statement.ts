/** One SQL statement as code writes it: its text with holes, where each value comes from, and who sends it. */
import type { SqlDialect, StatementFacts } from '../sql/index.ts'

/** Half-open range of UTF-16 offsets in the file. */
export interface SourceSpan {
  readonly start: number
  readonly end: number
}

/**
 * Where a value comes from. `request`: what a client sent; `environment`: variables and arguments of the process;
 * `row`: what the database answered; `parameter`: an argument of a function whose callers are not all in sight;
 * `untyped`: such an argument in code whose types were erased; `defaulted`: such an argument whose default is a number; `number`: numeric by construction or declared so; `checked`: compared with an allow-list or a pattern before;
 * `escaped`: through a quoting function; `unfollowed`: the chain that leads to it is too long; `unknown`: none of these could
 * be shown.
 */
export type OriginKind =
  | 'request'
  | 'parameter'
  | 'unknown'
  | 'row'
  | 'untyped'
  | 'defaulted'
  | 'environment'
  | 'unfollowed'
  | 'checked'
  | 'escaped'
  | 'number'
  | 'constant'

/** A value's origin. */
export interface Origin {
  readonly kind: OriginKind
  /** The expression that decides it, as written, at most 80 characters. */
  readonly source: string
  /** Offset of that expression in the file; -1 if it is in another one. */
  readonly at: number
}

/** A conversion written around a value. */
export interface Coercion {
  readonly to: 'number' | 'string' | 'date'
  /** `parseInt`, `Number`, `unary +`, `String`, ... */
  readonly by: string
}

/**
 * How far an OFFSET may reach. `request`: a client decides it, also converted or counted with; `walk`: the loop around the statement goes
 * on with it until there are no more rows.
 */
export type OffsetReach = 'request' | 'walk'

/** A list in `IN (…)` that may have any length. */
export interface OpenList {
  /** `request`: a client's body holds it; `rows`: it is made of the rows of a statement without condition or limit. */
  readonly from: 'request' | 'rows'
  /** What the code calls it, or the expression it is taken from. */
  readonly name: string
  /** The statement whose rows it is made of; '' for a request's. */
  readonly query: string
  /** The column before IN, as written; '' where it is no plain column. */
  readonly column: string
  /** True for NOT IN. */
  readonly negated: boolean
  readonly span: SourceSpan
}

/** A value of the code that reaches the statement, interpolated or bound. */
export interface CodeValue {
  /** The expression as written, at most 120 characters. */
  readonly expression: string
  readonly span: SourceSpan
  readonly origin: Origin
  readonly coercion: Coercion | null
  /** The type of a literal or of an expression that can have no other. */
  readonly type: 'number' | 'string' | 'boolean' | 'null' | null
  /** How far it reaches as an OFFSET; null for what is none, has a limit in sight or is not known. */
  readonly offset: OffsetReach | null
}

/**
 * What part of the statement a hole is. `quoted`: inside a string; `value`: where a value stands; `name`: (part of) an
 * identifier; `syntax`: anything else, such as a whole clause.
 */
export type HolePlace = 'quoted' | 'value' | 'name' | 'syntax'

/** An interpolated value: it becomes part of the statement's text. */
export interface Hole extends CodeValue {
  readonly place: HolePlace
  /** Names it is made of, those of a function's parameters replaced by what the call gives for them. */
  readonly names: readonly string[]
  /** The statement's text before it, at most its last 60 characters, for messages. */
  readonly before: string
}

/** The loop a statement is sent in. */
export interface LoopContext {
  /** As a reader would call it: `for...of`, `map`, ... */
  readonly kind: string
  /** Line of the loop, from 1. */
  readonly line: number
  /** The expression looped over or the condition, at most 60 characters. */
  readonly over: string
  /** Names that the loop, or its body, declares and the statement's call uses, and those they are made of. None: each round sends the same. */
  readonly names: readonly string[]
  /** True where the number of rounds is written in the code and small, or the loop only repeats after a failure. */
  readonly bounded: boolean
  /** True where a round whose statement fails is handled in the round and the next one goes on, or each round is a transaction of its own. */
  readonly failsAlone: boolean
  /** True where what another statement answered in the same round decides whether this one is sent. */
  readonly decidedInRound: boolean
}

/**
 * What code does with a statement's rows. `columns`: it reads these columns of them, as it writes them, and nothing else (none: it asks at
 * most whether there are rows, or how many); `sent`: whole rows answer a request; `kept`: whole rows are returned, stored or given to
 * something else; `nested`: the call asks for rows that are no objects of their columns; `unknown`: that could not be followed.
 */
export type RowUse =
  | { readonly kind: 'columns'; readonly names: ReadonlySet<string> }
  | { readonly kind: 'sent' | 'kept' | 'nested' | 'unknown' }

/** What the surrounding file is for. Rules speak of `code`; the others declare or try things. */
export type FileRole = 'code' | 'migration' | 'test' | 'script'

/** One statement. */
export interface SourceStatement {
  /** Relative to the scanned folder, with `/`. */
  readonly file: string
  readonly role: FileRole
  /** The whole expression that makes the text. */
  readonly span: SourceSpan
  /**
   * The text, with `dbm_hole_N_` for the Nth interpolated value and `dbm_value_N_` for the Nth bound one, both of which
   * read as identifiers.
   */
  readonly text: string
  readonly holes: readonly Hole[]
  readonly values: readonly (CodeValue | null)[]
  readonly openLists: readonly OpenList[]
  /** The rules its text is read by. */
  readonly dialect: SqlDialect
  /** False if the dialect is only the usual one of the kind of project, not shown by a driver. */
  readonly dialectKnown: boolean
  /** The driver or query library, as on npm; null if not known. */
  readonly driver: string | null
  /** `query`, `$queryRawUnsafe`, `sql` ...; `.sql` for a file of SQL. */
  readonly callForm: string
  /** What it is sent on, as dotted words: `client` of `client.query(…)`; '' for a plain function or a file of SQL. */
  readonly sender: string
  /** True for a part of a statement (whereRaw, literal): only what holes do can be judged. */
  readonly isFragment: boolean
  /** True if the caller must wait for the answer before going on, one round trip a call. */
  readonly awaited: boolean
  readonly loop: LoopContext | null
  /** True where a handler that does nothing takes its failure: the code tries whether it can be sent. */
  readonly mayFail: boolean
  /** True where the same file gives whoever asks it the means to send whole statements, as tools for people's assistants do. */
  readonly sendsAnything: boolean
  /** Names around it: of what it is assigned to, and of the function or method it is sent in; '' where there are none. */
  readonly within: string
  /** Names that builders in the same file give to parts of queries, in lower case: `.with('totals', …)`, `.as('t')`. */
  readonly partNames: ReadonlySet<string>
  /** Followed only for texts with a star. */
  readonly rowUse: RowUse
  /** What it names and does; null if it could not be read. */
  readonly facts: StatementFacts | null
  /** The text {@link facts} was read from: the same as {@link text} or with clause holes left out. */
  readonly factsText: string
  /** True if holes were left out to read it, so that something may be missing from the facts. */
  readonly factsPartial: boolean
  /** 32 hex digits; null if a hole is more than a value, so that the server may see other shapes. */
  readonly fingerprint: string | null
  /** Where a range of {@link text} stands in the file; the whole statement where that is not known. */
  readonly locate: (start: number, end: number) => SourceSpan
}

const MARKER = /dbm_(hole|value)_(\d+)_/

/** The table of a statement that is only a part: what the part is about is not in sight. */
export const FRAGMENT_TABLE = 'dbm_fragment'

/** The marker of the Nth hole or bound value in a statement's text. */
export const marker = (kind: 'hole' | 'value', index: number): string => `dbm_${kind}_${index}_`

/** Whether a name is made from a value of the code, or stands for a table that is not in sight. */
export const isDynamic = (name: string): boolean => MARKER.test(name) || name === FRAGMENT_TABLE

/** A message in which markers are the reader's own expressions again. */
export const inOwnWords = (
  message: string,
  { holes, values }: Pick<SourceStatement, 'holes' | 'values'>,
): string =>
  message.replace(new RegExp(MARKER.source, 'g'), (_, kind: string, index: string) => {
    const found = (kind === 'hole' ? holes : values)[Number(index)]
    return found == null ? '…' : `\${${found.expression}}`
  })

/** The value a name stands for if it is exactly a marker. */
export function valueNamed(
  statement: Pick<SourceStatement, 'holes' | 'values'>,
  name: string,
): { readonly bound: boolean; readonly value: CodeValue } | null {
  const found = new RegExp(`^${MARKER.source}$`).exec(name)
  if (found === null) return null
  const bound = found[1] === 'value'
  const value = (bound ? statement.values : statement.holes)[Number(found[2])]
  return value === undefined || value === null ? null : { bound, value }
}
