/** Scans a repository: finds its SQL, replays its schema, runs the rules. Reads only; bounded in files, bytes and time. */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CODE_RULES, type CodeRule, type CodeSchema, type SourceStatement } from '../rules/index.ts'
import { isGrammarBroken, loadGrammar } from '../sql/index.ts'
import { applyRules } from './apply-rules.ts'
import { Projects, roleOf } from './file-facts.ts'
import { DECLARES, FileReader } from './file-reader.ts'
import { type Proposals, proposeFixes } from './fix/index.ts'
import { ImportGraph, specifiersIn } from './import-graph.ts'
import { emptyMemory, type FileYield, type Reading, readingOf, type ScanMemory } from './readings.ts'
import { newestMigrations, replay } from './replay.ts'
import type { ScanResult } from './scan-result.ts'
import { covering } from './schema-coverage.ts'
import { Snapshot } from './snapshot.ts'
import { DISK, digestOf, type SourceFiles, withTexts } from './source-files.ts'
import { sqlFileStatements } from './sql-files.ts'
import { TracedFiles } from './traced-files.ts'
import { loadParser } from './tree.ts'
import { type Skipped, type Walked, walk } from './walk.ts'

/** How a scan is done. */
export interface ScanOptions {
  /** Only these rules; default all. */
  readonly rules?: readonly CodeRule[]
  /** A dump to take the schema from, instead of what the repository declares. */
  readonly schemaFile?: string
  /** Longest the reading of files may take, ms; what is left then is named as skipped. Default 120,000. */
  readonly timeMaxMs?: number
  /** Longest one file may take, ms of processor time; it is named as skipped from where it was then. Default 5,000. */
  readonly fileTimeMaxMs?: number
  /** Whether findings that only people can tell true are among the findings. Default false. */
  readonly review?: boolean
  /** Texts of files, by path, that count instead of what the files hold; for looking at a change before it is made. */
  readonly texts?: ReadonlyMap<string, string>
  /** What is read instead of the folder's files on disk: another state of them, such as git's index. */
  readonly files?: SourceFiles
  /** What earlier scans of this folder remember: only what changed since, and what rests on it, is read. It is filled. */
  readonly memory?: ScanMemory
}

/** Largest file that is searched for declarations though it is too large to be read, bytes. */
const SEARCHED_BYTES_MAX = 16 * 1024 * 1024

/** Files outside that are named, at most. */
const OUTSIDE_MAX = 100
const OUTSIDE = 'an import leads there, outside of the scanned folder; it was not followed'

/**
 * Scans a folder.
 * @throws DbmedicError DBM_SCAN_PARSER_MISSING; the system's error if the folder cannot be read
 */
export async function scan(folder: string, options: ScanOptions = {}): Promise<ScanResult> {
  await Promise.all([loadParser(), loadGrammar()])
  const root = resolve(folder)
  const scanner = new Scanner(root, options)
  return scanner.run()
}

/** Findings that the source shows to be so, and the fixes of those. */
function shownOf({ findings, fixes }: Proposals): Pick<ScanResult, 'findings' | 'fixes' | 'toReview'> {
  const shown = findings.filter((each) => !each.review)
  const wanted = new Set(shown.map((each) => each.fixId))
  return {
    findings: shown,
    fixes: fixes.filter((each) => wanted.has(each.id)),
    toReview: findings.length - shown.length,
  }
}

class Scanner {
  readonly #root: string
  readonly #options: ScanOptions
  readonly #memory: ScanMemory
  readonly #snapshot: Snapshot
  readonly #traced: TracedFiles
  readonly #projects: Projects
  readonly #walked: Walked
  readonly #graph: ImportGraph
  readonly #specifiers = new Map<string, readonly string[]>()
  /** Of every file, in the order they are read in. */
  readonly #readings = new Map<string, Reading>()
  readonly #notes: string[] = []
  readonly #skipped: Skipped[] = []
  /** False where the clock decided what was read. */
  #isWhole = true

  constructor(root: string, options: ScanOptions) {
    this.#root = root
    this.#options = options
    this.#memory = options.memory ?? emptyMemory()
    const texts = [...(options.texts ?? [])].map(([file, text]) => [join(root, file), text] as const)
    const files = withTexts(options.files ?? DISK, new Map(texts))
    this.#snapshot = new Snapshot(root, files, this.#memory.digests)
    this.#projects = new Projects(root, this.#snapshot)
    this.#walked = walk(root, this.#snapshot)
    this.#graph = new ImportGraph(root, this.#snapshot, {
      scripts: this.#walked.scripts.map((file) => join(root, file)),
      specifiersOf: (path) => this.#specifiersOf(path),
    })
    this.#traced = new TracedFiles(this.#snapshot, {
      importers: (path) => this.#graph.of(path),
      project: (path) => this.#projects.wordsOf(path),
    })
  }

  run(): ScanResult {
    for (const each of this.#walked.skipped) {
      this.#skipped.push(each)
      if (each.because.startsWith('larger')) this.#passedOver(each.file)
    }
    this.#readAll()
    const key = this.#key()
    const { result } = this.#memory
    if (result?.key === key && this.#traced.holds(result.rested)) {
      this.#remember(result)
      return result.result
    }
    const rested = this.#traced.begin()
    const made = this.#result()
    this.#remember({ key, rested, result: made })
    return made
  }

  #readAll(): void {
    const { sql, scripts } = this.#walked
    const reader = new FileReader(
      this.#root,
      { files: this.#traced, projects: this.#projects },
      this.#options.fileTimeMaxMs,
    )
    const until = performance.now() + (this.#options.timeMaxMs ?? 120_000)
    this.#memory.reread = 0
    for (const file of [...sql, ...scripts]) {
      const before = this.#memory.readings.get(file)
      if (before !== undefined && this.#traced.holds(before.rested)) this.#readings.set(file, before)
      else if (performance.now() > until) {
        this.#isWhole = false
        this.#skipped.push({ file, because: 'the time for reading was over' })
      } else {
        this.#memory.reread++
        const { yields, rested, isWhole } = reader.read(file)
        this.#isWhole &&= isWhole
        this.#readings.set(file, readingOf(file, rested, yields))
      }
    }
  }

  /** What a result is made of: the same key, and what the fixes rest on, give the same result. */
  #key(): string {
    const { rules = CODE_RULES, review = false, schemaFile } = this.#options
    const { sql, scripts } = this.#walked
    const given = [
      rules.map(({ id }) => id),
      review,
      schemaFile === undefined
        ? null
        : [readFileSync(schemaFile, 'utf8'), this.#projects.wordsOf(join(this.#root, 'x'))],
      this.#skipped,
      this.#notes,
      sql,
      scripts,
      [...this.#readings.values()].map(({ stamp }) => stamp),
    ]
    return digestOf(JSON.stringify(given))
  }

  /** Keeps what was found for the next scan, unless it is of no one state of the files. */
  #remember(result: NonNullable<ScanMemory['result']>): void {
    this.#memory.isNewer = false
    this.#memory.folders = this.#foldersOf(result.rested)
    if (!this.#isWhole || this.#snapshot.isTorn || isGrammarBroken()) return
    this.#memory.isNewer =
      this.#memory.reread > 0 || this.#memory.result !== result || this.#snapshot.learned > 0
    this.#memory.readings = this.#readings
    this.#memory.digests = this.#snapshot.digests
    if (this.#specifiers.size > 0) this.#memory.specifiers = this.#specifiers
    this.#memory.result = result
  }

  /** Those that were walked, and those of the root in which something else was looked for. */
  #foldersOf(rested: ReadonlyMap<string, string>): readonly string[] {
    const folders = new Set(this.#walked.folders.map((each) => join(this.#root, each)))
    for (const each of [...[...this.#readings.values()].map((reading) => reading.rested), rested])
      for (const question of each.keys()) folders.add(dirname(question.slice(question.indexOf(' ') + 1)))
    const inside = join(this.#root, '/')
    return [...folders].map((each) => join(each, '/')).filter((each) => each.startsWith(inside))
  }

  #result(): ScanResult {
    const all = [...this.#readings].map(([file, reading]) => [file, reading.yields()] as const)
    const yields = all.map(([, own]) => own)
    const outside = new Set([...yields.flatMap((own) => own.outside), ...this.#graph.outside()])
    const skipped = [
      ...this.#skipped,
      ...yields.flatMap((own) => own.skipped),
      ...[...outside]
        .sort()
        .slice(0, OUTSIDE_MAX)
        .map((file) => ({ file, because: OUTSIDE })),
    ]
    const statements = yields.flatMap((own) => own.statements)
    const { sql, scripts } = this.#walked
    const schema = this.#schema(yields, statements)
    const placed = applyRules([...statements, ...yields.flatMap((own) => own.changes)], {
      rules: this.#options.rules ?? CODE_RULES,
      schema,
      files: new Map(all.flatMap(([file, { placed: own }]) => (own === null ? [] : [[file, own]]))),
      units: yields.flatMap((own) => own.units),
      newestMigrations: newestMigrations([...sql, ...scripts].filter((file) => roleOf(file) === 'migration')),
    })
    const proposed = proposeFixes(placed, {
      root: this.#root,
      files: this.#traced,
      schema,
      digests: new Map(all.flatMap(([file, { digest }]) => (digest === null ? [] : [[file, digest]]))),
    })
    return {
      root: this.#root,
      files: yields.filter((own) => own.isRead).length,
      statements: statements.length,
      ...(this.#options.review === true ? { ...proposed, toReview: 0 } : shownOf(proposed)),
      skipped,
      schema,
    }
  }

  #schema(yields: readonly FileYield[], statements: readonly SourceStatement[]): CodeSchema {
    const { schemaFile } = this.#options
    if (schemaFile === undefined) {
      const declarations = yields.flatMap((own) => own.declarations)
      const notes = [...this.#notes, ...yields.flatMap((own) => own.notes)]
      return covering(
        replay(
          declarations,
          yields.flatMap((own) => own.unread),
          notes,
        ),
        statements,
      )
    }
    const text = readFileSync(schemaFile, 'utf8')
    const dump = sqlFileStatements({
      file: 'schema',
      role: 'migration',
      text,
      dialect: this.#projects.of(join(this.#root, 'x')).dialect,
    })
    return covering(replay(dump.declarations, [], []), statements)
  }

  /** A file too large to be read may still declare tables; then absence means nothing. */
  #passedOver(file: string): void {
    const path = join(this.#root, file)
    const size = this.#snapshot.size(path)
    if (size === null) return
    if (size <= SEARCHED_BYTES_MAX) {
      const text = this.#snapshot.text(path, SEARCHED_BYTES_MAX)
      if (text === null || !DECLARES.test(text)) return
    }
    this.#notes.push(`${file}: declarations of a file that large were not read`)
  }

  #specifiersOf(path: string): readonly string[] {
    const digest = this.#snapshot.digest(path)
    if (digest === null) return []
    const found =
      this.#specifiers.get(digest) ??
      this.#memory.specifiers.get(digest) ??
      specifiersIn(this.#snapshot.text(path) ?? '')
    this.#specifiers.set(digest, found)
    return found
  }
}
