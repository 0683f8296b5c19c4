/** Runs the rules over statements, drops what a comment with a reason suppresses, and gives places as lines and columns. */
import {
  type CodeRule,
  type CodeSchema,
  type ColumnRetype,
  type Finding,
  type FindingSeverity,
  inOwnWords,
  type RuleContext,
  type SourceSpan,
  type SourceStatement,
  type UnitOfWork,
} from '../rules/index.ts'
import type { Lines } from './lines.ts'

/** One finding as it leaves the scanner. */
export interface CodeFinding {
  readonly ruleId: string
  readonly severity: FindingSeverity
  /** Relative to the scanned folder, with `/`. */
  readonly file: string
  /** From 1; columns in UTF-16 units, the end exclusive. */
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly message: string
  /** Id of the fix that would mend it; null where there is none. */
  readonly fixId: string | null
  /** Joins with what runs on a server; null if the statement's shape is decided at run time. */
  readonly statementFingerprint: string | null
  readonly why: string
  readonly instead: string
  /** True where the source alone cannot show it to be so: for people to look at, said only when asked for. */
  readonly review: boolean
  /** Another type of a column that would mend it; absent: none is known. */
  readonly retype?: ColumnRetype
}

/** A finding with the statement and the place in the file it was made from. */
export interface PlacedFinding {
  readonly finding: CodeFinding
  /** Null where the finding is about a unit of work. */
  readonly statement: SourceStatement | null
  readonly span: SourceSpan
}

/** What a comment says of a line. */
export interface Suppression {
  readonly line: number
  readonly rules: readonly string[]
  readonly reason: string
}

/** A file's lines and the comments in it that suppress. */
export interface ScannedFile {
  readonly lines: Lines
  readonly suppressions: readonly Suppression[]
}

/** What findings are made from. */
interface Given {
  readonly rules: readonly CodeRule[]
  readonly schema: CodeSchema
  readonly files: ReadonlyMap<string, ScannedFile>
  readonly units: readonly UnitOfWork[]
  readonly newestMigrations: ReadonlySet<string>
}

/** All findings of some statements and units, sorted by place; each place and rule once. */
export function applyRules(statements: readonly SourceStatement[], given: Given): PlacedFinding[] {
  const found = new Map<string, PlacedFinding>()
  for (const placed of [...ofStatements(statements, given), ...ofUnits(given)]) {
    const { finding } = placed
    const key = `${finding.file}:${finding.line}:${finding.column}:${finding.ruleId}`
    const suppressions = given.files.get(finding.file)?.suppressions ?? []
    if (!isSuppressed(finding, suppressions) && !found.has(key)) found.set(key, placed)
  }
  return [...found.values()].sort((a, b) => byPlace(a.finding, b.finding))
}

function ofStatements(statements: readonly SourceStatement[], given: Given): PlacedFinding[] {
  const byFile = Map.groupBy(statements, (each) => each.file)
  return statements.flatMap((statement) => {
    const file = given.files.get(statement.file)
    if (file === undefined) return []
    const { schema, units, newestMigrations } = given
    const beside = byFile.get(statement.file) ?? []
    return given.rules
      .filter((rule) => speaksOf(rule, statement))
      .flatMap((rule) => findingsOf(rule, { statement, file, schema, beside, units, newestMigrations }))
  })
}

function ofUnits({ rules, schema, files, units, newestMigrations }: Given): PlacedFinding[] {
  return units.flatMap((unit) => {
    const file = files.get(unit.file)
    if (file === undefined) return []
    return rules
      .filter((rule) => speaksOf(rule, unit))
      .flatMap((rule) =>
        (rule.checkUnit?.(unit, { schema, units, newestMigrations }) ?? []).map((each) => ({
          finding: place(each, { rule, file, of: unit, statement: null }),
          statement: null,
          span: each.span,
        })),
      )
  })
}

function findingsOf(
  rule: CodeRule,
  given: RuleContext & { readonly statement: SourceStatement; readonly file: ScannedFile },
): PlacedFinding[] {
  const { statement, file, ...context } = given
  return rule.check(statement, context).map((each) => ({
    finding: place(each, { rule, file, of: statement, statement }),
    statement,
    span: each.span,
  }))
}

function speaksOf(rule: CodeRule, { role }: Pick<SourceStatement, 'role'>): boolean {
  return role === 'code' || (role !== 'test' && rule.alsoIn?.includes(role) === true)
}

/** A rule that spoke, what of and where. */
interface Spoken {
  readonly rule: CodeRule
  readonly file: ScannedFile
  readonly of: Pick<SourceStatement, 'file'>
  readonly statement: SourceStatement | null
}

function place(finding: Finding, { rule, file, of, statement }: Spoken): CodeFinding {
  const start = file.lines.at(finding.span.start)
  const end = file.lines.at(finding.span.end)
  const worded = (text: string): string => (statement === null ? text : inOwnWords(text, statement))
  return {
    ruleId: rule.id,
    severity: finding.severity,
    file: of.file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    message: worded(finding.message),
    fixId: null,
    statementFingerprint: statement?.fingerprint ?? null,
    why: worded(finding.why),
    instead: worded(finding.instead),
    review: finding.review === true,
    ...(finding.retype === undefined ? {} : { retype: finding.retype }),
  }
}

/** A comment on the line before the finding's, or at the end of its own line. */
const isSuppressed = (finding: CodeFinding, suppressions: readonly Suppression[]): boolean =>
  suppressions.some(
    (each) => each.line === finding.line && each.reason !== '' && each.rules.includes(finding.ruleId),
  )

const byPlace = (a: CodeFinding, b: CodeFinding): number =>
  a.file < b.file
    ? -1
    : a.file > b.file
      ? 1
      : a.line - b.line || a.column - b.column || (a.ruleId < b.ruleId ? -1 : 1)

const COMMENT =
  /(?:\/\/|--|\/\*|#|<!--)[ \t]*dbmedic-ignore(-next-line)?[ \t]+([A-Z_]+(?:[ \t]*,[ \t]*[A-Z_]+)*)[ \t]*(?::|--)?[ \t]*([^\n]*)/g

/** The comments of a file that suppress: `dbmedic-ignore-next-line RULE: reason`, or `dbmedic-ignore RULE: reason`. */
export function suppressionsIn(text: string, lines: Lines): Suppression[] {
  if (!text.includes('dbmedic-ignore')) return []
  return [...text.matchAll(COMMENT)].map((found) => ({
    line: lines.at(found.index).line + (found[1] === undefined ? 0 : 1),
    rules: (found[2] ?? '').split(/\s*,\s*/),
    reason: (found[3] ?? '').replace(/\*\/.*$|-->.*$/, '').trim(),
  }))
}
