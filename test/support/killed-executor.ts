/** Executors in processes of their own: started, killed at a point, or left to their turns. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** How a process of an executor ended. */
export interface Ended {
  /** Points it passed, in order; see executor-process.ts. */
  readonly points: readonly string[]
  /** Errors its turns ended with. */
  readonly failures: readonly string[]
  readonly signal: string | null
  readonly log: string
}

/** One process; `ended` settles when it has ended. */
export interface RunningExecutor {
  readonly child: ChildProcess
  /** Resolves once it said this line; rejects if it ended without. */
  said(line: string): Promise<void>
  readonly ended: Promise<Ended>
}

/** A bound for everything here, ms: a process that hangs is a failure, not a wait. */
const LONGEST_MS = 120_000

/** Starts one. `killAt` and `stopAt` are points; `turns` how many turns it takes; `decisionId` the only one it runs. */
export function startExecutor(
  configFile: string,
  options: {
    readonly killAt?: string
    readonly stopAt?: string
    readonly turns?: number
    readonly decisionId?: number
    readonly env?: NodeJS.ProcessEnv
  } = {},
): RunningExecutor {
  const script = join(import.meta.dirname, 'executor-process.ts')
  const only = options.decisionId === undefined ? [] : [String(options.decisionId)]
  const child = spawn(process.execPath, [script, configFile, String(options.turns ?? 1), ...only], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...options.env,
      DBM_TEST_KILL_AT: options.killAt ?? '',
      DBM_TEST_STOP_AT: options.stopAt ?? '',
    },
  })
  const bound = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  let [out, log] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const lines = (start: string): string[] =>
    out
      .split('\n')
      .filter((line) => line.startsWith(start))
      .map((line) => line.slice(start.length))
  const ended = once(child, 'close').then(([, signal]): Ended => {
    clearTimeout(bound)
    return { points: lines('point '), failures: lines('failed '), signal: signal as string | null, log }
  })
  const said = async (line: string): Promise<void> => {
    while (!out.split('\n').includes(line)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`it ended before: ${line}\n${log}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { child, said, ended }
}

/** Runs one to its end. */
export const runExecutor = (...args: Parameters<typeof startExecutor>): Promise<Ended> =>
  startExecutor(...args).ended
