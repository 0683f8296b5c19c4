/** digest, deadlocks, fingerprint: files of any server, connected or not. Nothing is sent anywhere. */
import { once } from 'node:events'
import type { Command } from 'commander'
import { deadlocksOf, digestFiles, fingerprintRecords } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { EXIT, globals, idArgument, stateError } from '../context.ts'
import { clip, print, printable, round, table } from '../terminal.ts'

/** Adds the commands that work on files. */
export function addOfflineCommands(program: Command): void {
  addDigest(program)
  addDeadlocks(program)
  addFingerprint(program)
}

function addDigest(program: Command): void {
  program
    .command('digest')
    .argument('<files...>', 'slow logs of MySQL, MariaDB or Percona; plain or gzip; - for standard input')
    .description('add a slow log up by statement class')
    .option('--top <n>', 'classes shown (JSON has all)', '20')
    .action(async (files: string[], options: { top: string }, command: Command) => {
      const top = idArgument(options.top, 'rows')
      const unreadable: DbmedicError[] = []
      const digest = await digestFiles(files, (error) => unreadable.push(error))
      const total = digest.classes.reduce((t, c) => t + c.queryTimeSeconds.sum, 0)
      print(globals(command).json, digest, () =>
        [
          `${digest.events.toLocaleString('en-US')} events, ${digest.classes.length} classes, ${round(total)} s${digest.malformed > 0 ? `, ${digest.malformed} entries could not be read` : ''}`,
          table(
            ['SHARE', 'SUM s', 'CALLS', 'MEAN s', 'P95 s', 'EXAMINED', 'STATEMENT'],
            digest.classes
              .slice(0, top)
              .map((c) => [
                `${round((100 * c.queryTimeSeconds.sum) / Math.max(total, 1e-9))} %`,
                round(c.queryTimeSeconds.sum),
                String(c.count),
                round(c.queryTimeSeconds.sum / c.count),
                round(c.queryTimeSeconds.p95),
                round(c.rowsExamined.sum),
                clip(c.fingerprint, 160),
              ]),
            'No slow statements in these files.',
          ),
        ].join('\n'),
      )
      for (const { file, reason } of digest.damaged) {
        process.stderr.write(`dbmedic: ${printable(file)} could be read only in part: ${printable(reason)}\n`)
        process.exitCode = EXIT.failed
      }
      stateAll(unreadable, globals(command).json)
    })
}

function addDeadlocks(program: Command): void {
  program
    .command('deadlocks')
    .argument(
      '<files...>',
      'SHOW ENGINE INNODB STATUS texts or error logs; plain or gzip; - for standard input',
    )
    .description('read the deadlocks of a server: who held what, who waited for what, who was rolled back')
    .action(async (files: string[], _options: unknown, command: Command) => {
      const unreadable: DbmedicError[] = []
      const found = await deadlocksOf(files, (error) => unreadable.push(error))
      print(globals(command).json, found, () =>
        found.deadlocks.length === 0
          ? 'No deadlocks in these files.'
          : found.deadlocks.map(readable).join('\n\n'),
      )
      stateAll(unreadable, globals(command).json)
    })
}

function addFingerprint(program: Command): void {
  program
    .command('fingerprint')
    .description(
      'statements on standard input, a line each: one fingerprint a line, as pt-query-digest makes them',
    )
    .option('-0, --null', 'statements end with NUL instead of a line break', false)
    .action(async (options: { null: boolean }) => {
      if (process.stdin.isTTY)
        throw new DbmedicError('DBM_USAGE', {
          problem: 'statements are expected on standard input',
          hint: 'dbmedic fingerprint < statements.sql',
        })
      for await (const line of fingerprintRecords(process.stdin, { separator: options.null ? '\0' : '\n' })) {
        if (!process.stdout.write(line)) await once(process.stdout, 'drain')
      }
    })
}

/** States the files that could not be read, after what the others said. */
function stateAll(errors: readonly DbmedicError[], json: boolean): void {
  for (const error of errors) process.exitCode = stateError(error, json)
}

type Found = Awaited<ReturnType<typeof deadlocksOf>>['deadlocks'][number]

function readable(deadlock: Found): string {
  const head = `${printable(deadlock.at ?? 'time unknown')}  victim: ${deadlock.victim === null ? 'unknown' : `transaction ${deadlock.victim}`}${deadlock.incomplete ? '  (incomplete report)' : ''}`
  const transactions = deadlock.transactions.map((t) =>
    [
      `  (${t.n}) transaction ${t.trxId ?? '?'}, thread ${t.threadId ?? '?'}${t.user === null ? '' : `, ${printable(t.user)}`}`,
      `      ${clip(printable(t.statement ?? 'statement not recorded'), 200)}`,
      ...t.holds.map((l) => `      holds  ${lock(l)}`),
      t.waitsFor === null ? '' : `      waits  ${lock(t.waitsFor)}`,
    ]
      .filter((l) => l !== '')
      .join('\n'),
  )
  return [head, ...transactions].join('\n')
}

const lock = (l: Found['transactions'][number]['holds'][number]): string =>
  printable(
    `${l.mode ?? '?'} ${l.gap ?? '?'} on ${l.table ?? '?'}${l.index === null ? '' : ` index ${l.index}`}`,
  )
