/**
 * Which MariaDB and MySQL server programs this machine has. Looks only; installing is `install-server.ts`.
 * A file name says nothing (Debian's `mysqld` is MariaDB), so each candidate is asked for its version.
 */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { cacheRoot } from './cache.ts'
import { runCommand } from './command.ts'

/** The two families of server that the MySQL-family engine speaks to. */
export type ServerFlavour = 'mariadb' | 'mysql'

/** Both flavours, in the order they are tried. */
export const SERVER_FLAVOURS: readonly ServerFlavour[] = ['mariadb', 'mysql']

/** A server program that answered `--version`. */
export interface ServerBinary {
  readonly flavour: ServerFlavour
  /** As the server states it without the distribution's suffix, e.g. `10.11.19-MariaDB` or `9.7.4`. */
  readonly version: string
  /** The program to start. */
  readonly path: string
  /** The installation's prefix, for `--basedir`, e.g. `/usr`. */
  readonly baseDir: string
  /** True for a folder of our own cache: its share and plugin folders must be named on the command line. */
  readonly unpacked: boolean
}

/** A flavour that cannot be started here, and why, in one line fit for printing beside a skipped test. */
export interface MissingServer {
  readonly flavour: ServerFlavour
  readonly missing: string
}

/** What `findServers` returns: each flavour is a binary or a reason. */
export type ServerInventory = Readonly<Record<ServerFlavour, ServerBinary | MissingServer>>

/** The environment variable that names the program of each flavour. */
export const SERVER_VARIABLES = { mariadb: 'DBMEDIC_MARIADBD', mysql: 'DBMEDIC_MYSQLD' } as const
const PROGRAMS = { mariadb: ['mariadbd', 'mysqld'], mysql: ['mysqld'] } as const
const FOLDERS = [
  '/usr/sbin',
  '/usr/libexec',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/local/libexec',
  '/usr/local/mysql/bin',
  '/opt/mariadb/bin',
  '/opt/mysql/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/opt/mariadb/bin',
  '/opt/homebrew/opt/mysql/bin',
  '/usr/local/opt/mariadb/bin',
  '/usr/local/opt/mysql/bin',
]

/** Where the private copy of a flavour's packages is unpacked, whether or not it is there yet. */
export function unpackedRoot(flavour: ServerFlavour): string {
  return join(cacheRoot(), `${flavour}-server`)
}

/** The program inside an unpacked copy. */
export function unpackedProgram(root: string, flavour: ServerFlavour): string {
  return join(root, 'usr/sbin', flavour === 'mariadb' ? 'mariadbd' : 'mysqld')
}

/** True when `found` is a program that can be started. */
export function isAvailable(found: ServerBinary | MissingServer): found is ServerBinary {
  return 'path' in found
}

/**
 * Looks for both flavours: `DBMEDIC_MARIADBD` / `DBMEDIC_MYSQLD`, PATH, the usual folders, then our cache.
 * An override that does not work makes the flavour missing rather than falling back to another server.
 */
export async function findServers(): Promise<ServerInventory> {
  const [mariadb, mysql] = await Promise.all([findServer('mariadb'), findServer('mysql')])
  return { mariadb, mysql }
}

/** Looks for one flavour, as `findServers` does. */
export async function findServer(flavour: ServerFlavour): Promise<ServerBinary | MissingServer> {
  const override = process.env[SERVER_VARIABLES[flavour]]
  if (override) {
    const asked = await identify(override)
    if (asked?.flavour === flavour) return asked
    return {
      flavour,
      missing: `${SERVER_VARIABLES[flavour]} is ${override}, which is not a ${flavour} server program`,
    }
  }
  for (const path of candidates(flavour)) {
    const found = await identify(path)
    if (found?.flavour === flavour) return found
  }
  return {
    flavour,
    missing: `no ${flavour} server program on PATH, in the usual folders or in ${unpackedRoot(flavour)}`,
  }
}

/** As `findServer`, but throws DBM_LAB_SERVER_MISSING when there is none. */
export async function requireServer(flavour: ServerFlavour): Promise<ServerBinary> {
  const found = await findServer(flavour)
  if (isAvailable(found)) return found
  throw new DbmedicError('DBM_LAB_SERVER_MISSING', {
    flavour,
    reason: found.missing,
    variable: SERVER_VARIABLES[flavour],
  })
}

function candidates(flavour: ServerFlavour): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...FOLDERS]
  const found = new Map<string, string>()
  const paths = folders.flatMap((folder) => PROGRAMS[flavour].map((program) => join(folder, program)))
  for (const path of [...paths, unpackedProgram(unpackedRoot(flavour), flavour)]) {
    if (isProgram(path)) found.set(realpathSync(path), path)
  }
  return [...found.keys()]
}

function isProgram(path: string): boolean {
  if (!existsSync(path) || !statSync(path).isFile()) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const identified = new Map<string, Promise<ServerBinary | undefined>>()

/** Forgets what programs answered, after one was installed. */
export function forgetServers(): void {
  identified.clear()
}

function identify(path: string): Promise<ServerBinary | undefined> {
  const known = identified.get(path) ?? askVersion(path)
  identified.set(path, known)
  return known
}

async function askVersion(path: string): Promise<ServerBinary | undefined> {
  if (!isProgram(path)) return undefined
  const { status, output } = await runCommand(path, ['--no-defaults', '--version'], { timeoutMs: 10_000 })
  const version = /\bVer\s+(\d+\.\d+\.\d+(?:-MariaDB)?)/.exec(output)?.[1]
  if (status !== 0 || version === undefined) return undefined
  return {
    flavour: version.endsWith('-MariaDB') ? 'mariadb' : 'mysql',
    version,
    path,
    baseDir: dirname(dirname(realpathSync(path))),
    unpacked: path.startsWith(cacheRoot()),
  }
}
