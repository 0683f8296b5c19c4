/** A lease: who holds it and for how long. Times are the store's. */
export interface Lease {
  readonly owner: string
  readonly seconds: number
}
