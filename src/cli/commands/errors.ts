/** errors: what applications and logs report, named and grouped; works on any engine's errors, connected or not. */
import { once } from 'node:events'
import type { Command } from 'commander'
import { classifyErrorLines, type ErrorExplanation, explainError, listErrors } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { EXIT, globals } from '../context.ts'
import { print, printable, table, wrap } from '../terminal.ts'

/** Adds `errors classify`, `list` and `show`. */
export function addErrorCommands(program: Command): void {
  const errors = program
    .command('errors')
    .description('name, group and explain errors of any engine: classify, list, show')
  addClassify(errors)
  addList(errors)
  addShow(errors)
}

function addClassify(errors: Command): void {
  errors
    .command('classify')
    .description(
      'errors on standard input, a JSON object a line {engine, code?, sqlstate?, message, statement?}: one JSON line each',
    )
    .action(async () => {
      if (process.stdin.isTTY)
        throw new DbmedicError('DBM_USAGE', {
          problem: 'errors are expected on standard input',
          hint: 'dbmedic errors classify < errors.jsonl',
        })
      const counts = { lines: 0, bad: 0 }
      for await (const line of classifyErrorLines(process.stdin, counts)) {
        if (!process.stdout.write(line)) await once(process.stdout, 'drain')
      }
      if (counts.bad === 0) return
      process.stderr.write(`dbmedic: ${counts.bad} of ${counts.lines} lines are no error reports\n`)
      process.exitCode = EXIT.usage
    })
}

function addList(errors: Command): void {
  errors
    .command('list')
    .argument('[engine]', 'mysql, mariadb, postgresql, sqlite, mongodb, redis or oracle; default all')
    .description('list every code that is known, with its type')
    .action((engine: string | undefined, _options: unknown, command: Command) => {
      const rows = listErrors(engine)
      print(globals(command).json, rows, () =>
        table(
          ['ENGINE', 'CODE', 'SYMBOL', 'STATE', 'TYPE'],
          rows.map((r) => [r.engine, r.code, r.symbol, r.sqlstate, r.type]),
          'No codes.',
        ),
      )
    })
}

function addShow(errors: Command): void {
  errors
    .command('show')
    .alias('explain')
    .argument('<wanted...>', 'a code, a symbol, or a message in any language the server has')
    .option('--engine <name>', 'only of this engine')
    .description('explain a code or a message: type, whether to try again, who acts')
    .action((wanted: string[], options: { engine?: string }, command: Command) => {
      const found = explainError(wanted.join(' '), options.engine)
      print(globals(command).json, found, () => found.map(readable).join('\n\n'))
    })
}

/** How a retry is spoken of. */
const RETRIES: Readonly<Record<ErrorExplanation['retry'], string>> = {
  never: 'do not try again as it is',
  statement: 'the statement may be tried again',
  transaction: 'the whole transaction may be run again from its start',
}
const CONDITIONS: Readonly<Record<ErrorExplanation['condition'], string>> = {
  none: '',
  idempotent: ', but only if running it twice does no harm',
  'after-rollback': ', after it was rolled back',
  'other-server': ', on the server that takes writes',
}

function readable(error: ErrorExplanation): string {
  const spelling = [error.code, error.symbol].filter((text) => text !== '').join(' ')
  const state = error.sqlstate === '' || error.sqlstate === error.code ? '' : `  SQLSTATE ${error.sqlstate}`
  return [
    `${error.engine} ${spelling}${state}  ${error.type}`,
    ...(error.masked === null ? [] : [`  ${printable(error.masked)}`]),
    ...(error.object === null ? [] : [`  about     ${printable(error.object)}`]),
    wrap(error.means, '  '),
    `  retry     ${RETRIES[error.retry]}${CONDITIONS[error.condition]}`,
    `  strategy  ${error.strategy}`,
    ...(error.knowledge === null ? [] : known(error.knowledge)),
    wrap(`Codes from ${error.sources.join('; ')}`, '  '),
  ].join('\n')
}

function known(entry: NonNullable<ErrorExplanation['knowledge']>): string[] {
  return [
    '',
    `  ${entry.title} (${entry.id})`,
    wrap(entry.symptom, '  '),
    ...entry.causes.flatMap(({ cause, check, tells }, i) => [
      wrap(`${i + 1}. ${cause}`, '  '),
      `     ${printable(check)}`,
      wrap(tells, '     '),
    ]),
    '  What helps',
    ...entry.remedy.map((r) => wrap(`- ${r.do}${r.action === undefined ? '' : ` [${r.action}]`}`, '  ')),
    wrap(`Prevention: ${entry.prevention}`, '  '),
    ...entry.sources.map((source) => `  ${source}`),
    '',
  ]
}
