/**
 * Checks an audit export with nothing but the file: every link's hash, that none is missing, doubled, moved
 * or changed, and that the end is there. Whoever owns the store could have written a whole new chain; only a
 * head hash noted somewhere else (`anchor`) shows that.
 */
import { type AuditFooter, type AuditHeader, type AuditLine, GENESIS, linkHash } from './export-format.ts'

/** What an export is. */
export interface AuditVerdict {
  readonly ok: boolean
  /** Links that were checked and are right, from the first on. */
  readonly rows: number
  /** Seq of the first link that is wrong or missing; null if none, or if a header or footer is. */
  readonly firstBadSeq: number | null
  /** What is wrong; null if nothing is. */
  readonly problem: string | null
  /** Hash of the newest right link; note it elsewhere to prove this chain later. */
  readonly head: string
  /** Sealed batches of events, and how many of them were pruned since: a gap in the events that is no loss. */
  readonly events: { readonly batches: number; readonly pruned: number }
}

/** A head hash noted earlier, outside the store. */
export interface AuditAnchor {
  readonly seq: number
  readonly hash: string
}

/** Longest line that is read, characters. */
const LONGEST_LINE = 16 * 1024 * 1024

/** Verifies the lines of an export (with or without their newlines). Never throws for what a file may hold. */
export async function verifyAuditExport(
  lines: AsyncIterable<string> | Iterable<string>,
  anchor?: AuditAnchor,
): Promise<AuditVerdict> {
  const check = new ChainCheck(anchor)
  for await (const line of lines) {
    check.take(line)
    if (check.problem !== null) break
  }
  return check.end()
}

class ChainCheck {
  problem: string | null = null
  private firstBadSeq: number | null = null
  private rows = 0
  private head = GENESIS
  private anchored = false
  private readonly sealed = new Set<number>()
  private readonly pruned = new Set<number>()
  private stage: 'header' | 'links' | 'done' = 'header'
  private readonly anchor: AuditAnchor | undefined

  constructor(anchor: AuditAnchor | undefined) {
    this.anchor = anchor
  }

  take(raw: string): void {
    const line = raw.replace(/\r?\n$/, '')
    const value = line.length > LONGEST_LINE ? null : parsed(line)
    if (this.stage === 'done') {
      if (line !== '') this.fail('there is something after the footer', null)
    } else if (this.stage === 'header') this.takeHeader(value)
    else if (isFooter(value)) this.takeFooter(value)
    else this.takeLink(value)
  }

  end(): AuditVerdict {
    if (this.problem === null && this.stage !== 'done') {
      this.fail('the end is missing: there is no footer', this.stage === 'header' ? null : this.rows + 1)
    }
    if (this.problem === null && this.anchor !== undefined && !this.anchored) {
      this.fail(`the link of the anchor, ${this.anchor.seq}, is missing`, this.rows + 1)
    }
    const { rows, firstBadSeq, problem, head } = this
    const events = { batches: this.sealed.size, pruned: this.pruned.size }
    return { ok: problem === null, rows, firstBadSeq, problem, head, events }
  }

  private takeHeader(value: unknown): void {
    if (isHeader(value)) this.stage = 'links'
    else this.fail('it does not begin with the header of an audit export', null)
  }

  private takeLink(value: unknown): void {
    const due = this.rows + 1
    const problem = isLink(value) ? this.problemOf(value, due) : `link ${due} is not readable`
    if (problem !== null) this.fail(problem, due)
    if (problem !== null || !isLink(value)) return
    this.anchored ||= this.anchor?.seq === due
    this.rows = due
    this.head = value.hash
  }

  private problemOf(link: AuditLine, due: number): string | null {
    if (link.seq !== due) return `link ${due} is missing or out of order (found ${link.seq})`
    if (link.prev !== this.head) return `link ${due} does not continue the chain`
    if (linkHash(link.prev, link.canonical) !== link.hash) return `link ${due} is not what was hashed`
    const inside = parsed(link.canonical)
    if (!hasSeq(inside) || inside.seq !== due) return `link ${due} says it is another one`
    const forged = this.batchProblem(inside, due)
    if (forged !== null) return forged
    const noted = this.anchor?.seq === due ? this.anchor.hash : link.hash
    return noted === link.hash ? null : `link ${due} is not the one that was noted`
  }

  /** A batch of events is pruned once, and only after it was sealed: its own link holds what went. */
  private batchProblem(inside: unknown, due: number): string | null {
    const entry = isObject(inside) && isObject(inside['entry']) ? inside['entry'] : {}
    if (entry['op'] !== 'insert') return null
    if (entry['table'] === 'event_batches') this.sealed.add(Number(entry['key']))
    if (entry['table'] !== 'event_prunings') return null
    const batch = isObject(entry['row']) ? Number(entry['row']['batch_id']) : Number.NaN
    if (!this.sealed.has(batch)) return `link ${due} prunes a batch of events that was never sealed`
    if (this.pruned.has(batch)) return `link ${due} prunes a batch of events a second time`
    this.pruned.add(batch)
    return null
  }

  private takeFooter(footer: AuditFooter): void {
    this.stage = 'done'
    if (footer.rows !== this.rows || footer.head !== this.head) {
      this.fail(`the footer is for ${footer.rows} links, there are ${this.rows}`, this.rows + 1)
    }
  }

  private fail(problem: string, firstBadSeq: number | null): void {
    this.problem ??= problem
    this.firstBadSeq ??= firstBadSeq
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isHeader = (value: unknown): value is AuditHeader =>
  isObject(value) && value.schema === 'dbmedic/audit/1' && Object.keys(value).length === 4
const isFooter = (value: unknown): value is AuditFooter =>
  isObject(value) &&
  Object.keys(value).length === 2 &&
  typeof value.rows === 'number' &&
  typeof value.head === 'string'
const isLink = (value: unknown): value is AuditLine =>
  isObject(value) &&
  Object.keys(value).length === 4 &&
  typeof value.seq === 'number' &&
  typeof value.canonical === 'string' &&
  typeof value.prev === 'string' &&
  typeof value.hash === 'string'
const hasSeq = (value: unknown): value is { readonly seq: number } =>
  isObject(value) && typeof value.seq === 'number'
