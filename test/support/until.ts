/** Waiting for a condition itself, never for a time in which a machine should have got there. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** A bound, not an expectation: what takes this long will not come. */
export const PATIENCE_MS = 30_000

/** Waits until it is so, asking every `everyMs`; 30 s at most. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  context: () => string = () => '',
  everyMs = 50,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (performance.now() > deadline) assert.fail(`it never came to this: ${what}\n${context()}`)
    await sleep(everyMs)
  }
}

/** What becomes of the work, 30 s at most: for work that a broken program would leave open for much longer or for ever. */
export async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const stop = new AbortController()
  const late = sleep(PATIENCE_MS, undefined, { signal: stop.signal }).then(() =>
    assert.fail(`it did not end: ${what}`),
  )
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    stop.abort()
  }
}
