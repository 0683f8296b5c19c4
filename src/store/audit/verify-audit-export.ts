/**
 * Checks an audit export with nothing but the file: every link's hash, that none is missing, doubled, moved
 * or changed, that the end is there, and that every byte is the one an export writes. Whoever owns the store could
 * have written a whole new chain, and whoever holds the file could cut it and write another footer; only a head hash
 * noted somewhere else (`anchor`) shows that.
 */
import { EXCERPT_SCHEMA } from './excerpt-lines.ts'
import {
  type AuditFooter,
  type AuditHeader,
  type AuditLine,
  GENESIS,
  headerHash,
  lineOf,
  linkHash,
} from './export-format.ts'

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

/** What a file is: also how strictly it could be checked. */
export interface ExportVerdict extends AuditVerdict {
  /** 2: every byte was checked. 1: an older one, in which header and spelling are not. */
  readonly format: 1 | 2 | null
}

/** A head hash noted earlier, outside the store. */
export interface AuditAnchor {
  readonly seq: number
  readonly hash: string
}

/** Longest line that is read, bytes or characters. */
export const LONGEST_LINE: number = 16 * 1024 * 1024

/**
 * Verifies the lines of an export, each with its newline, as text or as the bytes of a file (`bytesByLine`). Never
 * throws for what a file may hold.
 */
export async function verifyAuditExport(
  lines: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  anchor?: AuditAnchor,
): Promise<ExportVerdict> {
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
  private format: 1 | 2 | null = null
  private header = ''
  private readonly sealed = new Set<number>()
  private readonly pruned = new Set<number>()
  private stage: 'header' | 'links' | 'done' = 'header'
  private readonly anchor: AuditAnchor | undefined

  constructor(anchor: AuditAnchor | undefined) {
    this.anchor = anchor
  }

  take(raw: string | Uint8Array): void {
    const text = raw.length > LONGEST_LINE ? null : textOf(raw)
    const line = text?.replace(/\r?\n$/, '') ?? null
    const value = line === null ? null : parsed(line)
    if (this.stage === 'done') {
      if (this.format !== 1 || line !== '') this.fail('there is something after the footer', null)
    } else if (this.stage === 'header') this.takeHeader(value)
    else if (isFooter(value, this.format)) this.takeFooter(value)
    else this.takeLink(value)
    if (this.problem === null && this.format === 2) this.sameBytes(value, text)
  }

  /** One text for each line, so that no byte of it can differ and mean the same. */
  private sameBytes(value: unknown, text: string | null): void {
    const known = value as AuditHeader | AuditLine | AuditFooter
    if (text === `${lineOf(known)}\n`) {
      if ('schema' in known) this.header = headerHash(lineOf(known))
      return
    }
    const at = 'seq' in known ? `link ${known.seq}` : 'schema' in known ? 'the header' : 'the footer'
    this.fail(`${at} is not written as an export writes it`, 'seq' in known ? known.seq : null)
  }

  end(): ExportVerdict {
    if (this.problem === null && this.stage !== 'done') {
      this.fail('the end is missing: there is no footer', this.stage === 'header' ? null : this.rows + 1)
    }
    if (this.problem === null && this.anchor !== undefined && !this.anchored) {
      this.fail(`the link of the anchor, ${this.anchor.seq}, is missing`, this.rows + 1)
    }
    const { rows, firstBadSeq, problem, head, format } = this
    const events = { batches: this.sealed.size, pruned: this.pruned.size }
    return { ok: problem === null, rows, firstBadSeq, problem, head, events, format }
  }

  private takeHeader(value: unknown): void {
    if (isHeader(value)) {
      this.stage = 'links'
      this.format = value.schema === 'dbmedic/audit/1' ? 1 : 2
    } else if (isExcerpt(value)) {
      this.fail(
        'it is an excerpt, which leaves links out: only an export of the whole chain is verified',
        null,
      )
    } else this.fail('it does not begin with the header of an audit export', null)
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
    } else if (footer.header !== undefined && footer.header !== this.header) {
      this.fail('the header is not the one the footer was written for', null)
    }
  }

  private fail(problem: string, firstBadSeq: number | null): void {
    this.problem ??= problem
    this.firstBadSeq ??= firstBadSeq
  }
}

/** Null for bytes that are no UTF-8: decoded leniently, two different files could read the same. */
function textOf(raw: string | Uint8Array): string | null {
  if (typeof raw === 'string') return raw
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch {
    return null
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
const isExcerpt = (value: unknown): boolean =>
  isObject(value) && typeof value['schema'] === 'string' && value['schema'].startsWith(EXCERPT_SCHEMA)
const isHeader = (value: unknown): value is AuditHeader =>
  isObject(value) &&
  (value.schema === 'dbmedic/audit/1' || value.schema === 'dbmedic/audit/2') &&
  Object.keys(value).length === 4
const isFooter = (value: unknown, format: 1 | 2 | null): value is AuditFooter =>
  isObject(value) &&
  Object.keys(value).length === (format === 1 ? 2 : 3) &&
  typeof value.rows === 'number' &&
  typeof value.head === 'string' &&
  (format === 1 || typeof value.header === 'string')
const isLink = (value: unknown): value is AuditLine =>
  isObject(value) &&
  Object.keys(value).length === 4 &&
  typeof value.seq === 'number' &&
  typeof value.canonical === 'string' &&
  typeof value.prev === 'string' &&
  typeof value.hash === 'string'
const hasSeq = (value: unknown): value is { readonly seq: number } =>
  isObject(value) && typeof value.seq === 'number'
