/**
 * The command line in one process for many commands: each is `main` itself with arguments, folder, environment and
 * captured output of its own. Starting Node and loading the program takes most of a second; a test file runs
 * hundreds of commands. What is about the process itself (signals, pipes, standard input) is run as its own process.
 */
import { main } from '../../src/cli/main.ts'

/** One command, as the parent sends it. */
export interface HostedCommand {
  readonly cwd: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

async function run(command: HostedCommand): Promise<void> {
  const written = { out: '', err: '' }
  const keep =
    (where: 'out' | 'err') =>
    (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      written[where] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      const done = rest.find((item) => typeof item === 'function')
      if (typeof done === 'function') queueMicrotask(() => done(null))
      return true
    }
  process.stdout.write = keep('out')
  process.stderr.write = keep('err')
  process.chdir(command.cwd)
  process.env = { ...command.env }
  process.exitCode = undefined
  const code = await main(command.args)
  process.send?.({ ...written, code })
}

process.on('message', (command: HostedCommand) => void run(command))
process.on('disconnect', () => process.exit(0))
