/**
 * A throw-away Redis (or Valkey) on a socket of its own, or on a port of loopback where it is a cluster; absent where none is
 * installed and none can be. It is stopped by its own pid and keeps nothing but what a test saves.
 */
import { existsSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from '../../src/lab/servers/command.ts'
import { aptInstall, freePort, type Say } from '../../src/lab/servers/index.ts'
import { newHome } from '../../src/lab/servers/server-home.ts'
import { discard, end, keepWatch, launch, type Watched } from '../../src/lab/servers/server-process.ts'

/** Names the program to use; nothing else is used then. */
const VARIABLE = 'DBMEDIC_REDIS_SERVER'
const NAMES = ['redis-server', 'valkey-server']
/**
 * Debian's package of tools has the server under the name of one of its tools: what it does follows from the name it is started by. The
 * package `redis-server` adds a link to it and a system service, which is not wanted.
 */
const DEBIAN = { package: 'redis-tools', program: '/usr/bin/redis-check-rdb' }
const READY = /ready to accept connections/i
const READY_MS = 60_000

/** A program, or why there is none, in one line fit for printing beside a skipped test. */
export type FoundRedis = { readonly program: string; readonly version: string } | { readonly missing: string }

/** Looks for it: `DBMEDIC_REDIS_SERVER`, else on PATH, else in Debian's package of tools. Installs nothing. */
export async function findRedis(): Promise<FoundRedis> {
  const named = process.env[VARIABLE]
  if (named !== undefined && named !== '') {
    const version = existsSync(named) ? await versionOf(named) : null
    return version === null
      ? { missing: `${VARIABLE} is ${named}, which does not run` }
      : { program: named, version }
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
  for (const program of [...onPath, DEBIAN.program]) {
    const version = existsSync(program) ? await versionOf(program) : null
    if (version !== null) return { program, version }
  }
  return { missing: `no redis-server or valkey-server on PATH (${VARIABLE} names one)` }
}

/** As `findRedis`, but installs Debian's package where there is none, after saying so. Never throws. */
export async function ensureRedis(say: Say): Promise<FoundRedis> {
  const found = await findRedis()
  if ('program' in found || process.env[VARIABLE] || process.platform !== 'linux') return found
  const reason = await aptInstall([DEBIAN.package], say)
  const now = await findRedis()
  return 'missing' in now && reason !== undefined ? { missing: `${now.missing}; ${reason}` } : now
}

async function versionOf(program: string): Promise<string | null> {
  const home = await newHome()
  const watched = keepWatch(home)
  try {
    const { status, output } = await runCommand(byItsName(program, home), ['--version'], {
      timeoutMs: 10_000,
    })
    const [, name, version] = /^(Redis|Valkey) server v=(\S+)/.exec(output) ?? []
    return status === 0 && version !== undefined ? `${name} ${version}` : null
  } finally {
    await discard(watched)
  }
}

/** The program by a name that says what it is to do. */
function byItsName(program: string, home: string): string {
  if (program !== DEBIAN.program) return program
  const link = join(home, 'redis-server')
  if (!existsSync(link)) symlinkSync(program, link)
  return link
}

const found = await findRedis()

/** For `{ skip: skipRedis }`: false where one can be started, else the reason. */
export const skipRedis: string | false = 'program' in found ? false : found.missing

/** A server of one's own. */
export interface PrivateRedis {
  /** What a client needs to connect. */
  readonly socket:
    | { readonly path: string; readonly tls: false }
    | { readonly host: string; readonly port: number }
  /** Starts it anew, with what it saved, where it was killed. */
  start(): Promise<void>
  /** Kills it outright, as a power cut would. */
  kill9(): Promise<void>
  stop(): Promise<void>
}

/** Starts one that listens on a socket only, or, where it is a cluster of its own, on a port. Throws DBM_LAB_SERVER_FAILED. */
export async function privateRedis(
  settings: Readonly<Record<string, string>> = {},
  { isCluster = false } = {},
): Promise<PrivateRedis> {
  if ('missing' in found) throw new Error(found.missing)
  const home = await newHome()
  const watched = keepWatch(home)
  const path = join(home, 'redis.sock')
  const ports = isCluster ? { port: await freePort(), bus: await freePort() } : null
  const wanted = Object.entries({
    ...placeOf(path, ports),
    ...settings,
    dir: home,
    save: '',
    logfile: join(home, 'log'),
  })
  const start = (): Promise<void> =>
    launch(watched, {
      title: found.version,
      program: byItsName(found.program, home),
      args: wanted.flatMap(([name, value]) => [`--${name}`, value]),
      errorLogPath: join(home, 'log'),
      ready: READY,
      readyMs: READY_MS,
    })
  await start().catch(failedToStart(watched))
  return {
    socket: ports === null ? { path, tls: false } : { host: '127.0.0.1', port: ports.port },
    start,
    kill9: () => end(watched, 'SIGKILL', 0),
    stop: () => discard(watched),
  }
}

function placeOf(
  path: string,
  ports: { readonly port: number; readonly bus: number } | null,
): Readonly<Record<string, string>> {
  if (ports === null) return { unixsocket: path, port: '0' }
  return {
    ...{ bind: '127.0.0.1', port: String(ports.port), 'cluster-port': String(ports.bus) },
    ...{ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' },
  }
}

const failedToStart =
  (watched: Watched) =>
  async (error: unknown): Promise<never> => {
    await discard(watched)
    throw error
  }
