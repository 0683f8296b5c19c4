/**
 * `dbmedic start` as an operator runs it, a process of its own in a folder of its own, and what a test of trouble
 * asks of it: what it logs, what it stores meanwhile, and that it ends when told to.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import { ACCOUNTS, PASSWORD } from './mysql-target.ts'
import { PATIENCE_MS, until } from './until.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

/** One line of the log. */
export interface Line {
  readonly level: number
  readonly stage: string
  readonly message: string
  readonly target?: string
  readonly code?: string
  readonly next?: string
  readonly instrument?: string
}

/** How `start` is run. */
export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv
  /** User id to run as, for tests of rights that root does not feel. */
  readonly uid?: number
  readonly args?: readonly string[]
}

/** A running `dbmedic start`. */
export class Started {
  readonly lines: Line[] = []
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  /** What it wrote to standard error that was no log line. */
  text = ''

  constructor(folder: string, options: StartOptions = {}) {
    this.child = spawn(process.execPath, [MAIN, 'start', ...(options.args ?? [])], {
      cwd: folder,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    })
    const stderr = this.child.stderr
    assert.ok(stderr !== null)
    createInterface({ input: stderr }).on('line', (line) => this.#read(line))
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)))
  }

  #read(line: string): void {
    if (line.startsWith('{')) this.lines.push(JSON.parse(line) as Line)
    else this.text += `${line}\n`
  }

  /** The first line that is as wanted, waiting for it. */
  async line(wanted: (line: Line) => boolean, what: string): Promise<Line> {
    await until(
      () => this.lines.some(wanted) || this.child.exitCode !== null,
      what,
      () => this.said(),
    )
    return this.lines.find(wanted) ?? assert.fail(`${what}: it ended first\n${this.said()}`)
  }

  /** The first line with this code (of this target), as the error table states it, with the next step. */
  async trouble(code: ErrorCode, target?: string): Promise<Line> {
    const about = `${code}${target === undefined ? '' : ` of ${target}`}`
    const found = await this.line(
      (l) => l.code === code && (target === undefined || l.target === target),
      about,
    )
    stated(found, code)
    return found
  }

  /** The lines, for a message. */
  said(): string {
    return [...this.lines.slice(-30).map((line) => JSON.stringify(line)), this.text].join('\n')
  }

  /** SIGTERM, as a service manager does; it must end by itself and well. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM')
    const code = await Promise.race([this.ended, sleep(PATIENCE_MS, 'late' as const, { ref: false })])
    if (code === 'late') this.child.kill('SIGKILL')
    assert.equal(code, 0, `it did not end well\n${this.said()}`)
  }
}

/** A folder with a configuration, in which `start` runs; `remove` ends what still runs and deletes it. */
export function troubleFolder(parent = tmpdir()) {
  const folder = mkdtempSync(join(parent, 'dbmedic-trouble-'))
  const running: Started[] = []
  return {
    folder,
    path: (name: string): string => join(folder, name),
    /** Writes dbmedic.yaml; JSON is YAML. */
    configure: (config: object): void => writeFileSync(join(folder, 'dbmedic.yaml'), JSON.stringify(config)),
    /** Runs another command to its end; gives its exit code and what it wrote to standard error. */
    run: (args: readonly string[], options: RunOptions = {}): Promise<Ran> => run(folder, args, options),
    start: (options: StartOptions = {}): Started => {
      const started = new Started(folder, options)
      running.push(started)
      return started
    },
    remove: async (): Promise<void> => {
      for (const each of running.filter((r) => r.child.exitCode === null && r.child.signalCode === null)) {
        each.child.kill('SIGKILL')
        await each.ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** How another command is run. */
export type RunOptions = Pick<StartOptions, 'env' | 'uid'>

/** How it ended. */
export interface Ran {
  readonly code: number
  readonly said: string
}

function run(folder: string, args: readonly string[], { env, uid }: RunOptions): Promise<Ran> {
  const options = {
    cwd: folder,
    env: { ...process.env, ...env },
    timeout: 2 * PATIENCE_MS,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], options, (error, _out, said) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), said }),
    )
  })
}

/** The error a command with `--json` ended with. */
export function errorOf({ said }: Ran): { code: ErrorCode; message: string; hint: string } {
  const last = said.trim().split('\n').at(-1) ?? ''
  return (JSON.parse(last) as { error: { code: ErrorCode; message: string; hint: string } }).error
}

/** The watched side of a private server made ready by `prepareTarget`; its secret is in `SECRETS`. */
export function targetOf(name: string, server: Pick<PrivateServer, 'port'>, more: object = {}) {
  return {
    name,
    engine: 'mysql',
    port: server.port,
    tls: 'disable',
    connectTimeoutMs: 1_000,
    monitor: { user: ACCOUNTS.monitor, password: 'env:DBM_TEST_MONITOR' },
    // At the pace of a laboratory, and on a busy machine, readings cost more than a target is usually asked to give.
    options: { budgetPercent: 10, budgetMsPerSecond: 100 },
    ...more,
  }
}

/** The environment in which the secrets of `targetOf` are. */
export const SECRETS = { DBM_TEST_MONITOR: PASSWORD } as const

/** Intervals of a laboratory, and a lease that ends within a test. */
export const QUICK = { detection: { pace: 0.05 }, runtime: { tickMs: 100, leaseSeconds: 3 } } as const

/** A line, or what a command said, states the row `code` of the error table: message and next step, filled in. */
export function stated(found: { readonly message: string; readonly next?: string }, code: ErrorCode): void {
  const row = ERRORS[code]
  assert.match(found.message, filled(row.message))
  assert.match(found.next ?? '', filled(row.hint))
}

/** The template with anything where a value goes. */
function filled(template: string): RegExp {
  const parts = template.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(parts.join('[^{}]+?'))
}
