/** The real program, `dbmedic start`, as a child process with a configuration and a store in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import type { TargetAccounts } from '../../src/lab/pieces/accounts.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const STOP_MS = 20_000
/** Different warnings kept; a bench has a handful. */
const NOTES_MAX = 200

/** A server to watch, under a name. */
export interface TargetToWatch {
  readonly name: string
  readonly server: Pick<PrivateServer, 'host' | 'port'>
  readonly accounts: Pick<TargetAccounts, 'monitor' | 'planner' | 'executor'>
}

/** The configuration, written and not yet used. */
export interface DbmedicFolder {
  readonly storeFile: string
  /** Starts the program on it. */
  start(): StartedDbmedic
  /** Warnings and errors the programs started here logged, issues they opened, and how often each. */
  notes(): readonly Note[]
  remove(): Promise<void>
}

/** A line of the log and how often it came. */
export interface Note {
  readonly message: string
  readonly times: number
}

/** A running `dbmedic start`. */
export interface StartedDbmedic {
  readonly pid: number
  /** Resolves when every target is watched. @throws Error if the program ends first, or not all are within `ms`. */
  watching(ms: number): Promise<void>
  /** Throws if the program has ended by itself. */
  mustRun(): void
  /** SIGSTOP: it does nothing at all until `resume`. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** SIGTERM, then SIGKILL after 20 s; resolves when it is gone. */
  stop(): Promise<void>
}

/**
 * Writes the configuration: everything as shipped but the store's place and the targets.
 * @param parent folder in which the store's own is made; null: the temporary folder
 */
export async function dbmedicFolder(
  targets: readonly TargetToWatch[],
  parent: string | null = null,
): Promise<DbmedicFolder> {
  const folder = await mkdtemp(join(parent ?? tmpdir(), 'dbmedic-bench-'))
  const storeFile = join(folder, 'dbmedic.sqlite')
  const passwords: Record<string, string> = {}
  const account = (i: number, role: 'monitor' | 'planner' | 'executor') => {
    const own = targets[i]?.accounts[role]
    const name = `DBMEDIC_BENCH_${i}_${role.toUpperCase()}`
    passwords[name] = own?.password ?? ''
    return { user: own?.user ?? '', password: `env:${name}` }
  }
  const config = {
    store: storeFile,
    keyring: join(folder, 'keyring'),
    targets: targets.map(({ name, server, accounts }, i) => ({
      name,
      engine: 'mysql',
      host: server.host,
      port: server.port,
      tls: 'disable',
      monitor: account(i, 'monitor'),
      planner: account(i, 'planner'),
      executor: account(i, 'executor'),
      options: { ownAccounts: accounts.executor.user },
    })),
  }
  const file = join(folder, 'dbmedic.yaml')
  await writeFile(file, stringify(config), { mode: 0o600 })
  const notes: Notes = new Map()
  return {
    storeFile,
    start: () => new Child({ config: file, passwords, targets: targets.length, notes }),
    notes: () => listed(notes),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

type Notes = Map<string, number>
const listed = (notes: Notes): readonly Note[] => [...notes].map(([message, times]) => ({ message, times }))

interface ChildParts {
  readonly config: string
  readonly passwords: Readonly<Record<string, string>>
  readonly targets: number
  readonly notes: Notes
}

class Child implements StartedDbmedic {
  readonly #child: ChildProcess
  readonly #gone: Promise<string>
  readonly #notes: Notes
  readonly #targets: number
  #watched = 0
  #ended: string | null = null
  #stopping = false
  #onWatched: () => void = () => undefined

  constructor({ config, passwords, targets, notes }: ChildParts) {
    this.#targets = targets
    this.#notes = notes
    const [program, args] = dyingWithUs(process.execPath, [MAIN, '--config', config, 'start'])
    // Detached: a terminal's Ctrl-C reaches the bench alone, which then ends everything in its own order.
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      env: { ...process.env, ...passwords },
    })
    this.#gone = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(error.message))
      this.#child.on('exit', (code, signal) => resolve(signal ?? `status ${code}`))
    })
    void this.#gone.then((how) => {
      this.#ended = how
      this.#onWatched()
    })
    if (this.#child.stderr !== null)
      createInterface({ input: this.#child.stderr }).on('line', (line) => this.#read(line))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async watching(ms: number): Promise<void> {
    if (this.#watched < this.#targets && this.#ended === null) {
      await new Promise<void>((resolve) => {
        this.#onWatched = resolve
        setTimeout(resolve, ms).unref()
      })
    }
    this.mustRun()
    if (this.#watched < this.#targets)
      throw new Error(`dbmedic watched ${this.#watched} of ${this.#targets} targets after ${ms} ms`)
  }

  mustRun(): void {
    if (this.#ended === null || this.#stopping) return
    const said = listed(this.#notes).map((n) => n.message)
    throw new Error(`dbmedic start ended with ${this.#ended}: ${said.join('; ') || 'it logged no error'}`)
  }

  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#ended !== null) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    await this.#gone
    clearTimeout(timer)
  }

  /** A line of its log; what is no JSON is the program's last words. */
  #read(line: string): void {
    const { level, message, resource } = parsed(line)
    if (message === 'watching') {
      this.#watched += 1
      if (this.#watched >= this.#targets) this.#onWatched()
    }
    const worthTelling = level >= LEVEL_WARN || message === 'issue opened'
    if (!worthTelling || this.#notes.size >= NOTES_MAX) return
    const text = resource === null ? message : `${message}: ${resource.slice(0, 120)}`
    this.#notes.set(text, (this.#notes.get(text) ?? 0) + 1)
  }
}

/** pino's number for `warn`. */
const LEVEL_WARN = 40

function parsed(line: string): {
  readonly level: number
  readonly message: string
  readonly resource: string | null
} {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && 'level' in value && 'message' in value) {
      const resource = 'resource' in value ? String(value.resource) : null
      return { level: Number(value.level), message: String(value.message), resource }
    }
  } catch {
    // Not JSON: kept as it is below.
  }
  return { level: LEVEL_WARN, message: line, resource: null }
}

/** Where Linux has `setpriv`, the kernel ends the program when this process ends in any way; `exec` keeps its pid. */
export function dyingWithUs(program: string, args: readonly string[]): [string, readonly string[]] {
  const setpriv = '/usr/bin/setpriv'
  if (process.platform !== 'linux' || !existsSync(setpriv)) return [program, args]
  return [setpriv, ['--pdeathsig', 'TERM', program, ...args]]
}
