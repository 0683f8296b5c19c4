/** What every command needs: the configuration, an open installation, a person, and one way to fail. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import {
  type Config,
  createLog,
  type Identified,
  type Installation,
  loadConfig,
  openInstallation,
  parseConfig,
} from '../app/index.ts'
import { DbmedicError, type Refusal } from '../core/errors.ts'
import type { ServePort } from '../core/store-ports.ts'
import { ROLES } from '../core/vocabulary.ts'
import { askPassphrase } from './ask.ts'
import { printable } from './terminal.ts'

/** Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 refused by a rule, 4 something was found. */
export const EXIT = { ok: 0, failed: 1, usage: 2, refused: 3, found: 4 } as const

/** Options every command has. */
export interface GlobalOptions {
  readonly config: string
  readonly json: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** The global options of a command. */
export const globals = (command: Command): GlobalOptions => command.optsWithGlobals() as GlobalOptions

/** The configuration: the named file, else ./dbmedic.yaml, else the defaults. */
export function configOf(options: GlobalOptions): Config {
  if (options.config === 'dbmedic.yaml' && !existsSync(options.config)) return parseConfig('', 'dbmedic.yaml')
  return loadConfig(options.config)
}

/** Opens the installation for one command and closes it whatever happens. */
export async function withInstallation<T>(
  command: Command,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const options = globals(command)
  const log = createLog({ level: options.logLevel })
  const installation = await openInstallation(configOf(options), log, ROLES)
  try {
    return await work(installation)
  } finally {
    await installation.store.close()
  }
}

/** The serve port. @throws DbmedicError if this process was given no account for it. */
export function serveOf(installation: Installation): ServePort {
  if (installation.store.serve === null) {
    throw new DbmedicError('DBM_USAGE', {
      problem: 'this process has no account for the serve role',
      hint: 'Give store credentials of the serve role.',
    })
  }
  return installation.store.serve
}

/** The person who acts: `--as NAME`, with the passphrase from the terminal or DBMEDIC_PASSPHRASE. */
export async function identify(as: string | undefined): Promise<Identified> {
  const userName = as ?? process.env.DBMEDIC_USER
  if (userName === undefined || userName === '') {
    throw new DbmedicError('DBM_USAGE', {
      problem: 'who are you?',
      hint: 'Add --as NAME, a user made with: dbmedic users add NAME',
    })
  }
  const passphrase = process.env.DBMEDIC_PASSPHRASE ?? (await askPassphrase(`Passphrase of ${userName}: `))
  return { userName, passphrase }
}

/** A whole positive number from an argument. @throws DbmedicError DBM_USAGE */
export function idArgument(text: string, kind: string): number {
  if (/^[1-9][0-9]{0,15}$/.test(text)) return Number(text)
  throw new DbmedicError('DBM_USAGE', {
    problem: `“${text}” is not the number of ${kind}`,
    hint: whereListed(kind),
  })
}

/** @throws DbmedicError DBM_NOT_FOUND if the value is null. */
export function found<T>(value: T | null, kind: string, id: string | number): T {
  if (value !== null) return value
  throw new DbmedicError('DBM_NOT_FOUND', {
    kind,
    id: String(id),
    hint: whereListed(kind),
  })
}

const LISTS: { readonly [kind: string]: string } = {
  target: 'dbmedic targets',
  action: 'dbmedic actions',
  report: 'dbmedic report --help',
  migrations: 'dbmedic store status',
  'a stop': 'dbmedic halts',
  'a lesson': 'dbmedic learn',
  'a standing approval': 'dbmedic grants',
  issue: 'dbmedic issues',
  'an issue': 'dbmedic issues',
  decision: 'dbmedic report pending',
  'a decision': 'dbmedic report pending',
}

/** Which command lists things of a kind; a plain number needs none. */
const whereListed = (kind: string): string => {
  const list = LISTS[kind]
  return list === undefined ? 'Give a whole number, 1 or more.' : `List what there is: ${list}`
}

/** A refusal that ends a command with exit code 3. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.because)
    this.refusal = refusal
  }
}

/** States an error on standard error, as JSON where asked, and gives the exit code. */
export function stateError(error: unknown, json: boolean): number {
  const [code, message, detail, hint, exit] = describe(error)
  if (json) process.stderr.write(`${JSON.stringify({ error: { code, message, detail, hint } })}\n`)
  else {
    const lines = [
      `dbmedic: ${printable(message)}`,
      // Several lines are ours (a stack, a list); indented, none can pass for one of the outer ones.
      detail.split('\n').map(printable).join('\n  '),
      hint === '' ? '' : `Next: ${hint.split('\n').map(printable).join('\n  ')}`,
    ].filter((l) => l !== '')
    process.stderr.write(`${lines.join('\n')}\n`)
  }
  return exit
}

function describe(error: unknown): [string, string, string, string, number] {
  if (error instanceof Refused) {
    const { code, because, toProceed } = error.refusal
    return [code, because, '', toProceed, EXIT.refused]
  }
  if (error instanceof DbmedicError) {
    const usage = [
      'DBM_USAGE',
      'DBM_CONFIG_INVALID',
      'DBM_CONFIG_UNREADABLE',
      'DBM_NOT_FOUND',
      'DBM_PARAM_INVALID',
    ].includes(error.code)
    const refused = error.code === 'DBM_STORE_REFUSED' || error.code === 'DBM_VOTE_INVALID'
    return [
      error.code,
      error.message,
      error.detail,
      error.hint,
      usage ? EXIT.usage : refused ? EXIT.refused : EXIT.failed,
    ]
  }
  const message = error instanceof Error ? error.message : 'unknown failure'
  return [
    'DBM_UNEXPECTED',
    message,
    process.env.DBMEDIC_DEBUG && error instanceof Error ? (error.stack ?? '') : '',
    'Set DBMEDIC_DEBUG=1 and run it again for where it happened.',
    EXIT.failed,
  ]
}
