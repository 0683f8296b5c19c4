/**
 * One running server program: started, waited for, stopped by its own pid, and never outliving this process.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { DbmedicError } from '../../core/errors.ts'

const POLL_MS = 10
const LOG_TAIL_BYTES = 4096
const REMOVE_TRIES = 40
const REMOVE_PAUSE_MS = 25
/** Both servers log this once all is set up, in every version since 5.0; asking by TCP would count as an aborted connect. */
const READY = /ready for connections/

/** How to start it. */
export interface LaunchOptions {
  /** For messages, e.g. `mariadb 10.11.19-MariaDB`. */
  readonly title: string
  readonly program: string
  readonly args: readonly string[]
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly errorLogPath: string
  /** What its log says once it accepts connections. Default: what MariaDB and MySQL say. */
  readonly ready?: RegExp
  /** The server is killed and the launch fails after this long. */
  readonly readyMs: number
}

/** A private server's folder and, once started, its process: what has to go when this process ends. */
export interface Watched {
  readonly home: string
  child: ChildProcess | undefined
}

/** Starts the program and returns when it accepts connections. Throws DBM_LAB_SERVER_FAILED with the error log's tail. */
export async function launch(watched: Watched, options: LaunchOptions): Promise<void> {
  const from = (await stat(options.errorLogPath).catch(() => undefined))?.size ?? 0
  const [program, args] = dyingWithUs(options.program, options.args)
  const child = spawn(program, args, { stdio: 'ignore', env: { ...ownEnvironment(), ...options.env } })
  watched.child = child
  child.unref()
  let problem: string | undefined
  child.on('error', (error) => {
    problem = error.message
  })
  child.on('exit', (code, signal) => {
    problem ??= `it ended with ${signal ?? `status ${code}`} before it accepted connections`
  })
  const deadline = Date.now() + options.readyMs
  const ready = options.ready ?? READY
  while (!ready.test(await readFrom(options.errorLogPath, from))) {
    if (problem === undefined && Date.now() > deadline) problem = `not ready within ${options.readyMs} ms`
    if (problem !== undefined) {
      child.kill('SIGKILL')
      throw await launchFailed(options, problem)
    }
    await sleep(POLL_MS)
  }
}

/** Ends the process with `signal` and waits until it is gone; SIGKILL after `patienceMs`. Does nothing when there is none. */
export async function end(watched: Watched, signal: NodeJS.Signals, patienceMs: number): Promise<void> {
  const { child } = watched
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.ref()
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await gone
  clearTimeout(timer)
}

/** Where Linux has `setpriv`, the kernel kills the server when this process ends in any way, `kill -9` included. */
function dyingWithUs(program: string, args: readonly string[]): [string, readonly string[]] {
  const setpriv = '/usr/bin/setpriv'
  if (process.platform !== 'linux' || !existsSync(setpriv)) return [program, args]
  return [setpriv, ['--pdeathsig', 'KILL', program, ...args]]
}

async function launchFailed(options: LaunchOptions, problem: string): Promise<DbmedicError> {
  const log = await readFrom(options.errorLogPath, -LOG_TAIL_BYTES)
  return new DbmedicError('DBM_LAB_SERVER_FAILED', {
    server: options.title,
    problem,
    log: log.trim() || 'Its error log is empty.',
  })
}

/** Text of a file from byte `from` (negative: from the end), at most 1 MiB; empty when there is no file. */
async function readFrom(path: string, from: number): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const start = from < 0 ? Math.max(0, size + from) : from
    const buffer = Buffer.alloc(Math.min(Math.max(0, size - start), 1024 * 1024))
    await file.read(buffer, 0, buffer.length, start)
    return buffer.toString('utf8')
  } finally {
    await file.close()
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const everyone = new Set<Watched>()

/** From now on `home` and the server that runs in it go when this process ends, until `discard` ends them sooner. */
export function keepWatch(home: string): Watched {
  const watched: Watched = { home, child: undefined }
  if (everyone.size === 0) {
    process.on('exit', endAll)
    for (const signal of SIGNALS) process.on(signal, onSignal)
  }
  everyone.add(watched)
  return watched
}

/** Kills the server if it runs and deletes its folder. Safe to call twice. */
export async function discard(watched: Watched): Promise<void> {
  await end(watched, 'SIGKILL', 0)
  await rm(watched.home, { recursive: true, force: true, maxRetries: 3 })
  everyone.delete(watched)
  if (everyone.size === 0) forgetSignals()
}

function endAll(): void {
  for (const { child, home } of everyone) {
    child?.kill('SIGKILL')
    removeNow(home)
  }
  everyone.clear()
}

/** A server just killed may still create a file or two, and nothing can be awaited while this process ends. */
function removeNow(home: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let attempt = 1; attempt <= REMOVE_TRIES; attempt += 1) {
    try {
      rmSync(home, { recursive: true, force: true })
      return
    } catch {
      Atomics.wait(clock, 0, 0, REMOVE_PAUSE_MS)
    }
  }
}

/** A program with its own handler tears down in its own order (`exit` is the net); without one we end as the signal would. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  endAll()
  forgetSignals()
  process.kill(process.pid, signal)
}

function forgetSignals(): void {
  process.off('exit', endAll)
  for (const signal of SIGNALS) process.off(signal, onSignal)
}

/** Ours without passphrases and passwords: a server's environment can be read by whoever may read its process. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(DBMEDIC|DBM)_/.test(name))
  return { ...Object.fromEntries(kept), LC_ALL: 'C' }
}
