/** suppress, suppressions: what opens no issue for a while, and ending that early. */
import type { Command } from 'commander'
import type { z } from 'zod'
import { mayUse, suppressIssue } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Suppression } from '../../core/suppressions.ts'
import { type Suppressed, suppressedSchema } from '../../server/schemas/suppressions.ts'
import { spanOption } from '../arguments.ts'
import { actingAs, type Door, EXIT, globals, idArgument, serveOf, withDoor } from '../context.ts'
import { print, table, utc } from '../terminal.ts'

/** As many as the API takes at once. */
const ISSUES_MOST = 100
/** Suppressions that are listed at most. */
const LISTED_MOST = 200

/** Adds the commands. */
export function addSuppressionCommands(program: Command): void {
  addSuppress(program)
  const group = program.command('suppressions').description('what opens no issue for a while')
  addList(group)
  addEnd(group)
}

interface SuppressOptions {
  /** Seconds. */
  readonly for: number
  readonly because: string
  readonly as?: string
}

function addSuppress(program: Command): void {
  program
    .command('suppress')
    .argument('<issues...>', 'numbers of issues, open or ended')
    .requiredOption(
      '--for <span>',
      'how long: 30m, 12h, 7d; 90d at most, 7d for a CRITICAL issue, which an approver or administrator suppresses',
      spanOption,
    )
    .requiredOption('--because <text>', 'why, for the record of each')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('open no issue about the same for a while; its events are recorded, and what is worse opens')
    .action((numbers: string[], options: SuppressOptions, command: Command) => {
      const issueIds = [...new Set(numbers.map((text) => idArgument(text, 'an issue')))]
      if (issueIds.length > ISSUES_MOST)
        throw new DbmedicError('DBM_USAGE', {
          problem: `at most ${ISSUES_MOST} issues are suppressed at once`,
          hint: 'Name fewer of them.',
        })
      return withDoor(command, async (door) => {
        const by = await actingAs(door, options.as)
        const items = await suppressed(door, {
          issueIds,
          seconds: options.for,
          reason: options.because,
          by,
        })
        print(globals(command).json, items, () =>
          table(
            ['ISSUE', 'WHAT CAME OF IT'],
            items.map(({ issueId, suppressionId, problem }) => [
              String(issueId),
              suppressionId === null
                ? `not suppressed: ${problem?.detail}. ${problem?.hint}`
                : `suppression ${suppressionId}: the same opens no issue; one that is open stays open`,
            ]),
            'Nothing was named.',
          ),
        )
        if (items.some(({ suppressionId }) => suppressionId === null)) process.exitCode = EXIT.refused
      })
    })
}

interface Wanted {
  readonly issueIds: readonly number[]
  readonly seconds: number
  readonly reason: string
  readonly by: string
}

async function suppressed(door: Door, { by, ...wanted }: Wanted): Promise<readonly Suppressed[]> {
  if (door.remote !== null) {
    const answer = await door.remote.send<z.infer<typeof suppressedSchema>>(
      '/api/issues/suppressions',
      wanted,
      suppressedSchema,
    )
    return answer.items
  }
  const items: Suppressed[] = []
  for (const issueId of wanted.issueIds) items.push(await one(door, issueId, { ...wanted, by }))
  return items
}

/** What one came to; the others go on. */
async function one(door: Door, issueId: number, wanted: Omit<Wanted, 'issueIds'>): Promise<Suppressed> {
  const port = serveOf(door)
  const not = (code: string, detail: string, hint: string): Suppressed => ({
    issueId,
    suppressionId: null,
    problem: { code, detail, hint },
  })
  try {
    const issue = await port.read.issue(issueId)
    if (issue === null)
      return not('DBM_NOT_FOUND', `there is no issue ${issueId}`, 'List them: dbmedic issues')
    const person = (await port.read.people()).find((each) => each.userName === wanted.by)
    const mayRelease = person !== undefined && mayUse(person, 'release')
    const made = await suppressIssue(port, issue, { ...wanted, mayRelease })
    if (typeof made !== 'number') return not(made.code, made.because, made.toProceed)
    return { issueId, suppressionId: made, problem: null }
  } catch (error) {
    if (!(error instanceof DbmedicError)) throw error
    return not(error.code, error.message, error.hint)
  }
}

function addList(group: Command): void {
  group
    .command('list', { isDefault: true })
    .option('--all', 'also those that are over')
    .description('list the suppressions that hold: of what, who, why, until when, what they held')
    .action((options: { all?: true }, command: Command) =>
      withDoor(command, async ({ store }) => {
        const { rows } = await store.read.suppressions({
          ...(options.all === true ? {} : { active: true }),
          after: null,
          limit: LISTED_MOST,
        })
        print(globals(command).json, rows, () =>
          table(
            ['NUMBER', 'TARGET', 'RULE', 'RESOURCE', 'UP TO', 'UNTIL (UTC)', 'HELD', 'BY', 'WHY'],
            rows.map(line),
            options.all === true ? 'Nothing was ever suppressed.' : 'Nothing is suppressed.',
          ),
        )
      }),
    )
}

const line = (of: Suppression): string[] => [
  String(of.suppressionId),
  of.targetName,
  of.ruleId,
  of.affectedResourceName,
  of.severity,
  of.isActive ? utc(of.expiresAt) : `over since ${utc(of.endedAt ?? of.expiresAt)}`,
  String(of.heldCount),
  of.suppressedBy,
  of.reason,
]

function addEnd(group: Command): void {
  group
    .command('end')
    .argument('<suppression>', 'number of a suppression; see dbmedic suppressions list')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('end a suppression now: what goes on opens an issue with its next window')
    .action((text: string, options: { as?: string }, command: Command) =>
      withDoor(command, async (door) => {
        const suppressionId = idArgument(text, 'a suppression')
        const by = await actingAs(door, options.as)
        await serveOf(door).endSuppression(suppressionId, by)
        print(globals(command).json, { ended: suppressionId }, () => `Suppression ${suppressionId} is over.`)
      }),
    )
}
