/** Scans a folder again whenever something in it changes, and says what that changed. */
import { resolve } from 'node:path'
import {
  type CodeFinding,
  emptyMemory,
  type FindingsChange,
  findingsChange,
  type ScanMemory,
  type ScanResult,
  type Skipped,
  scan,
} from '../scanner/index.ts'
import { type OutsideOptions, readMemory, writeMemory } from './scan-cache.ts'
import { Settled } from './settled.ts'
import { WatchedFolders } from './watched-folders.ts'

/** Nothing may have happened for this long before a scan begins, ms: an editor's save is several changes, a checkout thousands. */
const QUIET_MS = 100
/** Where changes go on and on, a scan begins this long after the first, ms. */
const LONGEST_MS = 5_000
/** How often is looked where folders cannot be watched, ms. */
const LOOK_EVERY_MS = 2_000

/** What one look found. */
export interface WatchRound extends FindingsChange {
  readonly result: ScanResult
  /** All there are now. What was found in a file that does not parse just now is still there. */
  readonly findings: readonly CodeFinding[]
  /** Files that can be read no more, or only in part, since this look. */
  readonly unread: readonly Skipped[]
  /** Folders the system does not let be watched; they are looked at every two seconds. */
  readonly unwatched: number
}

/** How it is watched. */
export interface WatchOptions extends OutsideOptions {
  /** Ends it. */
  readonly signal: AbortSignal
  /** Findings that are not to be spoken of are left out by this. Default: none. */
  readonly shown?: (findings: readonly CodeFinding[]) => readonly CodeFinding[]
  /** Called after the first scan, and after each that found something else or something that can be read no more. */
  readonly onRound: (round: WatchRound, isFirst: boolean) => void
  /** Called where a scan was not possible, such as of a dump that cannot be read just now; the next change is waited for. */
  readonly onFailure: (error: unknown) => void
}

/** Watches a folder until the signal. @throws what the first scan throws */
export async function watchScan(folder: string, options: WatchOptions): Promise<void> {
  const { signal } = options
  const watch = new Watch(folder, options)
  try {
    await watch.begin()
    if (signal.aborted) return
    await new Promise<void>((ended) => signal.addEventListener('abort', () => ended(), { once: true }))
  } finally {
    await watch.end()
  }
}

class Watch {
  readonly #folder: string
  readonly #options: WatchOptions
  readonly #memory: ScanMemory
  readonly #folders: WatchedFolders
  readonly #settled: Settled
  #looking: NodeJS.Timeout | undefined
  #last: { readonly findings: readonly CodeFinding[]; readonly skipped: readonly Skipped[] } | null = null
  #scanning: Promise<void> = Promise.resolve()
  #isEnded = false

  constructor(folder: string, options: WatchOptions) {
    this.#folder = resolve(folder)
    this.#options = options
    this.#memory = (options.cache === false ? null : readMemory(folder, ['files'])) ?? emptyMemory()
    this.#settled = new Settled({ quietMs: QUIET_MS, longestMs: LONGEST_MS }, () => this.#again())
    this.#folders = new WatchedFolders(() => this.#settled.notice())
  }

  /** The first scan. */
  async begin(): Promise<void> {
    await this.#round()
    if (this.#options.cache !== false) writeMemory(this.#folder, 'files', this.#memory)
  }

  async end(): Promise<void> {
    this.#isEnded = true
    this.#settled.stop()
    clearInterval(this.#looking)
    this.#folders.close()
    await this.#scanning
  }

  /** One scan after the other; what changes during one is noticed and leads to the next. */
  #again(): void {
    this.#scanning = this.#scanning.then(async () => {
      if (this.#isEnded) return
      try {
        await this.#round()
      } catch (error) {
        this.#options.onFailure(error)
      }
    })
  }

  async #round(): Promise<void> {
    const { rules, review, schemaFile } = this.#options
    const result = await scan(this.#folder, {
      ...(rules === undefined ? {} : { rules }),
      ...(review === undefined ? {} : { review }),
      ...(schemaFile === undefined ? {} : { schemaFile }),
      memory: this.#memory,
    })
    // What changed between a look into a folder and its first watch is seen by one more scan, which costs little.
    if (this.#folders.set(this.#memory.folders)) this.#settled.notice()
    this.#look()
    this.#tell(result)
  }

  /** Where not everything can be watched it is looked at now and then. */
  #look(): void {
    const isNeeded = this.#folders.unwatched > 0
    if (!isNeeded) clearInterval(this.#looking)
    this.#looking = isNeeded ? (this.#looking ?? setInterval(() => this.#again(), LOOK_EVERY_MS)) : undefined
  }

  #tell(result: ScanResult): void {
    const isFirst = this.#last === null
    const before = this.#last ?? { findings: [], skipped: [] }
    const skipped = new Set(result.skipped.map(({ file }) => file))
    // A file in the middle of being written does not parse: what was wrong in it is not mended by that.
    const kept = before.findings.filter(({ file }) => skipped.has(file))
    const own = (this.#options.shown ?? ((all) => all))(result.findings)
    const findings = [...own, ...findingsChange(own, kept).fresh]
    const change = findingsChange(before.findings, findings)
    const unread = result.skipped.filter(
      ({ file, because }) => !before.skipped.some((each) => each.file === file && each.because === because),
    )
    this.#last = { findings, skipped: result.skipped }
    if (isFirst || change.fresh.length + change.gone.length + unread.length > 0)
      this.#options.onRound(
        { ...change, result, findings, unread, unwatched: this.#folders.unwatched },
        isFirst,
      )
  }
}
