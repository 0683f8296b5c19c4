/** Memory and processor time of a process, from Linux's /proc (proc_pid_stat(5), proc_pid_status(5)). */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { CannotMeasure } from './run-bench.ts'

/** What a process uses now. */
export interface ProcessUsage {
  /** Resident memory, MiB. */
  readonly rssMiB: number
  /** The most it ever was, MiB. */
  readonly peakMiB: number
  /** Processor time in user and kernel mode since its start, all threads, s. */
  readonly cpuSeconds: number
}

const UTIME = 14
const STIME = 15

let ticksPerSecond: number | null = null

/** @throws CannotMeasure where there is no /proc */
export function requireProc(): void {
  if (!existsSync('/proc/self/stat'))
    throw new CannotMeasure('memory and processor time are read from /proc, which only Linux has')
}

/** Reads it. @throws Error where there is no such process, or no /proc. */
export function usageOf(pid: number): ProcessUsage {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK']).toString())
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  return {
    rssMiB: kib(status, 'VmRSS') / 1024,
    peakMiB: kib(status, 'VmHWM') / 1024,
    cpuSeconds: (field(UTIME) + field(STIME)) / ticksPerSecond,
  }
}

function kib(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)
  if (found?.[1] === undefined) throw new Error(`/proc shows no ${name}: the process has ended`)
  return Number(found[1])
}
