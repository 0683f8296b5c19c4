/** Questions at a terminal. Without one they fail closed. */
import { isCancel, password, text } from '@clack/prompts'
import { DbmedicError } from '../core/errors.ts'

/** True if somebody can be asked. */
export const someoneIsThere = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true

/**
 * A passphrase, not echoed. `variable` is what a script sets instead. @throws DbmedicError DBM_USAGE without a
 * terminal or when cancelled.
 */
export async function askPassphrase(message: string, variable = 'DBMEDIC_PASSPHRASE'): Promise<string> {
  requireTerminal('a passphrase is needed', `Set ${variable} for scripts, or run it at a terminal.`)
  return answered(await password({ message }))
}

/** A line of text. @throws DbmedicError DBM_USAGE without a terminal or when cancelled. */
export async function askLine(message: string): Promise<string> {
  requireTerminal('an answer is needed', 'Give it as an option; see --help.')
  return answered(await text({ message }))
}

function requireTerminal(problem: string, hint: string): void {
  if (!someoneIsThere()) throw new DbmedicError('DBM_USAGE', { problem, hint })
}

function answered(value: string | symbol | undefined): string {
  if (isCancel(value) || value === undefined)
    throw new DbmedicError('DBM_USAGE', { problem: 'cancelled', hint: 'Run it again.' })
  return value as string
}
