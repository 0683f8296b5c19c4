// Adds the entries of slow logs up into classes of statements: the body of `dbmedic digest`.

import { DbmedicError } from '../../../core/errors.ts'
import {
  cutText,
  fingerprintId,
  likelyEscapes,
  MARIADB,
  MYSQL,
  maskLiterals,
  perconaFingerprint,
} from '../../../sql/index.ts'
import { readSlowLogFile, type SlowLogReading } from './read-slow-log.ts'
import type { SlowLogEntry } from './slow-log-entry.ts'
import { SlowLogParser, type SlowLogParserOptions } from './slow-log-parser.ts'
import { StatementSkeleton } from './statement-skeleton.ts'
import { type SeriesSummary, ValueSeries } from './value-series.ts'

/** One class of statements: those with one Percona fingerprint. */
export interface SlowLogClass {
  /** Percona's form; at most 4096 characters. `(other statements)` for what came after `maxClasses`. */
  readonly fingerprint: string
  /**
   * Our id of {@link sample}, which joins digest texts and other logs. Where Percona's form merges what ours keeps apart
   * (`users_2009` and `users_2010`), it is that of the slowest statement. Empty for the overflow class.
   */
  readonly fingerprintId: string
  readonly count: number
  readonly queryTimeSeconds: SeriesSummary
  /** Over the entries that say it; so are the two below. */
  readonly lockTimeSeconds: SeriesSummary
  readonly rowsSent: SeriesSummary
  readonly rowsExamined: SeriesSummary
  /** Sorted; at most 1,000. */
  readonly databases: readonly string[]
  /** Sorted; at most 1,000. */
  readonly users: readonly string[]
  /** ISO 8601 in UTC; null when no entry said when. */
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  /** The slowest statement of the class with its literals masked; at most 4096 characters. */
  readonly sample: string
}

/** What slow logs add up to. */
export interface SlowLogDigest {
  /** Entries read whole; the counts of the classes add up to it. */
  readonly events: number
  /** Entries skipped because a part was missing or impossible; and see `damaged`. */
  readonly malformed: number
  /** Entries whose statement was longer than kept; they are in the classes by their beginning. */
  readonly truncated: number
  /** Entries in the class `(other statements)`; 0 when every class found room. */
  readonly overflowed: number
  /** Files that could not be read to their end, each with the reason; what came before is in the classes. */
  readonly damaged: readonly { readonly file: string; readonly reason: string }[]
  /** By sum of query time, largest first. */
  readonly classes: readonly SlowLogClass[]
}

/** Options of {@link digestSlowLog}. */
export interface DigestSlowLogOptions
  extends Pick<SlowLogParserOptions, 'maxStatementBytes' | 'utcOffsetMinutes'> {
  /** Classes kept apart; further ones share one. Default 10,000 (about 200 MB at the very worst). */
  readonly maxClasses?: number
  /** Told of each file of which nothing can be read, while others can; without it the first such file ends it all. */
  readonly onUnreadable?: (error: DbmedicError) => void
}

const MAX_CLASSES = 10_000
/** Longer than what a tail keeps, because a class should be that of the whole statement; bounds the memory. */
const MAX_STATEMENT_BYTES = 4 * 1024 * 1024
const NAMES_MAX = 1000
const SKELETONS_MAX = 50_000
const SKELETON_BYTES_MAX = 64 * 1024 * 1024
const OVERFLOW = '(other statements)'

/**
 * Reads the files one after the other (gzip is recognised by its content, `-` is standard input) and adds them up. Memory is
 * bounded by the number of classes and one statement, not by the files. Throws DBM_FILE_UNREADABLE when nothing can be
 * read of a file (with `onUnreadable`: of any of them); a file that turns out damaged later is reported in `damaged`.
 */
export async function digestSlowLog(
  files: readonly string[],
  options: DigestSlowLogOptions = {},
): Promise<SlowLogDigest> {
  const digest = new SlowLogAggregator(options)
  const unreadable: DbmedicError[] = []
  for (const file of files) {
    try {
      digest.addReading(file, await readSlowLogFile(file, digest.parser()))
    } catch (error) {
      if (!(error instanceof DbmedicError) || options.onUnreadable === undefined) throw error
      unreadable.push(error)
    }
  }
  if (unreadable[0] !== undefined && unreadable.length === files.length) throw unreadable[0]
  for (const error of unreadable) options.onUnreadable?.(error)
  return digest.result()
}

/** The running sums. For sources other than files: feed {@link parser} or call {@link add}. */
export class SlowLogAggregator {
  private readonly classes = new Map<string, ClassSums>()
  private readonly bySkeleton = new Map<string, ClassSums>()
  private skeletonBytes = 0
  private readonly skeleton = new StatementSkeleton()
  private readonly options: DigestSlowLogOptions
  private readonly maxClasses: number
  private readonly parsers: SlowLogParser[] = []
  private readonly damaged: { file: string; reason: string }[] = []
  private overflow: ClassSums | undefined

  constructor(options: DigestSlowLogOptions = {}) {
    this.options = options
    this.maxClasses = options.maxClasses ?? MAX_CLASSES
  }

  /** A parser whose entries are added here; one for each file. */
  parser(): SlowLogParser {
    const options = { maxStatementBytes: MAX_STATEMENT_BYTES, ...this.options }
    const parser = new SlowLogParser((entry) => this.add(entry), options)
    this.parsers.push(parser)
    return parser
  }

  /** Notes how reading a file went. */
  addReading(file: string, reading: SlowLogReading): void {
    if (reading.damage !== undefined) this.damaged.push({ file, reason: reading.damage })
  }

  /** Adds one entry. */
  add(entry: SlowLogEntry): void {
    this.classOf(entry).add(entry)
  }

  /** The sums so far. */
  result(): SlowLogDigest {
    const sums = [...this.classes.values(), ...(this.overflow === undefined ? [] : [this.overflow])]
    const classes = sums.map((one) => one.summary())
    classes.sort(
      (a, b) =>
        b.queryTimeSeconds.sum - a.queryTimeSeconds.sum ||
        b.count - a.count ||
        (a.fingerprint < b.fingerprint ? -1 : 1),
    )
    const total = (of: (parser: SlowLogParser) => number): number =>
      this.parsers.reduce((sum, parser) => sum + of(parser), 0)
    return {
      events: total((parser) => parser.events),
      malformed: total((parser) => parser.malformed),
      truncated: total((parser) => parser.truncated),
      overflowed: this.overflow?.count ?? 0,
      damaged: this.damaged,
      classes,
    }
  }

  private classOf(entry: SlowLogEntry): ClassSums {
    const skeleton = entry.isAdministrator
      ? undefined
      : this.skeleton.of(entry.bytes, entry.textStart, entry.textEnd)
    if (skeleton === undefined) return this.classOfText(entry.text(), entry.truncated)
    const known = this.bySkeleton.get(skeleton)
    if (known !== undefined) return known
    const found = this.classOfText(entry.text(), entry.truncated)
    this.keepSkeleton(skeleton, found)
    return found
  }

  private keepSkeleton(skeleton: string, sums: ClassSums): void {
    if (this.bySkeleton.size >= SKELETONS_MAX || this.skeletonBytes > SKELETON_BYTES_MAX) {
      this.bySkeleton.clear()
      this.skeletonBytes = 0
    }
    this.bySkeleton.set(skeleton, sums)
    this.skeletonBytes += skeleton.length
  }

  private classOfText(text: string, isCut: boolean): ClassSums {
    const fingerprint = perconaFingerprint(text, isCut)
    let sums = this.classes.get(fingerprint)
    if (sums === undefined) {
      if (this.classes.size >= this.maxClasses) {
        this.overflow ??= new ClassSums(OVERFLOW, true)
        return this.overflow
      }
      sums = new ClassSums(fingerprint, false)
      this.classes.set(fingerprint, sums)
    }
    return sums
  }
}

/** The running sums of one class. */
class ClassSums {
  count = 0
  private readonly fingerprint: string
  private readonly isOverflow: boolean
  private readonly queryTime = new ValueSeries()
  private readonly lockTime = new ValueSeries()
  private readonly rowsSent = new ValueSeries()
  private readonly rowsExamined = new ValueSeries()
  private readonly databases = new NameSet()
  private readonly users = new NameSet()
  private firstMs = Number.POSITIVE_INFINITY
  private lastMs = Number.NEGATIVE_INFINITY
  private slowestMicros = -1
  private sample = ''
  private sampleId = ''

  constructor(fingerprint: string, isOverflow: boolean) {
    this.fingerprint = fingerprint
    this.isOverflow = isOverflow
  }

  add(entry: SlowLogEntry): void {
    this.count++
    this.queryTime.add(entry.queryMicros)
    if (entry.lockMicros >= 0) this.lockTime.add(entry.lockMicros)
    if (entry.rowsSent >= 0) this.rowsSent.add(entry.rowsSent)
    if (entry.rowsExamined >= 0) this.rowsExamined.add(entry.rowsExamined)
    this.databases.add(entry.database)
    this.users.add(entry.user)
    const at = entry.at
    if (at !== undefined) {
      if (at < this.firstMs) this.firstMs = at
      if (at > this.lastMs) this.lastMs = at
    }
    if (entry.queryMicros > this.slowestMicros && !this.isOverflow) this.takeSample(entry)
  }

  summary(): SlowLogClass {
    return {
      fingerprint: this.fingerprint,
      fingerprintId: this.sampleId,
      count: this.count,
      queryTimeSeconds: this.queryTime.summary(1e6),
      lockTimeSeconds: this.lockTime.summary(1e6),
      rowsSent: this.rowsSent.summary(1),
      rowsExamined: this.rowsExamined.summary(1),
      databases: this.databases.sorted(),
      users: this.users.sorted(),
      firstSeen: isoTime(this.firstMs),
      lastSeen: isoTime(this.lastMs),
      sample: this.sample,
    }
  }

  /** A class sees a new slowest statement about ln(n) times in n, so masking at once costs little. */
  private takeSample(entry: SlowLogEntry): void {
    this.slowestMicros = entry.queryMicros
    const text = entry.text()
    const dialect = likelyEscapes(text, text.includes('/*M!') ? MARIADB : MYSQL)
    this.sampleId = fingerprintId(text, dialect)
    this.sample = cutText(maskLiterals(text, dialect))
  }
}

/** A bounded set of names, quick where the same one comes again and again. */
class NameSet {
  private readonly names = new Set<string>()
  private last: string | undefined

  add(name: string | undefined): void {
    if (name === undefined || name === this.last) return
    this.last = name
    if (this.names.size < NAMES_MAX) this.names.add(name)
  }

  sorted(): string[] {
    return [...this.names].sort()
  }
}

function isoTime(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null
}
