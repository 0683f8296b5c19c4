/**
 * Keeps the server on processor cores of its own, and sysbench, dbmedic and this process on the last one, as they would be
 * on other machines: so that what is measured is what watching asks of the server, not a fight for one processor.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Which cores serve whom. */
export interface Pinning {
  readonly server: readonly number[]
  readonly others: readonly number[]
}

/** The cores to use; null with fewer than two, or where taskset (util-linux) or /proc is missing. */
export function pinningHere(): Pinning | null {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).status !== 0) return null
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const cores = coresOf(list)
  return cores.length < 2 ? null : { server: cores.slice(0, -1), others: cores.slice(-1) }
}

/** The numbers of a list such as `0-2,5`. */
export function coresOf(list: string): readonly number[] {
  return list.split(',').flatMap((part) => {
    const [from, to] = part.split('-').map(Number)
    if (from === undefined || Number.isNaN(from) || part === '') return []
    return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i)
  })
}

/** Pins every thread of a process; those it starts later, and its children, inherit it. @throws Error */
export function pin(pid: number, cores: readonly number[]): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`taskset could not pin process ${pid}: ${stderr.trim()}`)
}
