/** Scans a repository: finds its SQL, replays its schema, runs the rules. Reads only; bounded in files, bytes and time. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  CODE_RULES,
  type CodeRule,
  type CodeSchema,
  type FileRole,
  type SourceStatement,
  type UnitOfWork,
} from '../rules/index.ts'
import { loadGrammar } from '../sql/index.ts'
import { applyRules, type CodeFinding, type ScannedFile, suppressionsIn } from './apply-rules.ts'
import { unreadBuilders } from './builders.ts'
import { Effort, TooLong } from './effort.ts'
import { ModuleDrivers, type ProjectFacts, Projects, roleOf } from './file-facts.ts'
import { findStatements } from './find-statements.ts'
import { type CodeFix, digestOf, type Proposals, proposeFixes } from './fix/index.ts'
import { Importers } from './importers.ts'
import { Lines } from './lines.ts'
import { type Module, Modules } from './modules.ts'
import {
  type Declaration,
  declarationsIn,
  isUndoing,
  newestMigrations,
  replay,
  type Unread,
} from './replay.ts'
import { covering } from './schema-coverage.ts'
import { DISK, type SourceFiles, withTexts } from './source-files.ts'
import { sqlFileStatements } from './sql-files.ts'
import { loadParser, parseFile } from './tree.ts'
import { unitsIn } from './units-of-work.ts'
import { FILE_BYTES_MAX, isGenerated, type Skipped, walk } from './walk.ts'
import { Within } from './within.ts'

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
}

/** What a scan found. */
export interface ScanResult {
  /** The scanned folder, absolute. */
  readonly root: string
  /** Files read. */
  readonly files: number
  /** Statements found in them. */
  readonly statements: number
  readonly findings: readonly CodeFinding[]
  /** How many more there are that the source alone cannot show to be so; 0 where they are among the findings. */
  readonly toReview: number
  /** Changes that would mend findings; nothing was written. */
  readonly fixes: readonly CodeFix[]
  /** Files that were not read, or only in part, and why. */
  readonly skipped: readonly Skipped[]
  readonly schema: CodeSchema
}

/** Texts in which nothing could be SQL are not parsed. */
const MAY_HOLD_SQL =
  /\bselect\b|\binsert\s+(?:\w+\s+)?into\b|\bupdate\b[^;]{1,300}?\bset\b|\bdelete\s+from\b|\breplace\s+into\b|\bcreate\s+(?:\w+\s+){0,2}(?:table|index|view)\b|\balter\s+table\b|\bdrop\s+table\b|\btruncate\b|[wW]hereRaw|Raw\(|\.literal\(|(?:create|alter|drop|rename)Table|(?:add|drop|rename|remove|change)Column|schema\.table|\.(?:query|execute|prepare|unsafe|\$\w+RawUnsafe|(?:begin|start)?transaction|getConnection|createQueryRunner)\s*\(/i

/** Largest file that is searched for declarations though it is too large to be read, bytes. */
const SEARCHED_BYTES_MAX = 16 * 1024 * 1024

const OUTSIDE = 'an import leads there, outside of the scanned folder; it was not followed'

const DECLARES = /\b(?:create|alter|drop|rename)\s+(?:\w+\s+){0,2}table\b/i

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
  readonly #source: SourceFiles
  readonly #modules: Modules
  readonly #drivers: ModuleDrivers
  readonly #projects: Projects
  readonly #files = new Map<string, ScannedFile>()
  readonly #digests = new Map<string, string>()
  readonly #statements: SourceStatement[] = []
  readonly #changes: SourceStatement[] = []
  readonly #units: UnitOfWork[] = []
  readonly #declarations: Declaration[] = []
  readonly #unread: Unread[] = []
  readonly #notes: string[] = []
  readonly #skipped: Skipped[] = []
  #read = 0

  constructor(root: string, options: ScanOptions) {
    this.#root = root
    this.#options = options
    const texts = [...(options.texts ?? [])].map(([file, text]) => [join(root, file), text] as const)
    this.#source = withTexts(options.files ?? DISK, new Map(texts))
    this.#projects = new Projects(root, this.#source)
    this.#modules = new Modules(new Effort(options.fileTimeMaxMs), new Within(root, this.#source))
    this.#drivers = new ModuleDrivers(this.#modules)
  }

  run(): ScanResult {
    const walked = walk(this.#root, this.#source)
    this.#skipped.push(...walked.skipped)
    for (const { file, because } of walked.skipped) if (because.startsWith('larger')) this.#passedOver(file)
    this.#modules.importers = new Importers(
      this.#modules,
      walked.scripts.map((file) => join(this.#root, file)),
    )
    const until = performance.now() + (this.#options.timeMaxMs ?? 120_000)
    for (const file of [...walked.sql, ...walked.scripts]) {
      if (performance.now() > until) this.#skipped.push({ file, because: 'the time for reading was over' })
      else this.#file(file)
    }
    for (const file of this.#modules.within.outside()) this.#skipped.push({ file, because: OUTSIDE })
    this.#declarations.push(
      ...declarationsIn(
        this.#statements,
        (file, offset) => this.#files.get(file)?.lines.at(offset).line ?? 1,
      ),
    )
    const schema = this.#schema()
    const placed = applyRules([...this.#statements, ...this.#changes], {
      rules: this.#options.rules ?? CODE_RULES,
      schema,
      files: this.#files,
      units: this.#units,
      newestMigrations: newestMigrations(
        [...walked.sql, ...walked.scripts].filter((file) => roleOf(file) === 'migration'),
      ),
    })
    const proposed = proposeFixes(placed, {
      root: this.#root,
      files: this.#source,
      schema,
      digests: this.#digests,
    })
    return {
      root: this.#root,
      files: this.#read,
      statements: this.#statements.length,
      ...(this.#options.review === true ? { ...proposed, toReview: 0 } : shownOf(proposed)),
      skipped: this.#skipped,
      schema,
    }
  }

  #schema(): CodeSchema {
    const { schemaFile } = this.#options
    if (schemaFile === undefined)
      return covering(replay(this.#declarations, this.#unread, this.#notes), this.#statements)
    const text = readFileSync(schemaFile, 'utf8')
    const dump = sqlFileStatements({
      file: 'schema',
      role: 'migration',
      text,
      dialect: this.#projects.of(join(this.#root, 'x')).dialect,
    })
    return covering(replay(dump.declarations, [], []), this.#statements)
  }

  #file(file: string): void {
    const text = this.#source.text(join(this.#root, file), FILE_BYTES_MAX)
    if (text === null) {
      this.#skipped.push({ file, because: 'it cannot be read' })
      return
    }
    this.#read++
    if (isGenerated(text) && !file.endsWith('.sql')) {
      if (DECLARES.test(text)) this.#notes.push(`${file}: a generated file’s declarations were not read`)
      return
    }
    const role = roleOf(file)
    if (file.endsWith('.sql')) this.#sql(file, role, text)
    else if (role !== 'test' && MAY_HOLD_SQL.test(text)) this.#script(file, role, text)
  }

  /** A file too large to be read may still declare tables; then absence means nothing. */
  #passedOver(file: string): void {
    const path = join(this.#root, file)
    const size = this.#source.size(path)
    if (size === null) return
    if (size <= SEARCHED_BYTES_MAX) {
      const text = this.#source.text(path, SEARCHED_BYTES_MAX)
      if (text === null || !DECLARES.test(text)) return
    }
    this.#notes.push(`${file}: declarations of a file that large were not read`)
  }

  #keep(file: string, text: string): Lines {
    const lines = new Lines(text)
    this.#files.set(file, { lines, suppressions: suppressionsIn(text, lines) })
    return lines
  }

  #sql(file: string, role: FileRole, text: string): void {
    if (role === 'test' || isUndoing(file)) return
    this.#keep(file, text)
    const { dialect } = this.#projects.of(join(this.#root, file))
    const found = sqlFileStatements({ file, role, text, dialect })
    this.#statements.push(...found.statements)
    this.#declarations.push(...found.declarations)
    this.#changes.push(...found.changes)
  }

  #script(file: string, role: FileRole, text: string): void {
    const parsed = parseFile(file, text)
    if ('broken' in parsed) {
      this.#skipped.push({ file, because: `it does not parse: ${parsed.broken}` })
      return
    }
    const lines = this.#keep(file, text)
    this.#digests.set(file, digestOf(text))
    const project = this.#projects.of(join(this.#root, file))
    this.#modules.effort.begin()
    try {
      for (const tree of parsed.trees)
        this.#module(this.#modules.add(join(this.#root, file), tree), { file, role, lines, project })
    } catch (error) {
      if (!(error instanceof TooLong)) throw error
      const { line } = lines.at(error.offset)
      this.#skipped.push({ file, because: `skipped from line ${line} on, it took too long` })
      if (DECLARES.test(text.slice(error.offset)))
        this.#notes.push(`${file}:${line}: declarations that follow were not read, it took too long`)
    }
  }

  #module(
    module: Module,
    {
      file,
      role,
      lines,
      project,
    }: {
      readonly file: string
      readonly role: FileRole
      readonly lines: Lines
      readonly project: ProjectFacts
    },
  ): void {
    this.#unread.push(...unreadBuilders(module, { file, role, lines }))
    const own = [...this.#drivers.of(module)]
    const context = {
      file,
      role,
      modules: this.#modules,
      drivers: own.length > 0 ? own : [...project.drivers],
      dialect: project.dialect,
      servesTools: project.servesTools,
      lineOf: (offset: number) => lines.at(offset).line,
    }
    const statements: SourceStatement[] = []
    for (const statement of findStatements(module, context)) {
      statements.push(statement)
      this.#statements.push(statement)
    }
    this.#units.push(...unitsIn(module, { ...context, statements }))
  }
}
