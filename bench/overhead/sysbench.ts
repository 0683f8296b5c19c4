/** sysbench (https://github.com/akopytov/sysbench, version 1.0) as a child process: prepare once, run, read its report. */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { quantile } from '../support/figures.ts'
import { Interrupted } from '../support/run-bench.ts'

/** The workloads measured, by sysbench's own names. */
export const WORKLOADS = ['oltp_read_write', 'oltp_read_only'] as const
/** One of them. */
export type Workload = (typeof WORKLOADS)[number]

/** How sysbench reaches the server and what it works on. */
export interface SysbenchTarget {
  readonly socketPath: string
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tables: number
  /** Rows of each table. */
  readonly rows: number
  readonly threads: number
}

/** What sysbench tells of one second. */
export interface SysbenchSecond {
  readonly transactions: number
  readonly p95Ms: number
  readonly errors: number
}

/** How a run is asked for. */
export interface SysbenchRun {
  readonly workload: Workload
  readonly seconds: number
  readonly seed: number
  readonly signal: AbortSignal
}

/** A run that goes on until it is stopped. */
export interface RunningSysbench {
  /** Seconds told so far. */
  seen(): number
  /** Means over the seconds `from` to before `to`. @throws Error of none */
  between(
    from: number,
    to: number,
  ): {
    readonly transactionsPerSecond: number
    readonly p95Ms: number
    readonly errors: number
  }
  /** @throws Error with sysbench's own words if it ended by itself */
  mustRun(): void
  stop(): Promise<void>
}

/** Its version line, e.g. `sysbench 1.0.20`; null where it is not installed. */
export function sysbenchVersion(): string | null {
  const { status, stdout } = spawnSync('sysbench', ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/** Creates and fills the tables; the account needs every privilege on the database. @throws Error, Interrupted */
export async function prepareTables(target: SysbenchTarget, signal: AbortSignal): Promise<void> {
  await sysbench(['oltp_read_write', ...reach(target), 'prepare'], signal)
}

/** Starts one workload, telling each second. */
export function startWorkload(target: SysbenchTarget, run: SysbenchRun): RunningSysbench {
  const args = [`--time=${run.seconds}`, '--percentile=95', '--report-interval=1', `--rand-seed=${run.seed}`]
  const child = spawn('sysbench', [run.workload, ...reach(target), ...args, 'run'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const seconds: SysbenchSecond[] = []
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const second = readSecond(line)
      if (second === null) said = `${said}${line}\n`.slice(-SAID_MAX)
      else seconds.push(second)
    })
  }
  const kill = (): void => void child.kill('SIGKILL')
  run.signal.addEventListener('abort', kill, { once: true })
  let ended: string | null = null
  const gone = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      ended = error.message
      resolve()
    })
    child.on('close', (code, signal) => {
      ended ??= `sysbench ended with ${code ?? signal}:\n${said.trim()}`
      resolve()
    })
  })
  return {
    seen: () => seconds.length,
    between: (from, to) => summed(seconds.slice(from, to)),
    mustRun: () => {
      if (ended !== null) throw new Error(ended)
    },
    stop: async () => {
      kill()
      await gone
      run.signal.removeEventListener('abort', kill)
    },
  }
}

/** A line of `--report-interval=1`; null of any other. */
export function readSecond(line: string): SysbenchSecond | null {
  const found = /^\[ \d+s \] .*\btps: ([\d.]+) .*\(ms,95%\): ([\d.]+) err\/s: ([\d.]+)/.exec(line)
  if (found === null) return null
  const [transactions, p95Ms, errors] = found.slice(1).map(Number)
  return { transactions: transactions ?? 0, p95Ms: p95Ms ?? 0, errors: errors ?? 0 }
}

function summed(seconds: readonly SysbenchSecond[]) {
  if (seconds.length === 0) throw new Error('sysbench told of no second: it hangs, or the side is too short')
  const sum = (of: (one: SysbenchSecond) => number): number =>
    seconds.reduce((total, one) => total + of(one), 0)
  return {
    transactionsPerSecond: sum((one) => one.transactions) / seconds.length,
    p95Ms: quantile(
      seconds.map((one) => one.p95Ms),
      0.5,
    ),
    errors: sum((one) => one.errors),
  }
}

/** Characters of its last words kept. */
const SAID_MAX = 4000

const reach = (t: SysbenchTarget): string[] => [
  '--db-driver=mysql',
  `--mysql-socket=${t.socketPath}`,
  `--mysql-user=${t.user}`,
  `--mysql-password=${t.password}`,
  `--mysql-db=${t.database}`,
  `--tables=${t.tables}`,
  `--table-size=${t.rows}`,
  `--threads=${t.threads}`,
]

function sysbench(args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('sysbench', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const onAbort = (): void => void child.kill('SIGKILL')
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    child.on('error', reject)
    child.on('close', (code) => {
      signal.removeEventListener('abort', onAbort)
      if (code === 0) resolve(output)
      else if (signal.aborted) reject(new Interrupted('interrupted; everything was stopped and removed'))
      else reject(new Error(`sysbench ended with ${code}:\n${output.trim().slice(-2000)}`))
    })
  })
}
