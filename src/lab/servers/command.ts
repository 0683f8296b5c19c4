/** Runs one external program to its end, bounded in time, without a shell. */
import { spawn } from 'node:child_process'

/** What came back; `output` is standard output and error together, the last 64 KiB. */
export interface CommandResult {
  /** Exit status; -1 when the program could not be started, was killed, or ran out of time. */
  readonly status: number
  readonly output: string
}

/** How to run it. */
export interface CommandOptions {
  /** Killed after this long; default 60 s. */
  readonly timeoutMs?: number
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

const OUTPUT_BYTES_MAX = 64 * 1024

/** Runs `program` with `args`. Never rejects: a program that cannot be started is status -1 with the reason as output. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      timeout: options.timeoutMs ?? 60_000,
      killSignal: 'SIGKILL',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    let output = ''
    const collect = (chunk: string) => {
      output = (output + chunk).slice(-OUTPUT_BYTES_MAX)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', (error) => resolve({ status: -1, output: error.message }))
    child.on('close', (code) => resolve({ status: code ?? -1, output }))
  })
}
