/** What every command needs: the configuration, an open installation, a person, and one way to fail. */
import { existsSync } from 'node:fs'
import { type Command, CommanderError } from 'commander'
import {
  type Config,
  createLog,
  type Identified,
  type Installation,
  loadConfig,
  mayUse,
  openExistingInstallation,
  openInstallation,
  parseConfig,
  proveIdentity,
} from '../app/index.ts'
import { DbmedicError, type ErrorCode, type Refusal } from '../core/errors.ts'
import type { Person, ReadPort, ServePort } from '../core/store-ports.ts'
import { ROLES, type Role } from '../core/vocabulary.ts'
import { askPassphrase } from './ask.ts'
import { remoteAddress } from './remote/remote-address.ts'
import { remoteRead } from './remote/remote-read.ts'
import { remoteServe } from './remote/remote-serve.ts'
import { RemoteServer } from './remote/remote-server.ts'
import { orderlyJson, printable } from './terminal.ts'

/** Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 refused by a rule, 4 something was found. */
export const EXIT = { ok: 0, failed: 1, usage: 2, refused: 3, found: 4 } as const

/** The exit codes of errors that are not failures of ours: what was asked for is wrong, or a rule forbids it. */
const EXIT_OF: Partial<Record<ErrorCode, number>> = {
  DBM_USAGE: EXIT.usage,
  DBM_CONFIG_INVALID: EXIT.usage,
  DBM_CONFIG_UNREADABLE: EXIT.usage,
  DBM_FILE_UNREADABLE: EXIT.usage,
  DBM_NOT_FOUND: EXIT.usage,
  DBM_STORE_NO_ROW: EXIT.usage,
  DBM_STORE_MISSING: EXIT.usage,
  DBM_USER_UNKNOWN: EXIT.usage,
  DBM_TARGET_UNKNOWN: EXIT.usage,
  DBM_PARAM_INVALID: EXIT.usage,
  DBM_KEY_PASSPHRASE: EXIT.usage,
  DBM_STORE_REFUSED: EXIT.refused,
  DBM_LAB_TARGET_REFUSED: EXIT.refused,
  DBM_VOTE_INVALID: EXIT.refused,
  DBM_KEY_LOCKED: EXIT.refused,
  DBM_KEY_OTHER: EXIT.refused,
  DBM_USER_EXISTS: EXIT.refused,
  DBM_NO_ADMINISTRATOR_PINNED: EXIT.refused,
  DBM_REQUEST_INVALID: EXIT.usage,
  DBM_TOKEN_REFUSED: EXIT.refused,
  DBM_RIGHT_MISSING: EXIT.refused,
  DBM_TOKEN_NEVER: EXIT.refused,
  DBM_PLAN_CHANGED: EXIT.refused,
  DBM_EVIDENCE_UNREAD: EXIT.refused,
  DBM_PROOF_MISSING: EXIT.refused,
}

/** Options every command has. */
export interface GlobalOptions {
  readonly config: string
  readonly json: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly server?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly workspace?: string
}

/** The global options of a command. */
export const globals = (command: Command): GlobalOptions => command.optsWithGlobals() as GlobalOptions

/** The configuration: the named file, else ./dbmedic.yaml, else the defaults. */
export function configOf(options: GlobalOptions): Config {
  if (options.config === 'dbmedic.yaml' && !existsSync(options.config)) return parseConfig('', 'dbmedic.yaml')
  return loadConfig(options.config)
}

/** How a command opens the installation. */
export interface OpenOptions {
  /** Default: all roles. */
  readonly rolesOf?: (config: Config) => readonly Role[]
  /** Makes an SQLite store that is not there; without it that is DBM_STORE_MISSING. */
  readonly makesStore?: boolean
}

/** Opens the installation for one command and closes it whatever happens. */
export async function withInstallation<T>(
  command: Command,
  work: (installation: Installation) => Promise<T>,
  { rolesOf = () => ROLES, makesStore = false }: OpenOptions = {},
): Promise<T> {
  const options = globals(command)
  const log = createLog({ level: options.logLevel })
  const config = configOf(options)
  const open = makesStore ? openInstallation : openExistingInstallation
  const installation = await open(config, log, rolesOf(config))
  try {
    return await work(installation)
  } finally {
    await installation.store.close()
  }
}

/** What a command that may work with a server somewhere else gets: the store here, or that server. */
export interface Door {
  readonly config: Config
  readonly store: { readonly read: ReadPort; readonly serve: ServePort | null }
  /** Null: the store is here. */
  readonly remote: RemoteServer | null
  /** Null: it is somewhere else. */
  readonly here: Installation | null
}

/** Opens the server that was named, else the installation, for one command. */
export async function withDoor<T>(
  command: Command,
  work: (door: Door) => Promise<T>,
  opening: OpenOptions = {},
): Promise<T> {
  const options = globals(command)
  const address = remoteAddress(options, process.env)
  if (address === null)
    return withInstallation(command, (here) => work({ ...here, remote: null, here }), opening)
  const remote = new RemoteServer(address)
  const read = remoteRead(remote)
  const store = { read, serve: remoteServe(remote, read) }
  return work({ config: configOf(options), store, remote, here: null })
}

/**
 * The name the record gets: of who proves to be the person by the key of this machine's keyring, or of whom the
 * token speaks for. @throws DbmedicError DBM_USAGE where --as names somebody else than the token's owner
 */
export async function actingAs(door: Door, as: string | undefined): Promise<string> {
  const { remote, config } = door
  if (remote === null) return (await proveIdentity(config, serveOf(door), await identify(as))).userName
  const { userName } = await remote.person()
  const named = as ?? process.env['DBMEDIC_USER'] ?? ''
  if (named === '' || named.toLowerCase() === userName.toLowerCase()) return userName
  throw new DbmedicError('DBM_USAGE', {
    problem: `the token speaks for ${userName}, not for ${named}`,
    hint: 'Leave --as out, or use a token of that person.',
  })
}

/** The serve port. @throws DbmedicError if this process was given no account for it. */
export function serveOf(installation: Pick<Door, 'store'>): ServePort {
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

/**
 * A person who has proved to be an administrator: only they change who may decide and what may be proposed.
 * @throws Refused where the person is none
 */
export async function administrator(installation: Installation, as: Identified): Promise<Person> {
  const person = await proveIdentity(installation.config, serveOf(installation), as)
  if (mayUse(person, 'administer')) return person
  throw new Refused({
    refused: true,
    code: 'DBM_USER_UNKNOWN',
    because: `${person.userName} is not an active administrator`,
    toProceed: 'Ask one of the administrators in: dbmedic users',
  })
}

/**
 * The name of a person who has proved to be an approver or administrator: only they let go on what was stopped or left
 * open. Of a server's rights the server is the judge. @throws Refused where the person is neither
 */
export async function releaser(door: Door, as: string | undefined): Promise<string> {
  if (door.remote !== null) return actingAs(door, as)
  const person = await proveIdentity(door.config, serveOf(door), await identify(as))
  if (mayUse(person, 'release')) return person.userName
  throw new Refused({
    refused: true,
    code: 'DBM_USER_UNKNOWN',
    because: `${person.userName} is neither an active approver nor an active administrator`,
    toProceed: 'Ask one of those in: dbmedic users',
  })
}

/** What is said where a file cannot be made or read. */
export function fileProblem(file: string, error: unknown): DbmedicError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  const exists = code === 'EEXIST'
  return new DbmedicError(
    'DBM_USAGE',
    {
      problem: exists ? `${file} exists already` : `${file} cannot be used: ${code}`,
      hint: exists ? 'It was left alone; name another file.' : 'Check the path and its rights.',
    },
    error,
  )
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
  'a suppression': 'dbmedic suppressions',
  user: 'dbmedic users',
  workspace: 'dbmedic workspaces',
  role: 'dbmedic users give --help',
  'a token': 'dbmedic tokens NAME',
  token: 'dbmedic tokens NAME',
  'a lesson': 'dbmedic learn',
  'a standing approval': 'dbmedic grants',
  issue: 'dbmedic issues',
  'an issue': 'dbmedic issues',
  decision: 'dbmedic report pending',
  'a decision': 'dbmedic report pending',
  error: 'dbmedic errors list',
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
  if (json) process.stderr.write(`${orderlyJson({ error: { code, message, detail, hint } })}\n`)
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

/** The same of words of the command line that no command takes. Commander puts its suggestion on a line of its own. */
function wrongWords({ code, message }: CommanderError): [string, string, string, string, number] {
  const [problem = '', ...nearest] = message.replace(/^error: /, '').split('\n')
  const where =
    code === 'commander.unknownCommand'
      ? 'dbmedic --help lists the commands.'
      : 'dbmedic COMMAND --help says what a command takes, dbmedic --help lists them.'
  return ['DBM_USAGE', problem, 'Nothing was changed.', [...nearest, where].join(' '), EXIT.usage]
}

/** Code, message, detail, hint and exit code of an error. */
function describe(error: unknown): [string, string, string, string, number] {
  if (error instanceof Refused) {
    const { code, because, toProceed } = error.refusal
    return [code, because, '', toProceed, EXIT.refused]
  }
  if (error instanceof DbmedicError)
    return [error.code, error.message, error.detail, error.hint, EXIT_OF[error.code] ?? EXIT.failed]
  if (error instanceof CommanderError) return wrongWords(error)
  const message = error instanceof Error ? error.message : 'unknown failure'
  return [
    'DBM_UNEXPECTED',
    message,
    process.env.DBMEDIC_DEBUG && error instanceof Error ? (error.stack ?? '') : '',
    'Set DBMEDIC_DEBUG=1 and run it again for where it happened.',
    EXIT.failed,
  ]
}
