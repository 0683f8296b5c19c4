/** Ends what the tests of a file or suite started, whatever failed: a process or server left over keeps the file from ending. */
import type { ChildProcess } from 'node:child_process'
import { after } from 'node:test'

/** Longest wait for one thing to end, ms. What takes longer is told as a failure, and the others are ended all the same. */
const PATIENCE_MS = 30_000

/** Adds something to end. */
export type AddEnd = (end: () => Promise<unknown>) => void

/**
 * Called where the suite is described. What is added is ended after its last test, the newest first. One that cannot end does
 * not keep the others from it; then the hook fails with its reason.
 */
export function endedAfter(): AddEnd {
  const ends: Parameters<AddEnd>[0][] = []
  after(async () => {
    const failures: unknown[] = []
    for (const end of ends.splice(0).reverse()) await inTime(end).catch((error) => failures.push(error))
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures)
  })
  return (end) => void ends.push(end)
}

async function inTime(end: () => Promise<unknown>): Promise<void> {
  let late: NodeJS.Timeout | undefined
  const patience = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`does not end within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
  })
  await Promise.race([end(), patience]).finally(() => clearTimeout(late))
}

/** Interrupts a process as Ctrl-C does, and ends it by force where that is not enough. Gives its status; null: by force. */
export async function endProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS - 5_000)
  return ended.finally(() => clearTimeout(late))
}
