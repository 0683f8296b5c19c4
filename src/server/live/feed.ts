/**
 * What changed, in order, for every open page. The audit chain is the source: each change of the pipeline is a link
 * with a number, written in the same transaction, so a page that says the last number it saw misses nothing and sees
 * nothing twice, through whichever copy of the server.
 */
import { EventEmitter, once } from 'node:events'
import { errorFields, type Log } from '../../core/log.ts'
import type { AuditRow, Store } from '../../core/store-ports.ts'

/** How often the chain's head is asked for while a page is open, ms. */
const POLL_MS = 250
/** Changes kept in memory for pages that are up to date, or nearly. */
const KEPT_MOST = 2_000
/** A page further behind reads everything again instead. */
const BEHIND_MOST = 5_000
const READ_MOST = 500

/** One change. */
export interface Change {
  /** Number of its link in the audit chain. */
  readonly seq: number
  readonly at: string
  /** What kind of thing changed. */
  readonly kind: string
  readonly id: string | number
  readonly op: 'insert' | 'update'
  /** Its status now, where it has one. */
  readonly status: string | null
  /** Null: of the whole installation. */
  readonly workspaceId: number | null
  readonly targetId: number | null
  readonly issueId: number | null
  readonly decisionId: number | null
}

/** Where a page begins. */
export interface Begin {
  readonly begin: 'ready' | 'reset'
  readonly seq: number
}

/** Kinds pages are told of, by table. People, sessions and tokens are not among them. */
const KINDS: Readonly<Record<string, { readonly kind: string; readonly global?: true }>> = {
  detected_issues: { kind: 'issue' },
  ai_analysis: { kind: 'analysis' },
  recovery_decisions: { kind: 'decision' },
  admin_approvals: { kind: 'approval' },
  decision_endings: { kind: 'ending' },
  action_executions: { kind: 'execution' },
  execution_verifications: { kind: 'verification' },
  learning_records: { kind: 'lesson' },
  recovery_requests: { kind: 'request' },
  change_windows: { kind: 'change-window' },
  suppressions: { kind: 'suppression' },
  targets: { kind: 'target' },
  halts: { kind: 'halt', global: true },
  predefined_actions: { kind: 'action', global: true },
  standing_approvals: { kind: 'standing-approval', global: true },
}

const STATUS_COLUMNS = [
  'issue_status',
  'decision_status',
  'execution_status',
  'approval_status',
  'ending',
  'verdict',
] as const

/** The changes of one store, read once for all pages of this process. */
export class Feed {
  private readonly store: Pick<Store, 'read' | 'browse'>
  private readonly log: Log
  private readonly changed = new EventEmitter()
  private kept: Change[] = []
  /** Everything up to here is in `kept`, or was of no interest, or is older than what is kept. */
  private upTo = 0
  /** Everything after here is in `kept`. */
  private keptFrom = 0
  private readers = 0
  private polling: Promise<void> | null = null

  constructor(store: Pick<Store, 'read' | 'browse'>, log: Log) {
    this.store = store
    this.log = log
    this.changed.setMaxListeners(0)
  }

  /** How many pages are listening. */
  get open(): number {
    return this.readers
  }

  /**
   * Changes after `seq` (null: from now on) as they come, until the signal aborts. First comes where it begins:
   * `reset` if more was missed than is told one by one, so that everything must be read again.
   */
  async *since(seq: number | null, signal: AbortSignal): AsyncGenerator<Change | Begin> {
    this.readers += 1
    try {
      this.polling ??= this.poll()
      const newest = await this.store.browse.newestSeq()
      const reset = seq !== null && (seq > newest || newest - seq > BEHIND_MOST)
      let at = seq === null || reset ? newest : seq
      yield { begin: reset ? 'reset' : 'ready', seq: at }
      while (!signal.aborted) {
        const { changes, upTo } = await this.after(at)
        for (const change of changes) yield change
        at = upTo
        if (upTo >= this.upTo) await this.wait(at, signal)
      }
    } finally {
      this.readers -= 1
    }
  }

  private async after(seq: number): Promise<{ readonly changes: readonly Change[]; readonly upTo: number }> {
    if (this.upTo > 0 && seq >= this.keptFrom) {
      const upTo = Math.max(seq, this.upTo)
      return { changes: this.kept.filter((change) => change.seq > seq && change.seq <= upTo), upTo }
    }
    return this.read(seq)
  }

  /** Straight from the store: for a page that has been away longer than what is kept. */
  private async read(seq: number): Promise<{ readonly changes: readonly Change[]; readonly upTo: number }> {
    const rows = await this.store.read.audit(seq + 1, READ_MOST)
    const changes: Change[] = []
    for (const row of rows) {
      const change = await this.changeOf(row)
      if (change !== null) changes.push(change)
    }
    return { changes, upTo: rows.at(-1)?.seq ?? seq }
  }

  private async wait(seq: number, signal: AbortSignal): Promise<void> {
    if (this.upTo > seq || signal.aborted) return
    await once(this.changed, 'more', { signal }).catch(() => undefined)
  }

  /** Runs while a page is open. What it cannot read now it reads later. */
  private async poll(): Promise<void> {
    let failures = 0
    while (this.readers > 0) {
      try {
        await this.fetch()
        if (failures > 0) this.log({ level: 'info', stage: 'serve', message: 'changes are read again' })
        failures = 0
      } catch (error) {
        failures += 1
        if (failures === 1) this.log({ level: 'warn', stage: 'serve', ...errorFields(error) })
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS * Math.min(20, 1 + failures)))
    }
    this.polling = null
    this.kept = []
    this.upTo = 0
    this.keptFrom = 0
  }

  private async fetch(): Promise<void> {
    const newest = await this.store.browse.newestSeq()
    if (this.upTo === 0) {
      this.upTo = newest
      this.keptFrom = newest
      this.changed.emit('more')
      return
    }
    while (this.upTo < newest) {
      const { changes, upTo } = await this.read(this.upTo)
      if (upTo === this.upTo) return
      this.kept.push(...changes)
      if (this.kept.length > KEPT_MOST) {
        this.keptFrom = this.kept[this.kept.length - KEPT_MOST - 1]?.seq ?? this.keptFrom
        this.kept = this.kept.slice(-KEPT_MOST)
      }
      this.upTo = upTo
      this.changed.emit('more')
    }
  }

  private async changeOf(row: AuditRow): Promise<Change | null> {
    const { entry } = JSON.parse(row.canonical) as { readonly entry: Entry }
    const known = Object.hasOwn(KINDS, entry.table) ? KINDS[entry.table] : undefined
    if (known === undefined) return null
    const place = known.global === true ? EVERYWHERE : await this.store.browse.place(entry.table, entry.key)
    if (place === null) return null
    const column = STATUS_COLUMNS.find((name) => typeof entry.row[name] === 'string')
    const status = column === undefined ? null : String(entry.row[column])
    return { seq: row.seq, at: row.at, kind: known.kind, id: entry.key, op: entry.op, status, ...place }
  }
}

/** Of the whole installation. */
const EVERYWHERE = { workspaceId: null, targetId: null, issueId: null, decisionId: null } as const

/** What a link says. */
interface Entry {
  readonly table: string
  readonly key: string | number
  readonly op: 'insert' | 'update'
  readonly row: Readonly<Record<string, unknown>>
}
