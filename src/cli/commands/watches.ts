/** errors watch: accepting a check that a failure proposed, for some days, and ending one. */
import type { Command } from 'commander'
import { DbmedicError } from '../../core/errors.ts'
import { WATCH_DAYS_MOST } from '../../core/failure-watches.ts'
import { actingAs, globals, idArgument, serveOf, withDoor } from '../context.ts'
import { print } from '../terminal.ts'

/** Adds `errors watch accept` and `errors watch end`. */
export function addWatchCommands(errors: Command): void {
  const watch = errors
    .command('watch')
    .description('checks that errors which come back propose; see errors show')
  watch
    .command('accept')
    .argument('<watch>', 'number of a watch; see dbmedic errors show SIGNATURE')
    .option('--days <n>', `for so many days, ${WATCH_DAYS_MOST} at most`, '30')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('let the observer ask the one question of a watch each interval, until it is over')
    .action((text: string, { days: given, as }: { days: string; as?: string }, command: Command) => {
      const watchId = idArgument(text, 'a watch')
      const days = Number(given)
      if (!Number.isInteger(days) || days < 1 || days > WATCH_DAYS_MOST)
        throw new DbmedicError('DBM_USAGE', {
          problem: `${given} is no number of days from 1 to ${WATCH_DAYS_MOST}`,
          hint: 'Who wants it longer accepts it again then.',
        })
      return withDoor(command, async (door) => {
        const by = await actingAs(door, as)
        await serveOf(door).acceptWatch({ workspaceId: null, watchId, days, by })
        print(
          globals(command).json,
          { accepted: watchId, days },
          () => `Watch ${watchId} looks for ${days} days. What it shows: dbmedic errors show SIGNATURE`,
        )
      })
    })
  watch
    .command('end')
    .argument('<watch>', 'number of a watch; see dbmedic errors show SIGNATURE')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('end a watch, or decline one that was proposed; it is not proposed again')
    .action((text: string, { as }: { as?: string }, command: Command) => {
      const watchId = idArgument(text, 'a watch')
      return withDoor(command, async (door) => {
        const by = await actingAs(door, as)
        await serveOf(door).endWatch({ workspaceId: null, watchId, by })
        print(globals(command).json, { ended: watchId }, () => `Watch ${watchId} is over.`)
      })
    })
}
