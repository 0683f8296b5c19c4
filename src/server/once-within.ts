/** Work whose outcome everybody shares who asks while it is done, and for some time after. */

/**
 * Does the work unless it was done within `ms`. Whoever asks while it is done waits for that one, so that it is never done
 * twice at once, however many ask and however long it takes. What failed is done again for the next who asks.
 */
export function onceWithin(ms: number, work: () => Promise<void>): () => Promise<void> {
  let doing: Promise<void> | null = null
  let doneAt = Number.NEGATIVE_INFINITY
  const once = async (): Promise<void> => {
    try {
      await work()
      doneAt = performance.now()
    } finally {
      doing = null
    }
  }
  return async () => {
    if (doing === null && performance.now() - doneAt < ms) return
    doing ??= once()
    await doing
  }
}
