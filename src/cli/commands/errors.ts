/** errors: what applications and logs report, named, grouped and explained; of any engine, connected or not. */
import { once } from 'node:events'
import type { Command } from 'commander'
import { classifyErrorLines, explainError, listErrors } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { EXIT, globals } from '../context.ts'
import { print, table } from '../terminal.ts'
import { readableError } from './error-text.ts'
import { addFailureList, addFailureSwitch, isSignature, showFailure } from './failures.ts'
import { addWatchCommands } from './watches.ts'

/** Adds `errors classify`, `codes`, `list` and `show`. */
export function addErrorCommands(program: Command): void {
  const errors = program
    .command('errors')
    .description('name, group and explain errors of any engine: classify, codes, list, show')
  addClassify(errors)
  addCodes(errors)
  addFailureList(errors)
  addFailureSwitch(errors)
  addShow(errors)
  addWatchCommands(errors)
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

function addCodes(errors: Command): void {
  errors
    .command('codes')
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
    .argument('<wanted...>', 'a code, a symbol, a message in any language the server has, or a signature')
    .option('--engine <name>', 'only of this engine')
    .description(
      'explain a code or a message: type, whether to try again, who acts; with a signature also where it was seen',
    )
    .action(async (wanted: string[], options: { engine?: string }, command: Command) => {
      const [first = '', ...more] = wanted
      if (more.length === 0 && isSignature(first)) return showFailure(first, command)
      const found = explainError(wanted.join(' '), options.engine)
      print(globals(command).json, found, () => found.map(readableError).join('\n\n'))
    })
}
