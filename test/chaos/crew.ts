/** The roles of `dbmedic start`, each a process of its own: started, killed, paused, watched for memory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROLES, type Role } from '../../src/core/vocabulary.ts'
import type { House } from './house.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const SAMPLE_MS = 2_000
/** Longest wait for a role that was told to end, ms. */
const ENDING_MS = 30_000
/** A role that ended by itself is started again after this, ms. */
const RESTART_MS = 1_000

/** One reading of a process’s memory. */
export interface MemorySample {
  /** Since this process began, s. */
  readonly ageSeconds: number
  readonly residentBytes: number
}

/** What became of a role. */
export interface RoleRecord {
  readonly role: Role
  readonly memory: readonly MemorySample[]
  starts: number
  kills: number
  /** Ends nobody asked for: exit status or signal. */
  readonly surprises: string[]
  /** Log lines of level warning and above, by error code (or stage). */
  readonly troubles: ReadonlyMap<string, number>
}

/** One line of a role's log. */
interface LogLine {
  readonly level: number
  readonly stage?: string
  readonly code?: string
  readonly message?: string
}

const WARNING = 40

class RoleProcess {
  readonly memory: MemorySample[] = []
  readonly surprises: string[] = []
  readonly logFile: string
  starts = 0
  kills = 0
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #expected = false
  #beganMs = 0
  #logBytesAtStart = 0
  readonly role: Role
  readonly #house: House

  constructor(role: Role, house: House) {
    this.role = role
    this.#house = house
    this.logFile = join(house.folder, `${role}.log`)
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  start(): void {
    if (this.#child !== null) return
    const log = openSync(this.logFile, 'a')
    const { configFile, folder, environment } = this.#house
    const child = spawn(process.execPath, [MAIN, '-c', configFile, 'start', '--role', this.role], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', log],
    })
    this.#logBytesAtStart = fstatSync(log).size
    closeSync(log)
    this.starts += 1
    this.#child = child
    this.#expected = false
    this.#beganMs = Date.now()
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#child = null
        resolve()
        if (this.#expected) return
        this.surprises.push(signal ?? `status ${code}`)
        // As a service manager does.
        setTimeout(() => this.#expected || this.start(), RESTART_MS).unref()
      })
    })
  }

  async kill(): Promise<void> {
    this.#expected = true
    if (this.#child === null) return
    this.kills += 1
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal)
  }

  /** As a service manager ends it. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#expected = true
    if (child === null) return
    let status: number | string | null = null
    child.once('exit', (code, signal) => {
      status = signal ?? code
    })
    child.kill('SIGTERM')
    const late = await Promise.race([this.#ended, sleep(ENDING_MS, 'late' as const, { ref: false })])
    if (late === 'late') {
      child.kill('SIGKILL')
      await this.#ended
    }
    // One that was told to end before it could listen was ended by the signal itself.
    const isYoung = status === 'SIGTERM' && statSync(this.logFile).size === this.#logBytesAtStart
    if (status !== 0 && !isYoung)
      this.surprises.push(late === 'late' ? 'did not end when told to' : `ended with ${status}`)
  }

  sample(): void {
    const { pid } = this
    if (pid === null) return
    const residentBytes = residentBytesOf(pid)
    if (residentBytes === null) return
    this.memory.push({ ageSeconds: (Date.now() - this.#beganMs) / 1000, residentBytes })
  }
}

/** Every role of one installation. */
export class Crew {
  readonly #roles: ReadonlyMap<Role, RoleProcess>
  #timer: NodeJS.Timeout | undefined

  constructor(house: House) {
    this.#roles = new Map(ROLES.map((role) => [role, new RoleProcess(role, house)]))
  }

  /** Starts those that do not run. */
  start(): void {
    for (const each of this.#roles.values()) each.start()
    this.#timer ??= setInterval(() => {
      for (const each of this.#roles.values()) each.sample()
    }, SAMPLE_MS).unref()
  }

  /** SIGKILL, and after `downMs` it is started again. */
  async killAndRestart(role: Role, downMs: number): Promise<void> {
    await this.#of(role).kill()
    await sleep(downMs)
    this.#of(role).start()
  }

  /** Stands still for so long. */
  async pause(role: Role, ms: number): Promise<void> {
    this.#of(role).signal('SIGSTOP')
    await sleep(ms)
    this.#of(role).signal('SIGCONT')
  }

  /** Process ids of those that run. */
  pids(): readonly number[] {
    return [...this.#roles.values()].flatMap(({ pid }) => (pid === null ? [] : [pid]))
  }

  /** Ends all; whoever does not end well is on record. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.#roles.values()].map((each) => each.stop()))
  }

  /** Kills all. Safe to call at any time. */
  async abandon(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.#roles.values()].map((each) => each.kill()))
  }

  records(): readonly RoleRecord[] {
    return [...this.#roles.values()].map((each) => ({
      role: each.role,
      memory: each.memory,
      starts: each.starts,
      kills: each.kills,
      surprises: each.surprises,
      troubles: troublesIn(each.logFile),
    }))
  }

  #of(role: Role): RoleProcess {
    const found = this.#roles.get(role)
    if (found === undefined) throw new RangeError(`no role ${role}`)
    return found
  }
}

/** Resident set size (proc(5)); null where the process is gone. */
function residentBytesOf(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}

function troublesIn(logFile: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of readFileSync(logFile, 'utf8').split('\n')) {
    const line = lineOf(text)
    if (line === null || line.level < WARNING) continue
    const what = line.code ?? `${line.stage ?? 'unknown'}: ${kindOf(line.message ?? '')}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return counts
}

/** A message without what differs from one to the next. */
const kindOf = (message: string): string => message.replace(/\d+/g, 'N').slice(0, 90)

/** A killed process may leave half a line; what is no log line is counted by its text. */
function lineOf(text: string): LogLine | null {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { level: WARNING, stage: 'standard error', message: text }
  }
}
