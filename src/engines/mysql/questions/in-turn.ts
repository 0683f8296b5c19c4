/** Statements of a session that belong together. */
import type { Reader } from './question.ts'

const turns = new WeakMap<Reader, Promise<unknown>>()

/** Does `work` once all that was begun before on this session is done: USE, EXPLAIN and SHOW WARNINGS let nothing come in between. */
export function inTurn<T>(session: Reader, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(session) ?? Promise.resolve()).then(work)
  turns.set(
    session,
    mine.catch(() => undefined),
  )
  return mine
}
