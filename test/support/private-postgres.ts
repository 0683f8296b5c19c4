// A throw-away PostgreSQL on a socket of its own, whose messages come in a chosen language; absent where none is installed.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, realpathSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PgWire } from '../recovery/grouping/pg-wire.ts'

const execute = promisify(execFile)
const READY_MS = 60_000
const ANSWER_MS = 10_000
const PORT = 54_321
const USER = 'app'
/** Names the folder of the programs to use; nothing else is used then. */
const VARIABLE = 'DBMEDIC_POSTGRES'

/** Folder of the programs: that of `DBMEDIC_POSTGRES`, else of PATH, else the newest in the usual places; null if there is none. */
export function findPostgres(): string | null {
  const named = process.env[VARIABLE]
  if (named !== undefined && named !== '') return hasPrograms(named) ? named : null
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const usual = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin', '/opt/homebrew/opt/postgresql@*/bin']
  const installed = usual
    .flatMap((pattern) => globSync(pattern))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return [...onPath.map(realFolder), ...installed].find(hasPrograms) ?? null
}

const hasPrograms = (folder: string): boolean =>
  ['initdb', 'postgres'].every((program) => existsSync(join(folder, program)))

/** Debian puts links to some programs on PATH, and the others beside what they lead to. */
function realFolder(folder: string): string {
  const program = join(folder, 'postgres')
  return existsSync(program) ? dirname(realpathSync(program)) : folder
}

/** For `{ skip: skipPostgres }`: false where one can be started, else the reason. */
export const skipPostgres: string | false =
  findPostgres() === null
    ? `no PostgreSQL server on PATH or in the usual places (${VARIABLE} names its folder)`
    : false

/** Languages beside English the installed server has messages in. */
export function postgresLanguages(): readonly string[] {
  const files = globSync('/usr/share/locale/*/LC_MESSAGES/postgres-*.mo')
  return [...new Set(files.map((file) => file.split('/')[4] ?? ''))].sort()
}

/** A server of one's own; its socket is in `folder`. */
export interface PrivatePostgres {
  /** What a client needs to connect; everybody is trusted. */
  readonly access: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  readonly socketPath: string
  /** Starts it (anew) with messages in that language: `en`, or one of `postgresLanguages`. */
  speak(language: string): Promise<void>
  /** Kills it outright, as a power cut would. */
  kill9(): Promise<void>
  stop(): Promise<void>
}

/** The server refuses to run as root. */
function asUser(program: string, args: readonly string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [program, [...args]]
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
}

/** Makes a server that listens on a socket only, with these settings besides. It does not run until it is told to speak. */
export async function privatePostgres(
  bin: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivatePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-pg-'))
  const data = join(folder, 'data')
  let server: ReturnType<typeof spawn> | null = null
  const end = async (signal: 'SIGINT' | 'SIGKILL'): Promise<void> => {
    const running = server
    server = null
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    const gone = once(running, 'exit')
    running.kill(signal)
    await gone
  }
  await chmod(folder, 0o777)
  const made = asUser(join(bin, 'initdb'), [
    ...['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
  ])
  await execute(...made)
  const socketPath = join(folder, `.s.PGSQL.${PORT}`)
  const wanted = Object.entries({ listen_addresses: '', fsync: 'off', ...settings })
  const args = ['-D', data, '-k', folder, '-p', String(PORT)]
  for (const [name, value] of wanted) args.push('-c', `${name}=${value}`)
  return {
    access: { host: folder, port: PORT, user: USER, database: 'postgres' },
    socketPath,
    async speak(language) {
      await end('SIGINT')
      // Where the locale is not C, gettext looks LANGUAGE up first: no locale has to be made for the language.
      const env = { ...process.env, LANGUAGE: language }
      const deadline = Date.now() + READY_MS
      for (;;) {
        // After a kill its sessions end by themselves, and until they have it does not start.
        server ??= spawn(...asUser(join(bin, 'postgres'), args), { env, stdio: 'ignore' })
        if (await answers(socketPath)) return
        if (Date.now() > deadline) throw new Error('PostgreSQL does not start')
        if (server.exitCode !== null) server = null
        await pause(20)
      }
    },
    kill9: () => end('SIGKILL'),
    async stop() {
      await end('SIGINT')
      await rm(folder, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

async function answers(socketPath: string): Promise<boolean> {
  // A session that is cut while it greets is told nothing.
  const opened = PgWire.open(socketPath, USER).then(
    (session) => {
      session.close()
      return true
    },
    () => false,
  )
  return await Promise.race([opened, pause(ANSWER_MS, false, { ref: false })])
}
