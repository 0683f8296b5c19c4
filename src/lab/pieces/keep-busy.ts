/** A machine short of processors: programs that do nothing but count beside what is being tried. */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Programs for each processor: with as many beside it, a thread that wants to run waits for its turn more often than not. */
export const PROGRAMS_A_PROCESSOR = 12

/** Programs that are counting. */
export interface BusyPrograms {
  readonly pids: readonly number[]
  /** Ends those that still count; safe to call twice. */
  stop(): Promise<void>
}

/** Starts them; each ends by itself after `forMs`, ms. */
export function keepBusy(forMs: number): BusyPrograms {
  const count = `const until = Date.now() + ${Math.max(0, forMs)}; while (Date.now() < until);`
  const programs = Array.from({ length: PROGRAMS_A_PROCESSOR * availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', count], { stdio: 'ignore' }),
  )
  const ended = programs.map(
    (program) =>
      new Promise<void>((resolve) => {
        program.once('exit', () => resolve())
        program.once('error', () => resolve())
      }),
  )
  return {
    pids: programs.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    async stop() {
      for (const program of programs) program.kill('SIGKILL')
      await Promise.all(ended)
    },
  }
}
