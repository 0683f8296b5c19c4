/** issues, show, report: what is wrong, the whole story of one issue, and the examiner's questions. */
import { type Command, Option } from 'commander'
import { readStory } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { ISSUE_STATES, type IssueState, OPEN_ISSUE_STATES } from '../../core/lifecycle.ts'
import type { Issue, Target } from '../../core/nouns.ts'
import { REPORT_NAMES, REPORT_WINDOW_MOST, type ReportName, type ReportOptions } from '../../core/reports.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { spanOption } from '../arguments.ts'
import { EXIT, found, globals, idArgument, withDoor } from '../context.ts'
import { nextStep } from '../next-step.ts'
import { renderStory } from '../render-story.ts'
import { print, printable, round, show, table, utc } from '../terminal.ts'

interface ListOptions {
  readonly state?: string
  readonly target?: string
  readonly all: boolean
  readonly limit: string
  readonly before?: string
}

/** Adds `issues`, `show` and `report`. */
export function addIssueCommands(program: Command): void {
  addIssues(program)
  addShow(program)
  addReport(program)
}

function addIssues(program: Command): void {
  program
    .command('issues')
    .description('list issues, open ones unless --all, newest first')
    .option('--all', 'ended ones too', false)
    .addOption(new Option('--state <state>', 'only this state').choices([...ISSUE_STATES]))
    .option('--target <name>', 'only this target')
    .option('--limit <n>', 'at most this many', '50')
    .option('--before <issue>', 'only issues older than this one (for the next page)')
    .action((options: ListOptions, command: Command) =>
      withDoor(command, async ({ store }) => {
        const targets = await store.read.targets()
        const target =
          options.target === undefined
            ? null
            : found(targets.find((t) => t.targetName === options.target) ?? null, 'target', options.target)
        const states =
          options.state !== undefined
            ? [options.state as IssueState]
            : options.all
              ? undefined
              : OPEN_ISSUE_STATES
        const rows = await store.read.issues({
          limit: Math.min(1000, idArgument(options.limit, 'rows')),
          ...(states === undefined ? {} : { states }),
          ...(target === null ? {} : { targetId: target.targetId }),
          ...(options.before === undefined ? {} : { beforeIssueId: idArgument(options.before, 'an issue') }),
        })
        const { json } = globals(command)
        const waits = json ? [] : await Promise.all(rows.map((i) => waitsFor(store.read, i)))
        const silent = json ? '' : await suppressedLine(store.read, target?.targetId)
        print(json, rows, () => {
          const none = options.all
            ? 'No issue was ever opened.'
            : 'No open issues. Ended ones: dbmedic issues --all'
          return `${issueTable(rows, { targets, waits, none })}${silent}`
        })
      }),
    )
}

const issueTable = (
  rows: readonly Issue[],
  {
    targets,
    waits,
    none,
  }: {
    readonly targets: readonly Pick<Target, 'targetId' | 'targetName'>[]
    readonly waits: readonly string[]
    readonly none: string
  },
): string =>
  table(
    ['ISSUE', 'TARGET', 'SEVERITY', 'CATEGORY', 'STATE', 'SEEN', 'OPENED (UTC)', 'WAITS FOR', 'WHAT'],
    rows.map((i, n) => [
      String(i.issueId),
      targets.find((t) => t.targetId === i.targetId)?.targetName ?? String(i.targetId),
      i.severity,
      i.issueCategory,
      i.issueStatus,
      `${i.occurrenceCount}×`,
      utc(i.openedAt),
      waits[n] ?? '',
      i.affectedResourceName.slice(0, 100),
    ]),
    none,
  )

/** Suppressions that are counted at most. */
const COUNTED_MOST = 200

/** How much is suppressed, on a line of its own; empty: nothing. */
async function suppressedLine(read: ReadPort, targetId: number | undefined): Promise<string> {
  const { rows } = await read.suppressions({ active: true, after: null, limit: COUNTED_MOST })
  const { length } = rows.filter((each) => targetId === undefined || each.targetId === targetId)
  return length === 0 ? '' : `\n${length} suppressed: dbmedic suppressions`
}

/** Until when what an issue is about is suppressed, by whom and why; nothing where it is not. */
async function silence(read: ReadPort, issueId: number): Promise<readonly string[]> {
  const { rows } = await read.suppressions({ issueId, active: true, after: null, limit: 1 })
  return rows.map(
    (each) =>
      `Suppressed by ${each.suppressedBy} until ${utc(each.expiresAt)} UTC, held ${each.heldCount}: ${printable(each.reason)}\nEnd it: dbmedic suppressions end ${each.suppressionId}`,
  )
}

/** What an issue waits for, in a few words. */
async function waitsFor(read: ReadPort, issue: Issue): Promise<string> {
  const story = await readStory(read, issue.issueId)
  return story === null ? '' : nextStep(story).brief
}

function addShow(program: Command): void {
  program
    .command('show')
    .argument('<issue>', 'number of an issue')
    .description('tell the whole story of an issue: events, evidence, plan, votes, runs, verdicts, lessons')
    .action((text: string, _options: unknown, command: Command) =>
      withDoor(command, async ({ store }) => {
        const story = found(await readStory(store.read, idArgument(text, 'an issue')), 'issue', text)
        const { json } = globals(command)
        const silent = json ? [] : await silence(store.read, story.issue.issueId)
        print(json, story, () => [renderStory(story), ...silent].join('\n'))
      }),
    )
}

function addReport(program: Command): void {
  program
    .command('report')
    .argument('[name]', `one of ${REPORT_NAMES.join(', ')}; without it the names are listed`)
    .description('answer one of an examiner’s fixed questions, with the SQL that answers it')
    .option('--sql', 'print the SQL only', false)
    .option('--window <span>', 'of kpis: how far back, 12h or 90d, up to 400d (default 30d)', spanOption)
    .action((name: string | undefined, options: ReportCall, command: Command) => {
      if (name === undefined)
        return print(globals(command).json, { reports: REPORT_NAMES }, () => REPORT_NAMES.join('\n'))
      return withDoor(command, async ({ store }) => {
        const known = found(
          (REPORT_NAMES as readonly string[]).includes(name) ? (name as ReportName) : null,
          'report',
          name,
        )
        const report = await store.read.report(known, windowOf(known, options))
        if (options.sql) return show(report.sql)
        if (known === 'health' && report.rows.some(({ state }) => state === 'alert'))
          process.exitCode = EXIT.found
        const columns = Object.keys(report.rows[0] ?? {})
        print(globals(command).json, report, () =>
          [
            table(
              columns,
              report.rows.map((r) => columns.map((c) => cell(r[c]))),
              'No rows yet.',
            ),
            '',
            // Of several statements the text would bury the figures.
            report.sql.includes(';\n') ? `The statements: dbmedic report ${known} --sql` : report.sql,
          ].join('\n'),
        )
      })
    })
}

interface ReportCall {
  readonly sql: boolean
  readonly window?: number
}

/** @throws DbmedicError DBM_USAGE for a window that is too long or too short, or that the report does not have */
function windowOf(name: ReportName, { window }: ReportCall): ReportOptions {
  if (window === undefined) return {}
  if (name === 'kpis' && window >= 3600 && window <= REPORT_WINDOW_MOST) return { windowSeconds: window }
  throw new DbmedicError('DBM_USAGE', {
    problem:
      name === 'kpis'
        ? 'a window is an hour at least and 400 days at most'
        : `the report ${name} takes no window`,
    hint: 'dbmedic report kpis --window 90d',
  })
}

/** A value of a report for people: fractions to four digits; JSON has them all. */
const cell = (value: unknown): string =>
  typeof value === 'number' && !Number.isInteger(value) ? round(value) : String(value ?? '')
