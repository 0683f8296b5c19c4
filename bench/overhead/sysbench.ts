/** sysbench (https://github.com/akopytov/sysbench, version 1.0) as a child process: prepare once, run, read its report. */
import { spawn, spawnSync } from 'node:child_process'
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

/** One run's report. */
export interface SysbenchFigures {
  readonly transactionsPerSecond: number
  readonly p95Ms: number
  readonly transactions: number
  readonly errors: number
}

/** How a run is asked for. */
export interface SysbenchRun {
  readonly workload: Workload
  readonly seconds: number
  readonly seed: number
  readonly signal: AbortSignal
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

/** Runs one workload. @throws Error with sysbench's own words, Interrupted */
export async function runWorkload(target: SysbenchTarget, run: SysbenchRun): Promise<SysbenchFigures> {
  const args = [`--time=${run.seconds}`, '--percentile=95', `--rand-seed=${run.seed}`]
  return readReport(await sysbench([run.workload, ...reach(target), ...args, 'run'], run.signal))
}

/** The figures of sysbench's report. @throws Error if it is none. */
export function readReport(text: string): SysbenchFigures {
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(text)?.[1]
    if (found === undefined)
      throw new Error(`sysbench's report has no ${pattern.source}:\n${text.slice(-2000)}`)
    return Number(found)
  }
  return {
    transactionsPerSecond: number(/transactions:\s+\d+\s+\(([\d.]+) per sec\.\)/),
    transactions: number(/transactions:\s+(\d+)/),
    p95Ms: number(/95th percentile:\s+([\d.]+)/),
    errors: number(/ignored errors:\s+(\d+)/),
  }
}

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
