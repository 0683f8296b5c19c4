/**
 * Fixes for findings of interpolated values: each rewrites one call so that the values are bound. A fix is offered only if what
 * it makes was read again and is what was meant; where there is none, the finding says why. Writes nothing.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { CallExpression, Node } from 'oxc-parser'
import {
  type CodeColumn,
  type CodeSchema,
  meetingsIn,
  type SourceSpan,
  type SourceStatement,
} from '../../rules/index.ts'
import type { CodeFinding, PlacedFinding } from '../apply-rules.ts'
import { type Module, Modules } from '../modules.ts'
import type { Place } from '../place.ts'
import { bare } from '../scopes.ts'
import { digestOf, type SourceFiles } from '../source-files.ts'
import { parseFile } from '../tree.ts'
import { Within } from '../within.ts'
import { type Binding, bindValues, numberedAnew, writtenCall } from './bind-values.ts'
import { applyEdits, type Edit, inOrder } from './edits.ts'
import { isRefused, type Refused } from './refused.ts'
import { mayBeRefusedByRow } from './row-refusals.ts'

/** A change that mends findings of one call. */
export interface CodeFix {
  /** `bind-` and 12 hex digits over the file’s path, the call before and after, and which of several like it it is. */
  readonly id: string
  /** Relative to the scanned folder, with `/`. */
  readonly file: string
  /** SHA-256 of the file it was made for, 64 hex digits. */
  readonly fileDigest: string
  /** In order; offsets in UTF-16 units of the file’s text. */
  readonly edits: readonly Edit[]
}

/** What came of a scan’s findings. */
export interface Proposals {
  /** All findings, with the ids of fixes, and reasons where there is none. */
  readonly findings: readonly CodeFinding[]
  readonly fixes: readonly CodeFix[]
}

/** What fixes are made from besides findings. */
export interface FixSources {
  readonly root: string
  readonly files: SourceFiles
  readonly schema: CodeSchema
  /** SHA-256 of each file as it was read, by path. */
  readonly digests: ReadonlyMap<string, string>
}

/** Rules whose findings a bound value mends. */
const FIXABLE = new Set(['SQL_INJECTION', 'TYPE_MISMATCH'])

/** Whether a finding is of a kind that a fix may mend. */
export const isFixable = ({ ruleId }: CodeFinding): boolean => FIXABLE.has(ruleId)

/** Proposes fixes for findings. Never throws; a file that changed since it was read has none. */
export function proposeFixes(placed: readonly PlacedFinding[], sources: FixSources): Proposals {
  const verdicts = new Map<PlacedFinding, string | Refused>()
  const fixes: CodeFix[] = []
  const byFile = Map.groupBy(placed.filter(isOfHole), (each) => each.finding.file)
  for (const [file, findings] of byFile) {
    const own = fixFile(file, findings, sources)
    fixes.push(...own.fixes)
    for (const [finding, verdict] of own.verdicts) verdicts.set(finding, verdict)
  }
  return { findings: placed.map((each) => told(each, verdicts.get(each))), fixes }
}

/** Whether a finding is of a value that is part of the text, not a name or a clause. */
const isOfHole = ({ finding, statement, span }: PlacedFinding): boolean =>
  FIXABLE.has(finding.ruleId) &&
  statement?.holes.some(
    (hole) =>
      hole.span.start === span.start &&
      hole.span.end === span.end &&
      (hole.place === 'value' || hole.place === 'quoted'),
  ) === true

function told({ finding }: PlacedFinding, verdict: string | Refused | undefined): CodeFinding {
  if (verdict === undefined) return finding
  return isRefused(verdict)
    ? { ...finding, instead: `${finding.instead} No fix is offered: ${verdict.refused}.` }
    : { ...finding, fixId: verdict }
}

interface FileFixes {
  readonly fixes: readonly CodeFix[]
  readonly verdicts: ReadonlyMap<PlacedFinding, string | Refused>
}

function fixFile(file: string, findings: readonly PlacedFinding[], sources: FixSources): FileFixes {
  const verdicts = new Map<PlacedFinding, string | Refused>()
  const path = join(sources.root, file)
  const text = sources.files.text(path)
  const fileDigest = text === null ? '' : digestOf(text)
  const hindrance = hindranceIn(text, fileDigest === sources.digests.get(file))
  if (text === null || hindrance !== null) {
    for (const each of findings) verdicts.set(each, { refused: hindrance ?? 'the file cannot be read' })
    return { fixes: [], verdicts }
  }
  const opened = open({
    path,
    text,
    modules: new Modules(undefined, new Within(sources.root, sources.files)),
  })
  const fixes: CodeFix[] = []
  const seen = new Map<string, number>()
  for (const [statement, own] of byStatement(findings)) {
    const made = fixStatement(opened, own, { statement, schema: sources.schema })
    const taken = isRefused(made) ? made : withoutOverlap(made, fixes)
    if (isRefused(taken)) {
      for (const each of own) verdicts.set(each, taken)
      continue
    }
    const id = idOf({ file, text }, taken.edits, seen)
    fixes.push({ id, file, fileDigest, edits: taken.edits })
    for (const each of own)
      verdicts.set(each, isIn(each.span, taken.bound) ? id : { refused: 'it is not a value of its own' })
  }
  return { fixes, verdicts }
}

/** Findings by the statement they are of; those of none have no fix. */
const byStatement = (
  findings: readonly PlacedFinding[],
): ReadonlyMap<SourceStatement, readonly PlacedFinding[]> => {
  const found = new Map<SourceStatement, PlacedFinding[]>()
  for (const each of findings)
    if (each.statement !== null) found.set(each.statement, [...(found.get(each.statement) ?? []), each])
  return found
}

/** Why a file as a whole is not rewritten; null if it may be. */
function hindranceIn(text: string | null, isUnchanged: boolean): string | null {
  if (text === null || !isUnchanged) return 'the file has changed since it was read'
  return text.length > TEXT_MAX ? `files over ${TEXT_MAX / 1024} KiB are no hand-written code` : null
}

const isIn = (span: SourceSpan, spans: readonly SourceSpan[]): boolean =>
  spans.some((each) => each.start === span.start && each.end === span.end)

/** Calls may stand in one another: the first one’s fix is taken, the other’s comes with the next scan. */
function withoutOverlap(made: Binding, fixes: readonly CodeFix[]): Binding | Refused {
  const all = inOrder([...fixes.flatMap((each) => each.edits), ...made.edits])
  const count = fixes.reduce((sum, each) => sum + each.edits.length, 0) + made.edits.length
  return all !== null && all.length === count ? made : { refused: 'another fix changes the same lines first' }
}

interface OpenFile {
  readonly path: string
  readonly text: string
  readonly modules: Modules
  /** The scripts in it; none if it does not parse. */
  readonly scripts: readonly Module[]
}

/** Longest file that is rewritten, UTF-16 units: each fix is proven by reading the whole file again. */
const TEXT_MAX = 256 * 1024

function open(file: Omit<OpenFile, 'scripts'>): OpenFile {
  const parsed = parseFile(file.path, file.text)
  const trees = 'broken' in parsed ? [] : parsed.trees
  return { ...file, scripts: trees.map((tree) => file.modules.add(file.path, tree)) }
}

function fixStatement(
  file: OpenFile,
  findings: readonly PlacedFinding[],
  { statement, schema }: { readonly statement: SourceStatement; readonly schema: CodeSchema },
): Binding | Refused {
  if (!isChangeable(statement))
    return { refused: 'only whole statements that read or write rows are rewritten' }
  const found = callIn(file, (call) => {
    const argument = bare(call.arguments[0] as Node)
    return argument.start === statement.span.start && argument.end === statement.span.end
  })
  if (found === null) return { refused: 'the text is not written in the call itself' }
  const made = bindValues({
    ...found,
    dialect: statement.dialect,
    wanted: findings.map((each) => each.span),
    columnOf: columnsOf(statement, schema),
  })
  if (isRefused(made)) return made
  if (made.retyped && mayBeRefusedByRow(statement, schema)) return BY_ROW
  return isAsMeant(file, { made, call: found.call, statement })
    ? made
    : { refused: 'what the fix makes could not be proven to be what is meant' }
}

const BY_ROW: Refused = {
  refused:
    'the statement writes and may compare texts with a number: MySQL refuses it at the first row whose text is none (error 1292), and once values are bound it may look at other rows and write (compare each column with a value of its own type first)',
}

const isChangeable = ({ isFragment, facts, factsPartial, dialectKnown }: SourceStatement): boolean =>
  !isFragment &&
  dialectKnown &&
  facts !== null &&
  !factsPartial &&
  /^(Query|Insert|Update|Delete)$/.test(facts.root)

/** The call of a file that passes, and where it stands. */
function callIn(
  { modules, scripts }: OpenFile,
  test: (call: CallExpression) => boolean,
): { readonly call: CallExpression; readonly place: Place } | null {
  for (const module of scripts) {
    const call = module.scopes.tree.senders.find(
      (each): each is CallExpression =>
        each.type === 'CallExpression' && each.arguments.length > 0 && test(each),
    )
    if (call === undefined) continue
    return { call, place: { modules, module, args: new Map(), depth: 0, budget: { left: 0, cuts: 0 } } }
  }
  return null
}

/** The columns that interpolated values of a statement meet. */
function columnsOf(statement: SourceStatement, schema: CodeSchema): (span: SourceSpan) => CodeColumn | null {
  const meetings = meetingsIn(statement, schema)
  return (span) => {
    const own = meetings.filter(
      ({ other }) =>
        other.kind === 'value' && other.value.span.start === span.start && other.value.span.end === span.end,
    )
    return own.length === 1 ? (own[0]?.known.column ?? null) : null
  }
}

/** Reads the changed file again: the same call must have exactly the text and the values that were meant. */
function isAsMeant(
  file: OpenFile,
  {
    made,
    call,
    statement,
  }: { readonly made: Binding; readonly call: CallExpression; readonly statement: SourceStatement },
): boolean {
  const after = callIn(
    open({ ...file, text: applyEdits(file.text, made.edits) }),
    (each) => each.start === call.start && each.callee.end === call.callee.end,
  )
  if (after === null) return false
  const read = writtenCall(after.call, after.place, statement.dialect)
  return (
    read !== null &&
    numberedAnew(read.text) === made.expected.text &&
    read.values.length === made.expected.values.length &&
    read.values.every((each, index) => each === made.expected.values[index])
  )
}

function idOf(
  { file, text }: { readonly file: string; readonly text: string },
  edits: readonly Edit[],
  seen: Map<string, number>,
): string {
  const start = edits[0]?.start ?? 0
  const end = edits.at(-1)?.end ?? start
  const moved = edits.map((each) => ({ ...each, start: each.start - start, end: each.end - start }))
  const before = text.slice(start, end)
  const key = JSON.stringify([file, before, applyEdits(before, moved)])
  const nth = seen.get(key) ?? 0
  seen.set(key, nth + 1)
  return `bind-${createHash('sha256')
    .update(JSON.stringify([key, nth]))
    .digest('hex')
    .slice(0, 12)}`
}
