/** Which commands work with a server; every other one is about the store, the keyring or the machine it runs on. */
import type { Command } from 'commander'
import { DbmedicError } from '../../core/errors.ts'

/** Their names, as they are typed. */
export const REMOTEABLE: ReadonlySet<string> = new Set([
  'issues',
  'show',
  'report',
  'targets',
  'approve',
  'decline',
  'cancel',
  'revoke',
  'ask-other',
  'close',
  'dismiss',
  'suppress',
  'suppressions list',
  'suppressions end',
  'learn',
  'undo',
  'settle',
  'halt',
  'lift',
  'halts',
  'windows',
  'request',
  'grants list',
  'grants revoke',
  'users list',
  'errors list',
  'errors show',
  'errors recovery',
  'errors watch accept',
  'errors watch end',
  'actions status',
  'audit list',
  'audit export',
])

/**
 * Refuses `--server` where it would mean nothing: the store here would be read and taken for the one there. The
 * variable alone is no order; `store migrate` in a shell that has it is about the store here.
 * @throws DbmedicError DBM_USAGE
 */
export function requireRemoteable(command: Command): void {
  if (command.getOptionValueSourceWithGlobals('server') !== 'cli' || REMOTEABLE.has(pathOf(command))) return
  throw new DbmedicError('DBM_USAGE', {
    problem: `“${pathOf(command)}” does not work over a server`,
    hint: `Run it where the store is, without --server. Over a server work: ${[...REMOTEABLE].join(', ')}`,
  })
}

/** `grants list` */
function pathOf(command: Command): string {
  const names: string[] = []
  for (let at: Command | null = command; at?.parent != null; at = at.parent) names.unshift(at.name())
  return names.join(' ')
}
