/** dismiss: several issues that nothing is done about, with one reason. */
import type { Command } from 'commander'
import type { z } from 'zod'
import { dismiss, dismissalOf } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { type Dismissed, dismissedSchema } from '../../server/schemas/writes.ts'
import { actingAs, type Door, EXIT, globals, idArgument, serveOf, withDoor } from '../context.ts'
import { print, table } from '../terminal.ts'

/** As many as the API takes at once. */
const ISSUES_MOST = 100

const DONE: Readonly<Record<NonNullable<Dismissed['act']>, string>> = {
  cancel: 'cancelled with its decision',
  close: 'closed',
  'ask-close': 'its close is asked for; `dbmedic start` does it',
}

/** Adds `dismiss`. */
export function addDismissCommand(program: Command): void {
  program
    .command('dismiss')
    .argument('<issues...>', 'numbers of issues')
    .requiredOption('--reason <text>', 'why, for the record of each')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('end issues that nothing is to be done about: each by the act its state allows')
    .action((numbers: string[], options: { reason: string; as?: string }, command: Command) => {
      const issueIds = [...new Set(numbers.map((text) => idArgument(text, 'an issue')))]
      if (issueIds.length > ISSUES_MOST)
        throw new DbmedicError('DBM_USAGE', {
          problem: `at most ${ISSUES_MOST} issues are dismissed at once`,
          hint: 'Name fewer of them.',
        })
      return withDoor(command, async (door) => {
        const by = await actingAs(door, options.as)
        const items = await dismissed(door, { issueIds, reason: options.reason, by })
        print(globals(command).json, items, () =>
          table(
            ['ISSUE', 'WHAT CAME OF IT'],
            items.map(({ issueId, act, problem }) => [
              String(issueId),
              act === null ? `not dismissed: ${problem?.detail}. ${problem?.hint}` : DONE[act],
            ]),
            'Nothing was named.',
          ),
        )
        if (items.some(({ act }) => act === null)) process.exitCode = EXIT.refused
      })
    })
}

interface Wanted {
  readonly issueIds: readonly number[]
  readonly reason: string
  readonly by: string
}

async function dismissed(door: Door, { issueIds, reason, by }: Wanted): Promise<readonly Dismissed[]> {
  if (door.remote !== null) {
    const answer = await door.remote.send<z.infer<typeof dismissedSchema>>(
      '/api/issues/dismissals',
      { issueIds, reason },
      dismissedSchema,
    )
    return answer.items
  }
  const items: Dismissed[] = []
  for (const issueId of issueIds) items.push(await one(door, issueId, { reason, by }))
  return items
}

/** What one came to; the others go on. */
async function one(
  door: Door,
  issueId: number,
  { reason, by }: Pick<Wanted, 'reason' | 'by'>,
): Promise<Dismissed> {
  const port = serveOf(door)
  const not = (code: string, detail: string, hint: string): Dismissed => ({
    issueId,
    act: null,
    problem: { code, detail, hint },
  })
  try {
    const issue = await port.read.issue(issueId)
    if (issue === null)
      return not('DBM_NOT_FOUND', `there is no issue ${issueId}`, 'List them: dbmedic issues')
    const dismissal = await dismissalOf(port, issue)
    if ('refused' in dismissal) return not(dismissal.code, dismissal.because, dismissal.toProceed)
    await dismiss(port, issue, { dismissal, reason, by })
    return { issueId, act: dismissal.act, problem: null }
  } catch (error) {
    if (!(error instanceof DbmedicError)) throw error
    return not(error.code, error.message, error.hint)
  }
}
