// A throw-away PostgreSQL whose messages come in a chosen language; absent where none is installed.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const READY_MS = 20_000

/** Folder of the newest installed programs; null if there are none. */
export function findPostgres(): string | null {
  const folders = globSync('/usr/lib/postgresql/*/bin').filter((folder) => existsSync(join(folder, 'initdb')))
  return folders.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? null
}

/** Languages beside English the installed server has messages in. */
export function postgresLanguages(): readonly string[] {
  const files = globSync('/usr/share/locale/*/LC_MESSAGES/postgres-*.mo')
  return [...new Set(files.map((file) => file.split('/')[4] ?? ''))].sort()
}

/** A running server; its socket is in `folder`. */
export interface PrivatePostgres {
  readonly socketPath: string
  /** Starts it anew with messages in that language (`en`, or one of `postgresLanguages`). */
  speak(language: string): Promise<void>
  stop(): Promise<void>
}

/** The server refuses to run as root. */
function asUser(program: string, args: readonly string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [program, [...args]]
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
}

/** Makes a server that listens on a socket only. */
export async function privatePostgres(bin: string): Promise<PrivatePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-pg-'))
  const data = join(folder, 'data')
  const port = 54_321
  let server: ReturnType<typeof spawn> | null = null
  const end = async (): Promise<void> => {
    const running = server
    server = null
    if (running === null || running.exitCode !== null) return
    running.kill('SIGINT')
    await once(running, 'exit')
  }
  await chmod(folder, 0o777)
  const made = asUser(join(bin, 'initdb'), [
    ...['-D', data, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
  ])
  await execute(...made)
  const socketPath = join(folder, `.s.PGSQL.${port}`)
  return {
    socketPath,
    async speak(language) {
      await end()
      const args = [
        '-D',
        data,
        '-k',
        folder,
        '-p',
        String(port),
        '-c',
        'listen_addresses=',
        '-c',
        'fsync=off',
      ]
      // Where the locale is not C, gettext looks LANGUAGE up first: no locale has to be made for the language.
      const env = { ...process.env, LANGUAGE: language }
      server = spawn(...asUser(join(bin, 'postgres'), args), { env, stdio: 'ignore' })
      const deadline = Date.now() + READY_MS
      while (!existsSync(socketPath)) {
        if (Date.now() > deadline || server.exitCode !== null) throw new Error('PostgreSQL does not start')
        await pause(20)
      }
    },
    async stop() {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
