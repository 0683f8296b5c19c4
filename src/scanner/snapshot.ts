/** Files during one scan: folders are listed once, and what is known of a file's bytes is not asked again. */
import { dirname } from 'node:path'
import { digestOf, type SourceEntry, type SourceFiles } from './source-files.ts'

/** SHA-256 of texts by what tells that a file's bytes are the same, see {@link SourceFiles.stamp}; kept from scan to scan. */
export type Digests = Map<string, { readonly stamp: string; readonly digest: string; readonly bytes: number }>

/** Largest text that is digested unless more is asked for, bytes. */
const DIGEST_BYTES_MAX = 1024 * 1024

/** Files as a scan finds them. */
export class Snapshot implements SourceFiles {
  readonly list: SourceFiles['list']
  readonly size: SourceFiles['size']
  readonly stamp: SourceFiles['stamp']
  readonly #files: SourceFiles
  readonly #inside: string
  readonly #before: Digests
  readonly #seen: Digests = new Map()
  readonly #digests = new Map<string, { readonly digest: string; readonly bytes: number }>()
  readonly #folders = new Map<string, ReadonlyMap<string, SourceEntry['kind']> | null>()
  readonly #real = new Map<string, string | null>()
  #isTorn = false
  #learned = 0

  /** @param before - what an earlier scan knew of the same files */
  constructor(root: string, files: SourceFiles, before: Digests = new Map()) {
    this.#files = files
    this.#inside = root.endsWith('/') ? root : `${root}/`
    this.#before = before
    this.list = (folder) => files.list(folder)
    this.size = (path) => files.size(path)
    this.stamp = (path) => files.stamp(path)
  }

  /** True if a file was seen to change while it was scanned: what was found is of no one state of the files. */
  get isTorn(): boolean {
    return this.#isTorn
  }

  /** How many digests could not be told without reading the file, and can the next time. */
  get learned(): number {
    return this.#learned
  }

  /** What is known now, of the files that were asked for. */
  get digests(): Digests {
    return this.#seen
  }

  /** By the folder's list where it is inside of the root; names are compared as they are written. */
  isFile(path: string): boolean {
    const folder = dirname(path)
    const names = `${folder}/`.startsWith(this.#inside) ? this.#namesIn(folder) : null
    if (names === null) return this.#files.isFile(path)
    const kind = names.get(path.slice(folder.length + 1))
    return kind === 'link' ? this.#files.isFile(path) : kind === 'file'
  }

  text(path: string, most?: number): string | null {
    if (!this.isFile(path)) return null
    const stamp = this.#files.stamp(path)
    const text = this.#files.text(path, most)
    if (text !== null) this.#learn(path, stamp, text)
    return text
  }

  digest(path: string, most: number = DIGEST_BYTES_MAX): string | null {
    const known = this.#digests.get(path) ?? (this.isFile(path) ? this.#remembered(path) : null)
    if (known !== null) return known.bytes <= most ? known.digest : null
    const text = this.text(path, most)
    return text === null ? null : digestOf(text)
  }

  real(path: string): string | null {
    const known = this.#real.get(path)
    if (known !== undefined) return known
    const found = this.#files.real(path)
    this.#real.set(path, found)
    return found
  }

  #remembered(path: string): { readonly digest: string; readonly bytes: number } | null {
    const before = this.#before.get(path)
    if (before === undefined || before.stamp !== this.#files.stamp(path)) return null
    const known = { digest: before.digest, bytes: before.bytes }
    this.#digests.set(path, known)
    this.#seen.set(path, before)
    return known
  }

  #learn(path: string, stamp: string | null, text: string): void {
    const digest = digestOf(text)
    const known = this.#digests.get(path)
    if (known !== undefined && known.digest !== digest) this.#isTorn = true
    const bytes = Buffer.byteLength(text)
    this.#digests.set(path, { digest, bytes })
    if (stamp === null) return
    if (this.#before.get(path)?.stamp !== stamp) this.#learned++
    this.#seen.set(path, { stamp, digest, bytes })
  }

  #namesIn(folder: string): ReadonlyMap<string, SourceEntry['kind']> | null {
    const known = this.#folders.get(folder)
    if (known !== undefined) return known
    const found = this.#read(folder)
    this.#folders.set(folder, found)
    return found
  }

  /** Null for a folder that may be entered and not listed; an empty one for one that is not there. */
  #read(folder: string): ReadonlyMap<string, SourceEntry['kind']> | null {
    try {
      return new Map(this.#files.list(folder).map(({ name, kind }) => [name, kind]))
    } catch (error) {
      return /^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '') ? new Map() : null
    }
  }
}
