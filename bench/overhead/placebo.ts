/**
 * A process that uses as much processor time as dbmedic does, in the same kind of bursts over the same kind of objects,
 * and asks no server anything: what it does to a server's throughput is what any program on that machine would do.
 */
import { type ChildProcess, spawn } from 'node:child_process'

/** The work: a burst each 250 ms of building, writing and reading rows, for the share told on standard input. */
const WORK = `
let percent = Number(process.argv[1])
process.stdin.on('data', (text) => { percent = Number(text.toString().trim().split('\\n').at(-1)) })
const rows = () => Array.from({ length: 50 }, (_, i) => ({ id: i, digest: 'd'.repeat(32) + i, calls: i * 7, ms: i / 3 }))
setInterval(() => {
  const until = process.cpuUsage().user / 1000 + 2.5 * percent
  while (process.cpuUsage().user / 1000 < until) JSON.parse(JSON.stringify(rows()))
}, 250)
`

/** A running placebo. */
export class Placebo {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** @param percent of one core */
  static start(percent: number): Placebo {
    const child = spawn(process.execPath, ['-e', WORK, String(percent)], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // Ended while it was written to: the round notices by its processor time.
    child.stdin?.on('error', () => undefined)
    return new Placebo(child)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Another share from its next burst on; percent of one core. */
  use(percent: number): void {
    this.#child.stdin?.write(`${percent}\n`)
  }

  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}
