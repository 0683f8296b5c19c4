/** What lies inside of the scanned folder. Imports and manifests lead anywhere; a scan reads nothing beyond its root. */
import { isAbsolute, relative, sep } from 'node:path'
import { DISK, type SourceFiles } from './source-files.ts'

/** Paths outside that are kept to be named, at most. */
const KEPT_MAX = 1_000

/** The folder that is scanned, links resolved. Paths are remembered while one file is read. */
export class Within {
  /** Where everything that is read comes from. */
  readonly files: SourceFiles
  readonly #root: string | null
  readonly #given: string
  readonly #known = new Map<string, boolean>()
  readonly #outside = new Set<string>()

  /** @param root - absolute; null: everything is inside */
  constructor(root: string | null, files: SourceFiles = DISK) {
    this.files = files
    this.#given = root ?? ''
    this.#root = root === null ? null : files.real(root)
  }

  /** Another file is read: what was asked for the last one is asked again, so that it is seen what each rests on. */
  begin(): void {
    this.#known.clear()
    this.#outside.clear()
  }

  /** Whether a path, links resolved, is the root or below it; false for one that is not there. */
  holds(path: string): boolean {
    if (this.#root === null) return true
    const known = this.#known.get(path)
    if (known !== undefined) return known
    const real = this.files.real(path)
    const found = real !== null && isBelow(this.#root, real)
    this.#known.set(path, found)
    return found
  }

  /** The same of a file that is there and that an import leads to; one outside is kept to be named. */
  follows(path: string): boolean {
    const found = this.holds(path)
    if (!found && this.#outside.size < KEPT_MAX) this.#outside.add(path)
    return found
  }

  /** Files that imports lead to and that were not read, because they are outside; relative to the root as it was given. */
  outside(): readonly string[] {
    return [...this.#outside].map((path) => relative(this.#given, path).split(sep).join('/'))
  }
}

/** Whether a path is a folder or in it, by their names alone: links are the caller's. */
export function isBelow(root: string, path: string): boolean {
  const from = relative(root, path)
  return from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from)
}
