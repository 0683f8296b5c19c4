/** How much work one file may cost: steps are counted, and the clock is looked at now and then. Past either, reading it ends. */

/** Longest one file may take, ms of processor time: on a busy machine a file takes longer, and is read all the same. */
export const FILE_TIME_MAX_MS = 5_000
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Steps between two looks at the clock. */
const LOOK_EVERY = 512

/** Thrown where a file has cost all it may; what was found before stays. */
export class TooLong extends Error {
  /** Offset in the file of what was being looked at. */
  readonly offset: number

  constructor(offset: number) {
    super('the file takes too long')
    this.offset = offset
  }
}

/** The work done on the file that is being read. A step is one node or one entry of a list looked at by what follows values. */
export class Effort {
  readonly #timeMaxMs: number
  #steps = 0
  #looked = 0
  #until = Number.POSITIVE_INFINITY
  #offset = 0

  /** @param timeMaxMs - longest a file may take, ms of processor time */
  constructor(timeMaxMs = FILE_TIME_MAX_MS) {
    this.#timeMaxMs = timeMaxMs
  }

  /** Steps since {@link begin}. */
  get steps(): number {
    return this.#steps
  }

  /** Another file begins. */
  begin(): void {
    this.#steps = 0
    this.#looked = 0
    this.#offset = 0
    this.#until = cpuMs() + this.#timeMaxMs
  }

  /** What stands at this offset of the file is looked at next. @throws TooLong */
  at(offset: number): void {
    this.#offset = offset
    this.spend(1)
  }

  /** Counts steps. @throws TooLong where the file's time is over */
  spend(steps: number): void {
    this.#steps += steps
    if (this.#steps - this.#looked < LOOK_EVERY) return
    this.#looked = this.#steps
    if (cpuMs() > this.#until) throw new TooLong(this.#offset)
  }
}
