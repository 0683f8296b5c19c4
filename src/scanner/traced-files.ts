/** Files that note what was asked of them and what they answered, so that a later scan can tell whether it would be told the same. */
import type { SourceFiles } from './source-files.ts'

/** What one file's reading rests on: questions, with the answers they were given. */
export type Rested = Map<string, string>

/** What a reading may ask besides of files: who imports one, and what is known of the project one is in. */
export interface OtherAnswers {
  readonly importers: (path: string) => readonly string[]
  readonly project: (path: string) => string
}

const NONE = ''

/** Files of which each answer is noted. */
export class TracedFiles implements SourceFiles {
  readonly list: SourceFiles['list']
  readonly size: SourceFiles['size']
  readonly stamp: SourceFiles['stamp']
  readonly #files: SourceFiles
  readonly #others: OtherAnswers
  readonly #answers = new Map<string, string>()
  #rested: Rested = new Map()

  constructor(files: SourceFiles, others: OtherAnswers) {
    this.#files = files
    this.#others = others
    // Asked of no file's reading: what is walked, and how large it is, is found out by every scan.
    this.list = (folder) => files.list(folder)
    this.size = (path) => files.size(path)
    this.stamp = (path) => files.stamp(path)
  }

  /** Another file is read; gives what notes are taken in from now on. */
  begin(): Rested {
    this.#rested = new Map()
    return this.#rested
  }

  isFile(path: string): boolean {
    const found = this.#files.isFile(path)
    this.#note('is', path, String(found))
    return found
  }

  text(path: string, most?: number): string | null {
    const text = this.#files.text(path, most)
    this.#note(`text${most ?? NONE}`, path, text === null ? NONE : (this.#files.digest(path, most) ?? NONE))
    return text
  }

  digest(path: string, most?: number): string | null {
    const digest = this.#files.digest(path, most)
    this.#note(`text${most ?? NONE}`, path, digest ?? NONE)
    return digest
  }

  real(path: string): string | null {
    const found = this.#files.real(path)
    this.#note('real', path, found ?? NONE)
    return found
  }

  /** Scripts that import a file. */
  importersOf(path: string): readonly string[] {
    const found = this.#others.importers(path)
    this.#note('importers', path, found.join('\0'))
    return found
  }

  /** Notes that a reading rests on the facts of the project a file is in. */
  projectOf(path: string): void {
    this.#note('project', path, this.#others.project(path))
  }

  /** Whether every question would be answered now as it was then. */
  holds(rested: ReadonlyMap<string, string>): boolean {
    for (const [question, answer] of rested) if (this.#now(question) !== answer) return false
    return true
  }

  #note(kind: string, path: string, answer: string): void {
    this.#rested.set(`${kind} ${path}`, answer)
  }

  #now(question: string): string {
    const known = this.#answers.get(question)
    if (known !== undefined) return known
    const answer = this.#ask(question)
    this.#answers.set(question, answer)
    return answer
  }

  #ask(question: string): string {
    const at = question.indexOf(' ')
    const kind = question.slice(0, at)
    const path = question.slice(at + 1)
    if (kind === 'is') return String(this.#files.isFile(path))
    if (kind === 'real') return this.#files.real(path) ?? NONE
    if (kind === 'importers') return this.#others.importers(path).join('\0')
    if (kind === 'project') return this.#others.project(path)
    const most = kind.slice('text'.length)
    return this.#files.digest(path, most === NONE ? undefined : Number(most)) ?? NONE
  }
}
