/** Looks through the audit chain: who did what, when, about which thing. Nothing is verified here, only read. */
import type { AuditContaining, AuditText } from '../core/audit-containing.ts'
import type { BrowsePort } from '../core/browse-port.ts'
import type { AuditRow, ReadPort } from '../core/store-ports.ts'
import type { UtcTime } from '../core/time.ts'
import { AUDITED_TABLES, excerptLines } from '../store/index.ts'

/** Links that are looked through for one page at most; the next page goes on from there. */
const LOOKED_MOST = 100_000
/** Links that one statement looks through: it takes tens of milliseconds, and others come between. */
const BLOCK = 20_000
const READ_ROWS = 1000

/** Things a search can be about. */
export const AUDIT_SUBJECTS = ['issue', 'decision', 'execution', 'target', 'user'] as const
/** One of them, by its number or name. */
export interface AuditSubject {
  readonly of: (typeof AUDIT_SUBJECTS)[number]
  readonly key: string
}

/** What is looked for. Absent: any. */
export interface AuditFilter {
  /** A login, or the role or account that wrote it; whole, letter case aside. */
  readonly who?: string | undefined
  /** A table of `auditedKinds`. */
  readonly kind?: string | undefined
  readonly subject?: AuditSubject | undefined
  /** From this instant on. By the chain's order: where the store's clock was set back, a link may be missed. */
  readonly since?: UtcTime | undefined
  /** Before this instant. */
  readonly until?: UtcTime | undefined
}

/** A link with what it says of itself. */
export interface AuditHit extends AuditRow {
  /** The role or account of the store that wrote it. */
  readonly role: string
  /** The login it names as the one who did it; null: none, the program did it by itself. */
  readonly who: string | null
  /** The table of the row that changed; empty: the link cannot be read. */
  readonly kind: string
  readonly key: string
  readonly op: 'insert' | 'update'
}

/** Links found, newest first. */
export interface AuditHits {
  readonly hits: readonly AuditHit[]
  /** Goes on below this number; null: everything was looked through. */
  readonly next: number | null
}

/** The ports a search needs. */
export interface AuditSource {
  readonly read: Pick<ReadPort, 'audit' | 'auditContaining' | 'now'>
  readonly browse: Pick<BrowsePort, 'newestSeq'>
}

/** Tables whose changes are links of the chain. */
export const auditedKinds = (): readonly string[] => AUDITED_TABLES

/** `decision:12` as a subject; null: it is none. */
export function auditSubject(text: string): AuditSubject | null {
  const [, word, key = ''] = /^([a-z]+):([\w.@+-]{1,100})$/.exec(text) ?? []
  const of = AUDIT_SUBJECTS.find((each) => each === word)
  return of === undefined ? null : { of, key }
}

/**
 * One page of what is looked for, newest first. Looks through at most 100,000 links, so a page may be empty and still
 * have a next one.
 */
export async function searchAudit(
  source: AuditSource,
  filter: AuditFilter,
  page: { readonly before: number | null; readonly limit: number },
): Promise<AuditHits> {
  const { low, high } = await rangeOf(source, filter)
  const top = Math.min(high, (page.before ?? high + 1) - 1)
  const wanted = wantedLinks(filter)
  // Without words to look for every link the store comes by is an answer, however few there are.
  const isLookedUp = wanted.contains.length === 0
  const limit = isLookedUp ? Math.min(READ_ROWS, page.limit) : READ_ROWS
  const hits: AuditHit[] = []
  let next = top + 1
  while (next > low && hits.length < page.limit && top - next < LOOKED_MOST) {
    const from = isLookedUp ? low : Math.max(low, next - BLOCK)
    const read = await source.read.auditContaining({ ...wanted, from, to: next - 1, limit })
    const found = read
      .map(hitOf)
      .filter((hit) => matches(hit, filter))
      .slice(0, page.limit - hits.length)
    hits.push(...found)
    const last = hits.length === page.limit ? found.at(-1) : read[limit - 1]
    next = last?.seq ?? from
  }
  return { hits, next: next > low ? next : null }
}

/** Names and numbers that stand in a link as they are typed: no escapes in them. */
const AS_TYPED = /^[\w.@+-]+$/

/** What a link that matches surely is, so that the store need not hand on the others. */
const wantedLinks = (filter: AuditFilter): Pick<AuditContaining, 'kind' | 'contains'> => ({
  ...(filter.kind === undefined ? {} : { kind: filter.kind }),
  contains: textsOf(filter),
})

/** What the text of a link that matches surely holds. Both stores write JSON, one with a space behind each colon. */
function textsOf({ who, subject }: AuditFilter): readonly AuditText[] {
  const texts: AuditText[] = []
  if (subject !== undefined && /^\d+$/.test(subject.key)) {
    const { key } = subject
    // Most links hold no such digits at all, and are done with after one look.
    texts.push({ oneOf: [key] }, { oneOf: [`"${key}"`, `:${key},`, `:${key}}`, `: ${key},`, `: ${key}}`] })
  } else if (subject !== undefined && AS_TYPED.test(subject.key))
    texts.push({ oneOf: [`"${subject.key.toLowerCase()}"`], anyCase: true })
  // A login is a whole value; of the account that wrote it, the part before the @ is enough.
  if (who !== undefined && AS_TYPED.test(who)) texts.push({ oneOf: [`"${who.toLowerCase()}`], anyCase: true })
  return texts
}

/**
 * The links that are looked for as a file, oldest first, each as a whole export writes it. It leaves links out, so
 * `dbmedic audit verify` says what it is and does not call it whole.
 */
export async function* auditExcerpt(source: AuditSource, filter: AuditFilter): AsyncGenerator<string> {
  const { low, high } = await rangeOf(source, filter)
  const wanted = wantedLinks(filter)
  yield* excerptLines({ ...described(filter), exportedAt: await source.read.now() }, found())
  async function* found(): AsyncGenerator<AuditRow> {
    for (let next = low; next <= high; next += READ_ROWS) {
      const to = Math.min(high, next + READ_ROWS - 1)
      const rows = await source.read.auditContaining({ ...wanted, from: next, to, limit: READ_ROWS })
      for (const row of rows.toReversed()) if (matches(hitOf(row), filter)) yield row
    }
  }
}

const described = ({ subject, ...others }: AuditFilter) => ({
  ...others,
  ...(subject === undefined ? {} : { subject: `${subject.of}:${subject.key}` }),
})

/** The first and last link between the two instants. */
async function rangeOf(
  { read, browse }: AuditSource,
  { since, until }: AuditFilter,
): Promise<{ readonly low: number; readonly high: number }> {
  const newest = await browse.newestSeq()
  return {
    low: since === undefined ? 1 : await firstSince(read, newest, since),
    high: until === undefined ? newest : (await firstSince(read, newest, until)) - 1,
  }
}

/** Number of the first link at or after an instant, by halving; one beyond the newest where there is none. */
async function firstSince(read: AuditSource['read'], newest: number, at: UtcTime): Promise<number> {
  let low = 1
  let high = newest + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await read.audit(middle, 1)
    if (row === undefined || row.at >= at) high = middle
    else low = middle + 1
  }
  return low
}

type Row = Readonly<Record<string, unknown>>

interface Content {
  readonly actor: string
  readonly table: string
  readonly key: string
  readonly op: AuditHit['op']
  readonly row: Row
}

const NOTHING: Content = { actor: '', table: '', key: '', op: 'insert', row: {} }

/** What a link says; nothing for one that was written past the store's rules and is no JSON. */
function contentOf(canonical: string): Content {
  const { actor, entry } = objectOf(parsed(canonical))
  const { table, key, op, row } = objectOf(entry)
  if (typeof table !== 'string') return NOTHING
  return {
    actor: textOf(actor),
    table,
    key: textOf(key),
    op: op === 'update' ? 'update' : 'insert',
    row: objectOf(row),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const objectOf = (value: unknown): Row => (typeof value === 'object' && value !== null ? (value as Row) : {})
const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

/** Columns that say which login did it, the latest act of a row first. */
const WHO = [
  ...['admin_user_id', 'revoked_by', 'lifted_by', 'ended_by', 'removed_by', 'settled_by', 'enabled_set_by'],
  ...['changed_by', 'signed_by', 'assessed_by', 'granted_by', 'requested_by', 'invited_by', 'created_by'],
  ...['set_by', 'proposed_by', 'executed_by', 'suppressed_by', 'erased_by'],
] as const
/** Rows a login makes about itself. */
const OF_ITSELF: readonly string[] = [
  ...['sessions', 'decision_readings', 'api_tokens', 'second_factors', 'recovery_codes', 'sealed_keys'],
  ...['passkeys', 'passkey_names', 'passkey_refusals'],
]

function whoOf({ table, row }: Content): string | null {
  const column = WHO.find((name) => textOf(row[name]) !== '')
  if (column !== undefined) return textOf(row[column])
  return OF_ITSELF.includes(table) && textOf(row['user_id']) !== '' ? textOf(row['user_id']) : null
}

function hitOf(row: AuditRow): AuditHit {
  const content = contentOf(row.canonical)
  const { actor, table, key, op } = content
  return { ...row, role: actor, who: whoOf(content), kind: table, key, op }
}

/** By subject: the table whose key it is, and the columns that name it elsewhere. */
const NAMED_IN: Readonly<
  Record<AuditSubject['of'], { readonly table: string; readonly columns: readonly string[] }>
> = {
  issue: { table: 'detected_issues', columns: ['issue_id'] },
  decision: { table: 'recovery_decisions', columns: ['decision_id'] },
  execution: { table: 'action_executions', columns: ['execution_id'] },
  target: { table: 'targets', columns: ['target_id'] },
  user: { table: 'users', columns: ['user_id', ...WHO] },
}

function matches(hit: AuditHit, { who, kind, subject, since, until }: AuditFilter): boolean {
  if (kind !== undefined && hit.kind !== kind) return false
  if ((since !== undefined && hit.at < since) || (until !== undefined && hit.at >= until)) return false
  if (who !== undefined && ![hit.who, hit.role, hit.role.split('@')[0]].some((each) => same(each, who)))
    return false
  return subject === undefined || isAbout(hit, subject)
}

function isAbout(hit: AuditHit, { of, key }: AuditSubject): boolean {
  const { table, columns } = NAMED_IN[of]
  if (hit.kind === table && same(hit.key, key)) return true
  const { row } = contentOf(hit.canonical)
  return columns.some((name) => same(textOf(row[name]), key))
}

const same = (one: string | null | undefined, other: string): boolean =>
  one?.toLowerCase() === other.toLowerCase()
