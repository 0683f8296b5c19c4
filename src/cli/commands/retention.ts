/** retention: what each table holds, and pruning what is old enough. It shows first and does it with --execute. */
import { type Command, Option } from 'commander'
import {
  type Config,
  failuresDue,
  type Installation,
  type PruneReport,
  pruneFailures,
  pruneTask,
  retentionDue,
  sizesOf,
} from '../../app/index.ts'
import {
  type FailuresDue,
  PRUNED_THINGS,
  type PrunedThing,
  type RetentionTaskState,
  type RowsDue,
} from '../../core/retention-port.ts'
import { administrator, EXIT, globals, identify, withInstallation } from '../context.ts'
import { print, round, table, utc } from '../terminal.ts'

/** Adds `retention status` and `retention run`. */
export function addRetentionCommands(program: Command): void {
  const retention = program
    .command('retention')
    .description(
      'how long samples, events and errors of applications stay: status, run; all else stays for good',
    )
  retention
    .command('status', { isDefault: true })
    .description('list what each table of the store holds and how long its rows stay')
    .action((_options: unknown, command: Command) =>
      withInstallation(command, async (installation) => {
        const tables = await sizesOf(installation)
        const tasks = installation.store.retention === null ? [] : await installation.store.retention.tasks()
        print(globals(command).json, { tables, tasks }, () =>
          [
            table(
              ['TABLE', 'ROWS', 'MIB', 'OLDEST (UTC)', 'STAYS'],
              tables.map((t) => [
                t.table,
                `${t.estimated ? '~' : ''}${t.rows.toLocaleString('en-US')}`,
                t.bytes === null ? '?' : round(t.bytes / 2 ** 20),
                t.oldest === null ? '' : utc(t.oldest),
                t.keptDays === null ? 'for good' : staysFor(t.table, installation.config),
              ]),
              'The store has no tables.',
            ),
            ...tasks.map((t) =>
              t.heldBy === null
                ? `${t.task}: ${t.finishedAt === null ? 'never pruned yet' : `last pruned ${utc(t.finishedAt)} (${round(t.removedRows)} rows)`}`
                : `${t.task}: being pruned by ${t.heldBy}`,
            ),
          ].join('\n'),
        )
      }),
    )
  addRun(retention)
}

const staysFor = (name: string, { retention }: Config): string =>
  STAYS[name]?.(retention) ?? '90 days unseen if seen fewer than 10 times; else for good'

const STAYS: Readonly<Record<string, (retention: Config['retention']) => string>> = {
  metric_samples: ({ samplesDays, plansDays }) => `${samplesDays} days, plans ${plansDays}`,
  detection_events: ({ eventsDays }) => `${eventsDays} days after sealing; for good if an issue refers to it`,
  recovery_explanations: () => '90 days; the newest as long as its error',
  recovery_attempts: () => '90 days, failed ones a year; the newest as long as its error',
  watch_results: () => '30 days, failed ones 90; the newest of each result as long as its watch',
  evidence_requests: () => 'those of watches 30 days, or as long as a look rests on them; else for good',
}

function addRun(retention: Command): void {
  retention
    .command('run')
    .addOption(new Option('--only <task>', 'only this').choices(PRUNED_THINGS))
    .option('--execute', 'really do it (administrators); without it only what would go is shown', false)
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('prune samples, events and errors of applications that are old enough')
    .action((options: { only?: PrunedThing; execute: boolean; as?: string }, command: Command) =>
      withInstallation(command, async (installation) => {
        const { json } = globals(command)
        const wanted = PRUNED_THINGS.filter((task) => options.only === undefined || options.only === task)
        if (!options.execute) {
          const due = await allDue(installation, wanted)
          return print(json, { would: due }, () =>
            [
              ...due.map(wouldText),
              due.every(isNothing) ? 'Nothing is due.' : 'Do it with --execute --as ADMIN.',
            ].join('\n'),
          )
        }
        const { userName } = await administrator(installation, await identify(options.as))
        const reports: PruneReport[] = []
        for (const task of wanted)
          reports.push(
            task === 'failures'
              ? await pruneFailures(installation, progress(task))
              : await pruneTask(installation, task, { ...progress(task), by: userName }),
          )
        print(json, { done: reports }, () => reports.map(sentence).join('\n'))
        if (reports.some((r) => r.refused.length > 0)) process.exitCode = EXIT.found
        else if (reports.some((r) => !r.taken)) process.exitCode = EXIT.refused
      }),
    )
}

/** What is due of one thing. */
type Due =
  | (RetentionTaskState & { readonly due: RowsDue })
  | { readonly task: 'failures'; readonly due: FailuresDue }

async function allDue(installation: Installation, wanted: readonly PrunedThing[]): Promise<readonly Due[]> {
  const tasks = (await retentionDue(installation)).filter(({ task }) => wanted.includes(task))
  if (!wanted.includes('failures')) return tasks
  return [...tasks, { task: 'failures', due: await failuresDue(installation) }]
}

const isNothing = (of: Due): boolean =>
  of.task === 'failures'
    ? Object.values(of.due).every((each) => each === 0 || each === false)
    : of.due.rows === 0

function wouldText(of: Due): string {
  const more = of.due.more ? 'more than ' : ''
  if (of.task === 'failures') {
    const { patterns, explanations, attempts, looks, questions } = of.due
    return `Would delete ${more}${round(patterns)} kinds of errors with all that was done about them, ${round(explanations)} old explanations, ${round(attempts)} old attempts, ${round(looks)} old looks of watches and ${round(questions)} of their questions.`
  }
  if (of.task === 'samples') return `Would delete ${more}${round(of.due.rows)} samples.`
  return `Would prune ${of.due.batches ?? 0} sealed batches with ${round(of.due.rows)} events; those an issue refers to stay.`
}

/** On a terminal the rows gone so far, on standard error; at the end the line is cleared. */
function progress(task: PrunedThing): { readonly onProgress?: (rows: number) => void } {
  if (process.stderr.isTTY !== true) return {}
  return { onProgress: (rows) => void process.stderr.write(`\r\u001b[K${task}: ${round(rows)} rows gone `) }
}

const ENDED = {
  'nothing left': 'Nothing more is due.',
  rows: 'It stopped at retention.mostRows; run it again for the rest.',
  time: 'It stopped at retention.mostSeconds; run it again for the rest.',
  stopped: 'It was stopped.',
} as const

function sentence(report: PruneReport): string {
  if (!report.taken) return `${report.task}: another process is at it; see: dbmedic retention status`
  const of = report.task === 'events' ? ` of ${report.batches} batches` : ''
  const refused = report.refused.map(
    ({ batchId, because }) => `Batch ${batchId} is not what was sealed and was left alone: ${because}`,
  )
  return [
    `${report.task}: ${round(report.rows)} rows${of} gone in ${round(report.seconds)} s. ${ENDED[report.ended]}`,
    ...refused,
  ].join('\n')
}
