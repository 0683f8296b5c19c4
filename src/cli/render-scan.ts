/** A scan for people: each finding with the lines it is about, then a summary by rule. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CODE_RULES,
  type CodeFinding,
  type FindingSeverity,
  type ScanResult,
  SEVERITIES,
  type StagedScan,
  type WatchRound,
} from '../app/index.ts'
import { clip, paint, printable, table, wrap } from './terminal.ts'

const STYLE: Readonly<Record<FindingSeverity, Parameters<typeof paint>[0]>> = {
  critical: ['red', 'bold'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
}
/** Findings shown in full; the summary counts all. */
const SHOWN_MAX = 200
const FRAME_LINES_MAX = 6

/** The whole text. */
export function readableScan(result: ScanResult, findings: readonly CodeFinding[]): string {
  return [
    ...inFull(findings, (file) => diskText(join(result.root, file))),
    summary(findings),
    counts(result, findings),
    fixable(findings),
    unshown(result),
    ...notes(result),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** The same of what is staged: little is said where nothing is wrong, as it is read at every commit. */
export function readableStaged(scan: StagedScan, findings: readonly CodeFinding[]): string {
  const { staged, before, skipped } = scan
  const lines = skipped.map(({ file, because }) => `${file}: ${because}`)
  return [
    ...inFull(findings, scan.textOf),
    summary(findings),
    `${staged} staged files, ${findings.length} findings that the last commit does not have.`,
    before > 0 ? `${before} more in these files were there before.` : '',
    ...listed(lines, 'staged files were not read'),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** What a change of a watched folder brought and took away. */
export function readableRound({ result, findings, fresh, gone, unread }: WatchRound): string {
  const lines = unread.map(({ file, because }) => `${file}: ${because}`)
  return [
    ...inFull(fresh, (file) => diskText(join(result.root, file))),
    ...gone
      .slice(0, SHOWN_MAX)
      .map((each) =>
        paint('dim', `gone ${each.ruleId}  ${printable(each.file)}: ${clip(printable(each.message), 120)}`),
      ),
    ...listed(lines, 'files are not read just now'),
    `${fresh.length} new, ${gone.length} gone, ${findings.length} in all.`,
  ].join('\n')
}

/** Findings with their lines, the first of many. @param textOf - of a file by the path in its findings */
export function inFull(
  findings: readonly CodeFinding[],
  textOf: (file: string) => string | null,
): readonly string[] {
  const reader = new FrameReader(textOf)
  const shown = findings.slice(0, SHOWN_MAX).map((each) => one(each, reader))
  const more = findings.length - shown.length
  return more > 0 ? [...shown, `${more} more findings are not shown; --json has all.\n`] : shown
}

/** A file's text; null where it went away since it was read: the finding stands without its frame. */
function diskText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function one(finding: CodeFinding, reader: FrameReader): string {
  const place = `${finding.file}:${finding.line}:${finding.column}`
  return [
    `${paint(STYLE[finding.severity], finding.severity)} ${paint('bold', finding.ruleId)}  ${printable(place)}${finding.review ? paint('dim', '  to review') : ''}`,
    wrap(`${finding.message}.`, '  '),
    reader.frame(finding),
    wrap(finding.why, '  '),
    paint('green', wrap(finding.instead, '  ')),
    '',
  ].join('\n')
}

/** Lines of files, one file at a time: findings come sorted by file. */
class FrameReader {
  readonly #textOf: (file: string) => string | null
  #file = ''
  #lines: readonly string[] = []

  constructor(textOf: (file: string) => string | null) {
    this.#textOf = textOf
  }

  frame({ file, line, column, endLine, endColumn }: CodeFinding): string {
    this.#open(file)
    const last = Math.min(endLine, line + FRAME_LINES_MAX - 1)
    const width = String(last).length
    const frame: string[] = []
    for (let at = line; at <= last; at++) {
      const text = (this.#lines[at - 1] ?? '').replace(/\t/g, ' ')
      frame.push(`  ${paint('dim', `${String(at).padStart(width)} |`)} ${clip(printable(text), 160)}`)
      const from = at === line ? column : text.length - text.trimStart().length + 1
      const to = at === endLine ? endColumn : text.length + 1
      if (from <= 160 && to > from)
        frame.push(
          `  ${' '.repeat(width)} ${paint('dim', '|')} ${' '.repeat(from - 1)}${paint('red', '^'.repeat(Math.min(to, 161) - from))}`,
        )
    }
    return frame.join('\n')
  }

  #open(file: string): void {
    if (file === this.#file) return
    this.#file = file
    this.#lines = this.#textOf(file)?.split(/\r?\n/) ?? []
  }
}

function summary(findings: readonly CodeFinding[]): string {
  if (findings.length === 0) return ''
  const rows = CODE_RULES.flatMap((rule) => {
    const own = findings.filter((each) => each.ruleId === rule.id)
    return own.length === 0
      ? []
      : [
          [
            rule.id,
            ...SEVERITIES.map((s) => String(own.filter((each) => each.severity === s).length || '')),
            rule.title,
          ],
        ]
  })
  return `${table(['RULE', ...SEVERITIES.map((s) => s.toUpperCase()), 'WHAT'], rows, '')}\n`
}

function counts({ files, statements, schema }: ScanResult, findings: readonly CodeFinding[]): string {
  const known =
    schema.tables.size === 0
      ? 'No schema is declared here, so nothing was said of tables and columns.'
      : `${schema.tables.size} tables known.`
  return `${files} files, ${statements} SQL statements, ${findings.length} findings. ${known}`
}

function fixable(findings: readonly CodeFinding[]): string {
  const fixed = findings.filter((each) => each.fixId !== null).length
  return fixed === 0
    ? ''
    : `${fixed} of them can be fixed by binding values: --diff shows how, and \`dbmedic scan fix\` takes them through an approval.`
}

const unshown = ({ toReview }: ScanResult): string =>
  toReview === 0
    ? ''
    : `${toReview} more rest on what the source does not show, such as a type that publishing erased: --review has them.`

function notes({ skipped, schema }: ScanResult): string[] {
  return [
    ...listed(
      skipped.map(({ file, because }) => `${file}: ${because}`),
      'files were not read',
    ),
    ...listed(schema.notUnderstood, 'declarations were not understood, so no table is called missing'),
  ]
}

function listed(texts: readonly string[], what: string): readonly string[] {
  if (texts.length === 0) return []
  const first = texts.slice(0, 5).map((each) => `  ${clip(printable(each), 160)}`)
  return [`${texts.length} ${what}:`, ...first, ...(texts.length > 5 ? ['  …'] : [])]
}
