/** Results of lab runs as text for people. Made from recorded results alone: the same results, the same report. */
import { SCENARIO_COLUMNS, scenarioRows } from './by-scenario.ts'
import { effectText } from './effect-text.ts'
import { type Failure, failuresOf } from './failures.ts'
import { effects, outcomes, reliability, timeToDetect } from './plots.ts'
import type { RecordedIssue, RecordedResult } from './recorded.ts'
import { scoreboard } from './scoreboard.ts'
import { type Picture, svgDocument } from './svg.ts'

/** One row of a table of results. */
export interface ResultRow {
  readonly scenario: string
  readonly server: string
  readonly result: 'pass' | 'FAIL' | 'SKIPPED'
  readonly found: string
  readonly decided: string
  readonly rootCause: string
  readonly action: string
  readonly verdict: string
  readonly effect: string
  readonly oracle: string
  readonly nothing: string
  readonly reference: string
}

const seconds = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`)

/** The row of one result; a scenario with several issues joins them. */
export function resultRow(r: RecordedResult): ResultRow {
  const join = (of: (issue: RecordedIssue) => string): string =>
    r.issues.length === 0 ? '-' : r.issues.map(of).join(' / ')
  return {
    scenario: `${r.number === null ? '' : `${r.number} `}${r.name}${Object.keys(r.drawn).length > 0 ? ` (seed ${r.seed})` : ''}`,
    server: r.version,
    result: r.skipped === undefined ? (r.passed ? 'pass' : 'FAIL') : 'SKIPPED',
    found: join((i) => seconds(i.eventAfterMs)),
    decided: join((i) => seconds(i.decidedAfterMs ?? i.explainedAfterMs)),
    rootCause: join((i) => i.rootCause ?? (i.abstained ? 'abstained' : '-')),
    action: join((i) => i.action ?? 'none (advice)'),
    verdict: join(verdict),
    effect: r.effect === null ? '-' : effectText(r.effect),
    oracle: r.oracle === null ? '-' : effectText(r.oracle),
    nothing: r.nothing === null ? '-' : effectText(r.nothing),
    reference: r.effect?.reference ?? '-',
  }
}

const verdict = (i: RecordedIssue): string =>
  i.verdict === null || i.improvementPercent === null
    ? (i.verdict ?? '-')
    : `${i.verdict} ${i.improvementPercent.toFixed(1)} %`

/** What failed, a line a check. */
export const failures = (r: RecordedResult): readonly string[] =>
  r.checks.filter((c) => !c.ok).map((c) => `${r.name} on ${r.version}, seed ${r.seed}: ${c.what}: ${c.found}`)

const COLUMNS = [
  ['fault', 'scenario'],
  ['server', 'server'],
  ['result', 'result'],
  ['to event', 'found'],
  ['to decision', 'decided'],
  ['root cause', 'rootCause'],
  ['action', 'action'],
  ['verdict', 'verdict'],
  ['measured by the clients', 'effect'],
  ['textbook remedy', 'oracle'],
  ['doing nothing', 'nothing'],
  ['reference', 'reference'],
] as const satisfies readonly (readonly [string, keyof ResultRow])[]

/** Text of targets in a table or list: no mark of it can end a cell, begin a heading or be taken for HTML. */
const plainText = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('`', 'ʼ')

const tableLine = (cells: readonly string[]): string => `| ${cells.map(plainText).join(' | ')} |`

const tableOf = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0
    ? ['None.']
    : [tableLine(headings), tableLine(headings.map(() => '---')), ...rows.map(tableLine)]

/** The pictures beside the report, by file name. */
const PICTURES = {
  'outcomes.svg': outcomes,
  'time-to-detect.svg': timeToDetect,
  'reliability.svg': reliability,
  'effects.svg': effects,
} as const satisfies Readonly<Record<string, (results: readonly RecordedResult[]) => Picture>>

/** Every file of the report, by name: `results.md` and the pictures it shows. */
export function reportFiles(all: readonly RecordedResult[]): ReadonlyMap<string, string> {
  const results = all.filter((r) => r.skipped === undefined)
  const pictures = Object.entries(PICTURES).map(([name, draw]) => [name, draw(results)] as const)
  return new Map([
    ['results.md', markdownReport(all, pictures)],
    ...pictures.map(([name, picture]) => [name, svgDocument(picture)] as const),
  ])
}

/** Runs that could not be played, each with its reason: no score counts them. */
const notPlayed = (all: readonly RecordedResult[]): readonly string[] => {
  const lines = all.flatMap((r) =>
    r.skipped === undefined ? [] : [`- ${r.name} on ${r.flavour}, seed ${r.seed}: ${plainText(r.skipped)}`],
  )
  return lines.length === 0 ? [] : ['## Not played', '', ...lines, '']
}

function markdownReport(
  all: readonly RecordedResult[],
  pictures: readonly (readonly [string, Picture])[],
): string {
  const results = all.filter((r) => r.skipped === undefined)
  const rows = results.map(resultRow)
  const columns = COLUMNS.filter(([, key]) => rows.some((row) => row[key] !== '-'))
  const failed = failuresOf(results)
  const passed = results.filter((r) => r.passed).length
  return [
    '# Lab report',
    '',
    `${passed} of ${results.length} runs passed.`,
    '',
    ...notPlayed(all),
    ...ranUnder(results),
    '## Scores',
    '',
    ...scoreTable(results),
    '',
    SCORE_NOTES,
    '',
    ...pictures.flatMap(([name, picture]) => [
      `![${plainText(`${picture.title}. ${picture.description}`).replaceAll(/[[\]]/g, '')}](${name})`,
      '',
    ]),
    '## By scenario',
    '',
    ...tableOf(SCENARIO_COLUMNS, scenarioRows(results)),
    '',
    '## The worst failures',
    '',
    ...worst(failed),
    '## Every failure, and the evidence that misled',
    '',
    ...everyFailure(failed),
    '',
    '## Every run',
    '',
    ...tableOf(
      columns.map(([heading]) => heading),
      rows.map((row) => columns.map(([, key]) => row[key])),
    ),
    '',
  ].join('\n')
}

const SCORE_NOTES = `Intervals are of 95 %: of shares Wilson's, of means over runs Student's, of medians by order statistics; runs are taken
as independent, though seeds of one scenario are alike. An action is useless if it was another than the scenario's or
had no effect, harmful if a guarded figure got surely worse or another session was ended. Trouble gone is 1 - after/before
of what the clients measured, less the same where nothing was done.`

const scoreTable = (results: readonly RecordedResult[]): string[] =>
  tableOf(
    ['figure', 'measured (95 % interval)', 'aim', 'reached'],
    scoreboard(results).map((s) => [
      s.figure,
      s.value,
      s.aim,
      s.reached === null ? '-' : s.reached ? 'yes' : 'NO',
    ]),
  )

/** Under what the runs were made: each set of circumstances once, with its servers, seeds and days. */
function ranUnder(results: readonly RecordedResult[]): string[] {
  if (results.length === 0) return []
  const made = results.map((r) => r.ranUnder)
  const days = [...new Set(made.map((m) => m?.at.slice(0, 10) ?? 'a day not recorded'))].sort()
  const programs = new Set(
    made.map((m) =>
      m === null ? 'a version not recorded' : `${m.dbmedic}${m.commit === null ? '' : ` (${m.commit})`}`,
    ),
  )
  const machines = new Set(
    made.flatMap((m) =>
      m === null
        ? []
        : [
            `${m.processors} processors, ${(m.memoryMib / 1024).toFixed(1)} GiB, ${m.platform}, node ${m.node}`,
          ],
    ),
  )
  const seeds = [...new Set(results.map((r) => r.seed))].sort((a, b) => a - b)
  const others = made.filter((m) => m?.privateServer === false).length
  return [
    `- servers: ${[...new Set(results.map((r) => `${r.flavour} ${r.version}`))].join(', ')}${others === 0 ? ', private' : `; ${others} runs on a server of the user's`}`,
    `- seeds: ${seeds.join(', ')}; ${new Set(results.map((r) => r.name)).size} scenarios; ${(results.reduce((s, r) => s + r.seconds, 0) / 60).toFixed(0)} minutes`,
    `- dbmedic ${[...programs].join(', ')}; ${days.join(', ')}`,
    ...[...machines].map((m) => `- machine: ${m}`),
    '- what differed from the shipped configuration is in results.json with every run',
    '',
  ]
}

const runOf = ({ run }: Failure): string => `${run.name} on ${run.version}, seed ${run.seed}`

/** How many failures are explained, and lines of evidence shown of each in the list. */
const SHOWN = { worst: 3, evidence: 6 } as const

function worst(failed: readonly Failure[]): string[] {
  if (failed.length === 0) return ['None.', '']
  return failed
    .slice(0, SHOWN.worst)
    .flatMap((f, i) => [
      `### ${i + 1}. ${plainText(runOf(f))}: ${f.kind}`,
      '',
      `${plainText(f.run.title)}. ${plainText(f.what)}.`,
      '',
      ...evidenceLines(f, f.misledBy.length),
      ...drawnLine(f),
      '',
    ])
}

function evidenceLines({ misledBy, run }: Failure, most: number): string[] {
  if (misledBy.length === 0 && run.ranUnder === null)
    return ['No evidence was recorded with this run (results of version 1).']
  if (misledBy.length === 0) return ['It rested on no claim.']
  const more = misledBy.length > most ? [`- and ${misledBy.length - most} more in results.json`] : []
  return ['It rested on:', '', ...misledBy.slice(0, most).map((m) => `- ${plainText(m)}`), ...more]
}

/** What the seed made of the scenario, where it draws anything. */
function drawnLine({ run }: Failure): string[] {
  const drawn = Object.entries(run.drawn).map(([name, value]) => `${name} ${value}`)
  return drawn.length === 0 ? [] : ['', `The seed drew: ${plainText(drawn.join(', '))}.`]
}

function everyFailure(failed: readonly Failure[]): string[] {
  if (failed.length === 0) return ['No check failed.']
  return failed.flatMap((f) => [
    `- **${f.kind}**, ${plainText(runOf(f))}: ${plainText(f.what)}`,
    ...f.misledBy.slice(0, SHOWN.evidence).map((m) => `  - ${plainText(m)}`),
  ])
}
