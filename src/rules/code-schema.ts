/** The schema as code sees it: what the repository's own statements create. Names compare without case, as most engines do. */

/** What kind of values a column holds; `other` for anything no rule speaks of. */
export type TypeFamily =
  | 'integer'
  | 'decimal'
  | 'text'
  | 'uuid'
  | 'time'
  | 'boolean'
  | 'json'
  | 'binary'
  | 'other'

/** Where something was declared, for messages. */
export interface DeclaredAt {
  /** Path relative to the scanned folder, with `/`. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** One column. */
export interface CodeColumn {
  readonly name: string
  /** As declared, lower case, e.g. `varchar`; '' where nothing is declared or declarations differ. */
  readonly type: string
  readonly family: TypeFamily
  /** False for NOT NULL and primary key columns; null where declarations differ. */
  readonly nullable: boolean | null
  readonly declaredAt: DeclaredAt
}

/** An index, a key or a unique constraint. */
export interface CodeIndex {
  readonly name: string
  /** Leading columns that are plain, lower case, in order; empty if the first is an expression. */
  readonly columns: readonly string[]
  /** Whether any part is an expression or a special operator class, so that functions may be served by it. */
  readonly hasExpression: boolean
  readonly unique: boolean
}

/** A table or view. */
export interface CodeTable {
  readonly name: string
  readonly isView: boolean
  /** By lower-case name; null if not known (views, CREATE TABLE ... AS, conflicting declarations). */
  readonly columns: ReadonlyMap<string, CodeColumn> | null
  readonly indexes: readonly CodeIndex[]
  /** What its declaration says of many rows, e.g. `its AUTO_INCREMENT stood at 4,000,000 when it was dumped`; '' where it says nothing. */
  readonly grown: string
  readonly declaredAt: DeclaredAt
  /** Columns that were dropped or renamed, by lower-case name: where. */
  readonly gone: ReadonlyMap<string, DeclaredAt>
}

/** Everything known. */
export interface CodeSchema {
  /** By lower-case name without schema. */
  readonly tables: ReadonlyMap<string, CodeTable>
  /** Tables dropped or renamed and not made again, by lower-case name: where. */
  readonly gone: ReadonlyMap<string, DeclaredAt>
  /** True if every source of declarations was understood, so that absence means something. */
  readonly complete: boolean
  /** Share of the tables that code names which are known, 0 to 1. */
  readonly covered: number
  /** How many tables that code names are declared nowhere. */
  readonly undeclared: number
  /** What was not understood, one line each. */
  readonly notUnderstood: readonly string[]
}

/** Share of the code's tables that must be known where more than one is not: else some declarations are kept elsewhere. */
const COVERED_FOR_SEVERAL_MIN = 0.8

/** Whether the declarations are seen to be nearly all there are, so that what they lack is nowhere. */
export const isNearlyWhole = ({ covered, undeclared }: CodeSchema): boolean =>
  undeclared <= 1 || covered >= COVERED_FOR_SEVERAL_MIN

const FAMILIES: readonly (readonly [RegExp, TypeFamily])[] = [
  [/^(bool|boolean)$/, 'boolean'],
  [/^(tiny|small|medium|big)?int\d?( unsigned)?$|^integer|^int\d|^(small|big)?serial\d?$|^year$/, 'integer'],
  [/^(decimal|numeric|dec|number|float\d?|double|real|money)/, 'decimal'],
  [/^(var|n|nvar|nchar|bp)?char|^(tiny|medium|long)?text$|^clob$|^citext$|^string$|^enum$|^name$/, 'text'],
  [/^uuid$/, 'uuid'],
  [/^(date|time|timestamp|datetime)/, 'time'],
  [/^jsonb?$/, 'json'],
  [/^((tiny|medium|long)?blob|(var)?binary|bytea|bytes)$/, 'binary'],
]

/** The family of a declared type (lower case, without length). */
export function familyOf(type: string): TypeFamily {
  return FAMILIES.find(([pattern]) => pattern.test(type))?.[1] ?? 'other'
}

/** The name nearest to `wanted` by edits, if it is near enough to be a slip: one edit in four characters, three at most. */
export function nearestName(wanted: string, names: Iterable<string>): string | null {
  const most = Math.min(3, Math.max(1, Math.floor(wanted.length / 4)))
  let best: string | null = null
  let bestDistance = most + 1
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > most) continue
    const distance = editDistance(name, wanted)
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best
}

/** Edits from one name to another; two neighbours exchanged are one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let older: readonly number[] = []
  let before: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = nextRow([a, b], i, { older, before })
    older = before
    before = row
  }
  return before.at(-1) ?? 0
}

/** Row `i` of the table of distances between beginnings of both names. */
function nextRow(
  [a, b]: readonly [string, string],
  i: number,
  { older, before }: { readonly older: readonly number[]; readonly before: readonly number[] },
): number[] {
  const row = [i]
  for (let j = 1; j <= b.length; j++) {
    const change = a[i - 1] === b[j - 1] ? 0 : 1
    const [left = 0, above = 0, corner = 0] = [row[j - 1], before[j], before[j - 1]]
    const swaps = a.slice(i - 2, i) === `${b[j - 1]}${b[j - 2]}`
    row.push(
      Math.min(left + 1, above + 1, corner + change, swaps ? (older[j - 2] ?? 0) + 1 : Number.MAX_VALUE),
    )
  }
  return row
}
