/**
 * Debian's prometheus-mysqld-exporter: the program on this machine's PATH, else a private copy of Debian's package (fetched by
 * apt with its signatures checked, unpacked into the cache, never installed), and one running process of it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cachedFolder, cacheRoot } from '../../src/lab/servers/cache.ts'
import { runCommand } from '../../src/lab/servers/command.ts'
import { freePort } from '../../src/lab/servers/index.ts'

const PACKAGE = 'prometheus-mysqld-exporter'
const UNPACK_MS = 120_000
const READY_MS = 10_000
const STOP_MS = 5_000
const SCRAPE_MS = 30_000

/** Where the program is, with its version; or why it cannot be had. */
export type FoundExporter =
  | { readonly program: string; readonly version: string }
  | { readonly missing: string }

/** Finds the program, or unpacks it. Never throws. */
export async function findExporter(say: (line: string) => void): Promise<FoundExporter> {
  const installed = versionOf(PACKAGE)
  if (installed !== null) return { program: PACKAGE, version: installed }
  try {
    const root = await cachedFolder(join(cacheRoot(), 'mysqld-exporter'), UNPACK_MS, (partial) => {
      say(`fetching Debian’s ${PACKAGE} (3 MB; nothing is installed)`)
      return unpack(partial)
    })
    const program = join(root, 'usr/bin', PACKAGE)
    const version = versionOf(program)
    return version === null ? { missing: `${program} does not run here` } : { program, version }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown failure'
    return { missing: `${why}. Next: apt-get update, or install ${PACKAGE}` }
  }
}

async function unpack(folder: string): Promise<void> {
  const options = { timeoutMs: UNPACK_MS, cwd: folder }
  const fetched = await runCommand('apt-get', ['download', '-qq', PACKAGE], options)
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'))
  if (fetched.status !== 0 || file === undefined)
    throw new Error(`apt-get download ${PACKAGE}: ${fetched.output.trim().split('\n').at(-1) ?? ''}`)
  const unpacked = await runCommand('dpkg', ['-x', file, '.'], options)
  if (unpacked.status !== 0) throw new Error(`dpkg -x ${file}: ${unpacked.output.trim()}`)
  await rm(join(folder, file))
}

function versionOf(program: string): string | null {
  const { status, stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  if (status !== 0) return null
  return /version ([\d.]+)/.exec(`${stdout}${stderr}`)?.[1] ?? null
}

/** The server it collects from. */
export interface ExporterTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** What one scrape brought. */
export interface Scrape {
  readonly bytes: number
  /** Collectors that failed on this server. */
  readonly failed: readonly string[]
}

/** A running exporter. */
export interface RunningExporter {
  readonly pid: number
  /** Scrapes these collectors (`collect[]`). @throws Error if it does not answer in 30 s. */
  scrape(collectors: readonly string[]): Promise<Scrape>
  stop(): Promise<void>
}

/** Starts one for one server: this version knows no others. @throws Error if it does not listen in 10 s. */
export async function startExporter(
  program: string,
  target: ExporterTarget,
  collectors: readonly string[],
): Promise<RunningExporter> {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-bench-exporter-'))
  const file = join(folder, 'my.cnf')
  const { host, port, user, password } = target
  writeFileSync(file, `[client]\nhost=${host}\nport=${port}\nuser=${user}\npassword=${password}\n`, {
    mode: 0o600,
  })
  const listen = `127.0.0.1:${await freePort()}`
  const child = spawn(
    program,
    [
      `--config.my-cnf=${file}`,
      `--web.listen-address=${listen}`,
      ...collectors.map((name) => `--collect.${name}`),
    ],
    { stdio: 'ignore' },
  )
  const stop = async (): Promise<void> => {
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilListening(listen, child)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid ?? 0, scrape: (names) => scrape(listen, names), stop }
}

async function scrape(listen: string, collectors: readonly string[]): Promise<Scrape> {
  const query = collectors.map((name) => `collect[]=${encodeURIComponent(name)}`).join('&')
  const answer = await fetch(`http://${listen}/metrics?${query}`, { signal: AbortSignal.timeout(SCRAPE_MS) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the exporter answered ${answer.status}: ${text.slice(0, 200)}`)
  return { bytes: text.length, failed: failedCollectors(text) }
}

/** Names of the collectors of which a scrape says that they did not succeed. */
export const failedCollectors = (metrics: string): readonly string[] =>
  [...metrics.matchAll(/^mysql_exporter_collector_success\{collector="([^"]+)"\} 0$/gm)].map(
    ([, name = '']) => name,
  )

async function untilListening(listen: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + READY_MS
  while (Date.now() < until && child.exitCode === null) {
    const answer = await fetch(`http://${listen}/`).catch(() => null)
    if (answer?.ok === true) return
    await sleep(50)
  }
  throw new Error(`the exporter did not listen on ${listen}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(timer)
}
