/** A request that changes something, as the tests of all such requests make it. */
import type { Actor, ApiWorld, Browser } from './api-world.ts'

/** The password of everybody who needs one. */
export const PASSWORD = 'four plain words here'

/** A request that is taken. */
export interface Change {
  readonly browser: Browser
  readonly url: string
  readonly payload?: object
  /** The answer. */
  readonly status: number
}
/** Makes the rows a request needs, and the request. Each call makes new ones. */
export type Maker = (api: ApiWorld) => Promise<Change>

let count = 0
/** A name nothing else has. */
export const next = (): string => {
  count += 1
  return `row${count}`
}

/** The change, by somebody of a role. */
export const as = async (api: ApiWorld, actor: Actor, change: Omit<Change, 'browser'>): Promise<Change> => ({
  ...change,
  browser: await api.signIn(actor),
})
