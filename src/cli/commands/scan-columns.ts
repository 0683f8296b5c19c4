/** scan columns: other types of columns that a repository's code takes for numbers, asked for through the ordinary loop. */
import type { Command } from 'commander'
import { type CodeFinding, scanRepository } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { OPEN_ISSUE_STATES } from '../../core/lifecycle.ts'
import type { Target } from '../../core/nouns.ts'
import type { ServePort } from '../../core/store-ports.ts'
import { secondsOption } from '../arguments.ts'
import { actingAs, EXIT, globals, serveOf, withInstallation } from '../context.ts'
import { type Outcome, outcomeLine, outcomeOf } from '../file-request.ts'
import { knownTarget } from '../known-target.ts'
import { print, printable } from '../terminal.ts'

const ACTION = 'sqlite/change-column-type'

interface Options {
  readonly target: string
  readonly reason: string
  readonly as?: string
  readonly wait: number
}

/** Adds `columns` below `scan`. */
export function addScanColumns(scan: Command): void {
  scan
    .command('columns')
    .argument('<folder>', 'the repository of the application')
    .requiredOption('--target <name>', 'its database, a target of engine sqlite')
    .option('--reason <text>', 'why, for the record', 'the code takes its values for numbers')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--wait <seconds>', 'wait this long for each decision', secondsOption(0, 600), 20)
    .description(
      'ask for another type of the first column of texts that the code takes for numbers, if each of its values is one',
    )
    .action((folder: string, options: Options, command: Command) =>
      withInstallation(command, async (installation) => {
        const target = await knownTarget(installation, options.target)
        if (target.engine !== 'sqlite')
          throw new DbmedicError('DBM_USAGE', {
            problem: `target ${target.targetName} is no database file, and no action changes a type there`,
            hint: 'Change it in a migration of the application.',
          })
        const port = serveOf(installation)
        const requestedBy = await actingAs({ ...installation, remote: null, here: installation }, options.as)
        await requireNoneOpen(port, target)
        // What is asked for rests on the files as they are, not on what an earlier scan remembers.
        const columns = columnsIn((await scanRepository(folder, { cache: false })).findings)
        const asked = await askFirst(columns, ({ findings, ...column }) =>
          outcomeOf(
            port,
            {
              targetId: target.targetId,
              issueId: null,
              actionName: ACTION,
              params: paramsOf(column),
              reason: `${options.reason}: ${findings.join(', ')}`.slice(0, REASON_MOST),
              requestedBy,
            },
            options.wait,
          ),
        )
        const left = columns.length - asked.length
        print(globals(command).json, { target: target.targetName, columns: asked, columnsLeft: left }, () =>
          [...asked.map(line), ...next(asked, left)].join('\n'),
        )
        if (asked.length > 0 && asked.every(({ refused }) => refused !== null))
          process.exitCode = EXIT.refused
      }),
    )
}

/** Columns in turn, until one is not refused. */
async function askFirst(
  columns: readonly Wanted[],
  ask: (column: Wanted) => Promise<Outcome>,
): Promise<readonly (Wanted & Outcome)[]> {
  const asked: (Wanted & Outcome)[] = []
  for (const column of columns) {
    const outcome = await ask(column)
    asked.push({ ...column, ...outcome })
    if (outcome.refused === null) break
  }
  return asked
}

/**
 * An approval names every definition of the database, so each change voids those of others that wait.
 * @throws DbmedicError DBM_USAGE while another one waits
 */
async function requireNoneOpen({ read }: ServePort, { targetId, targetName }: Target): Promise<void> {
  const issues = await read.issues({ targetId, states: OPEN_ISSUE_STATES, limit: 200 })
  const open = issues.find(({ affectedResourceName }) => affectedResourceName.startsWith(ACTION))
  if (open === undefined) return
  throw new DbmedicError('DBM_USAGE', {
    problem: `issue ${open.issueId} is about a column of ${targetName} already, and one is changed after the other`,
    hint: `See: dbmedic show ${open.issueId}; ask again when it is closed.`,
  })
}

/** Longest reason that is kept, characters. */
const REASON_MOST = 500

/** A column, the type it is to have, and where the code says so. */
interface Wanted extends NonNullable<CodeFinding['retype']> {
  /** `file:line`, as a scan prints it. */
  readonly findings: readonly string[]
}

/** Each column once. Where one place takes it for any number, whole numbers are not enough. */
function columnsIn(findings: readonly CodeFinding[]): readonly Wanted[] {
  const all = findings.flatMap(({ retype, file, line: at }) =>
    retype === undefined ? [] : [{ ...retype, at: `${file}:${at}` }],
  )
  return [...Map.groupBy(all, ({ table, column }) => JSON.stringify([table, column])).values()].flatMap(
    (same) => {
      const [first] = same
      if (first === undefined) return []
      const { table, column } = first
      const type = same.some((each) => each.type === 'NUMERIC') ? 'NUMERIC' : 'INTEGER'
      return [{ table, column, type, findings: same.map(({ at }) => at) }]
    },
  )
}

const paramsOf = ({ table, column, type }: Omit<Wanted, 'findings'>) => ({
  table: { schema: 'main', table },
  columns: [{ column, prefix: null, direction: 'ASC' }],
  type,
})

const line = (asked: Wanted & Outcome): string =>
  outcomeLine(`${printable(`${asked.table}.${asked.column}`)} to ${asked.type}:`, asked)

function next(asked: readonly Outcome[], left: number): readonly string[] {
  if (asked.length === 0)
    return [
      'The code takes no column of texts for numbers, as far as a scan can tell. All it finds: dbmedic scan',
    ]
  return [
    ...(left === 0 ? [] : [`${left} more columns; ask again when this one is done.`]),
    'Nothing was changed. Two others approve it; it is carried out by `dbmedic start`, or now by `dbmedic execute DECISION`.',
  ]
}
