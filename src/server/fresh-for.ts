/** Figures of a workspace that many pages ask for at once, counted once for all of them while nothing has changed. */

/** Workspaces whose figures are kept at most. */
const KEPT_MOST = 200

interface Kept<T> {
  readonly seq: number
  /** When it was asked for, ms of the process's own clock. */
  readonly at: number
  readonly value: Promise<T>
}

/** What figures are read with. */
export interface FigureSource<T> {
  /** The newest link of the chain: every change of the pipeline adds one (ADR 0008). */
  newestSeq(): Promise<number>
  /** @param seq the newest link as it was before the read */
  read(workspaceId: number, seq: number): Promise<T>
}

/**
 * Reads figures, or gives those read within `ms` while no link was added to the chain. The link is read first, so whoever
 * was told of a change never gets figures from before it. A read that failed is not kept.
 */
export function freshFor<T>(
  ms: number,
  { newestSeq, read }: FigureSource<T>,
): (workspaceId: number) => Promise<T> {
  const kept = new Map<number, Kept<T>>()
  return async (workspaceId) => {
    const seq = await newestSeq()
    const known = kept.get(workspaceId)
    if (known !== undefined && known.seq === seq && performance.now() - known.at < ms) return known.value
    const mine = { seq, at: performance.now(), value: read(workspaceId, seq) }
    if (kept.size >= KEPT_MOST) kept.clear()
    kept.set(workspaceId, mine)
    mine.value.catch(() => {
      if (kept.get(workspaceId) === mine) kept.delete(workspaceId)
    })
    return mine.value
  }
}
