/** The newest windows of one instrument, bounded in age and number, oldest first. */
export class Recent<T> {
  readonly #spanMs: number
  readonly #most: number
  readonly #now: () => number
  #kept: { readonly atMs: number; readonly value: T }[] = []

  /** Keeps what is at most `spanMs` old, and at most `most`. */
  constructor(spanMs: number, most: number, now: () => number = () => performance.now()) {
    this.#spanMs = spanMs
    this.#most = most
    this.#now = now
  }

  /** Adds a value; the same object as the newest is not added twice. */
  add(value: T): void {
    if (this.#kept.at(-1)?.value === value) return
    this.#kept.push({ atMs: this.#now(), value })
    const oldestMs = this.#now() - this.#spanMs
    this.#kept = this.#kept.filter((one) => one.atMs >= oldestMs).slice(-this.#most)
  }

  /** All values, oldest first. */
  get values(): readonly T[] {
    return this.#kept.map((one) => one.value)
  }

  /** Forgets everything. */
  clear(): void {
    this.#kept = []
  }
}
