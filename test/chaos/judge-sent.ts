/**
 * What the targets say they received on the executor's account, against the runs on record: nothing but reads, what
 * every session begins with, ends of connections of its own account, and the plan of one run, each line of it once,
 * in order, while that run was open. It knows nothing of how the executor works but these texts.
 */
import type { LoggedConnection, SentText } from './general-log.ts'

/** A run on record, with the plan people consented to. */
export interface RecordedRun {
  readonly executionId: number
  readonly targetId: number
  /** `server_uid`/`server_uuid` of the server it was approved for. */
  readonly instanceUid: string
  /** The connection it says it used; null for one that never began. */
  readonly connectionId: string | null
  /** This machine's clock, ms. */
  readonly startedMs: number | null
  readonly finishedMs: number | null
  /** Guards and statements, byte for byte, in order. */
  readonly guards: readonly string[]
  readonly statements: readonly string[]
}

/** What one server received. */
export interface ReceivingServer {
  readonly instanceUid: string
  readonly connections: readonly LoggedConnection[]
}

/** What was found. */
export interface SentVerdict {
  readonly violations: readonly string[]
  /** How often the server received a statement of each run that sent one. */
  readonly times: ReadonlyMap<number, number>
  readonly connections: number
  readonly reads: number
  readonly guards: number
  readonly statements: number
  /** KILL of a connection of the executor's own account: cancels and fences. */
  readonly ownKills: number
}

/** A log that knows whole seconds, and a clock that is read a moment later, ms. */
const SLACK_MS = 2_000
const READ = /^(?:\/\* dbmedic \*\/\s*)?(?:SELECT|SHOW|EXPLAIN|WITH)\b/i
const NO_READ = /\bINTO\s+(?:OUTFILE|DUMPFILE|@)|\bFOR\s+UPDATE\b|\bLOCK\s+IN\s+SHARE\b|\bGET_LOCK\b/i
/** What every session of an executor begins with. */
const OPENING: readonly RegExp[] = [
  /^SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='\+00:00', lc_messages='en_US', autocommit=1, lock_wait_timeout=2, innodb_lock_wait_timeout=2(?:, information_schema_stats_expiry=0)?$/,
  /^SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED$/,
  /^DO 0$/,
]
const KILL = /^(?:\/\* dbmedic \*\/ )?KILL (?:QUERY|CONNECTION) (\d+)$/

/** Judges what the servers received. */
export function judgeSent(runs: readonly RecordedRun[], servers: readonly ReceivingServer[]): SentVerdict {
  const judge = new SentJudge(runs)
  for (const server of servers) judge.server(server)
  return judge.verdict()
}

interface Span {
  readonly executionId: number
  /** One life of the server, one target. */
  readonly place: string
  readonly from: number
  readonly to: number
}

class SentJudge {
  readonly #runs: readonly RecordedRun[]
  readonly #violations: string[] = []
  readonly #times = new Map<number, number>()
  readonly #received = new Map<string, number>()
  readonly #count = { connections: 0, reads: 0, guards: 0, statements: 0, ownKills: 0 }

  constructor(runs: readonly RecordedRun[]) {
    this.#runs = runs
  }

  server(server: ReceivingServer): void {
    const spans: Span[] = []
    for (const connection of server.connections) {
      this.#count.connections += 1
      const changes = connection.sent.filter((sent) => !this.#harmless(sent.text, connection, server))
      const [first, last] = [changes[0], changes.at(-1)]
      if (first === undefined || last === undefined) continue
      const run = this.#runOf(connection, first, server)
      if (run === null) {
        for (const { text } of changes) this.#unapproved(text, connection)
        continue
      }
      this.#follow(run, changes)
      const place = `${connection.life} ${run.targetId}`
      spans.push({ executionId: run.executionId, place, from: first.order, to: last.order })
    }
    for (const place of Map.groupBy(spans, (span) => span.place).values()) this.#apart(place)
  }

  verdict(): SentVerdict {
    for (const [text, times] of this.#received) {
      const carriers = this.#runs.filter((r) => r.startedMs !== null && r.statements.includes(text)).length
      if (times > carriers)
        this.#violations.push(
          `received ${times} times, approved and started ${carriers} times: ${short(text)}`,
        )
    }
    return { violations: this.#violations, times: this.#times, ...this.#count }
  }

  #harmless(text: string, connection: LoggedConnection, server: ReceivingServer): boolean {
    if (READ.test(text) && !NO_READ.test(text)) {
      this.#count.reads += 1
      return true
    }
    if (OPENING.some((opening) => opening.test(text))) return true
    const killed = KILL.exec(text)?.[1]
    const isOwn = server.connections.some((c) => c.life === connection.life && c.id === killed)
    if (isOwn) this.#count.ownKills += 1
    return isOwn
  }

  /** The run that says it used this connection, and says so of about this time. */
  #runOf(connection: LoggedConnection, first: SentText, server: ReceivingServer): RecordedRun | null {
    const near = this.#runs
      .filter(
        (run) =>
          run.instanceUid === server.instanceUid &&
          run.connectionId === connection.id &&
          run.startedMs !== null &&
          connection.openedMs <= run.startedMs + SLACK_MS &&
          first.atMs >= run.startedMs - SLACK_MS,
      )
      .sort((a, b) => Number(b.startedMs) - Number(a.startedMs))
    return near[0] ?? null
  }

  #follow(run: RecordedRun, changes: readonly SentText[]): void {
    const plan = [...run.guards, ...run.statements]
    let at = 0
    for (const { text, atMs } of changes) {
      const found = plan.indexOf(text, at)
      const isStatement = run.statements.includes(text)
      if (isStatement) this.#statement(run, text)
      else this.#count.guards += 1
      if (found === -1) {
        const why = plan.includes(text) ? 'again or out of order' : 'that is not in its plan'
        this.#violations.push(`run ${run.executionId} sent ${why}: ${short(text)}`)
      } else at = found + 1
      if (isStatement && run.finishedMs !== null && atMs > run.finishedMs + SLACK_MS)
        this.#violations.push(`run ${run.executionId} sent after its end: ${short(text)}`)
    }
  }

  #statement(run: RecordedRun, text: string): void {
    this.#count.statements += 1
    this.#received.set(text, (this.#received.get(text) ?? 0) + 1)
    // A plan of several statements counts by its first.
    if (text === run.statements[0])
      this.#times.set(run.executionId, (this.#times.get(run.executionId) ?? 0) + 1)
  }

  #unapproved(text: string, { id, life }: LoggedConnection): void {
    this.#received.set(text, (this.#received.get(text) ?? 0) + 1)
    this.#violations.push(`no run was given leave on connection ${id} of life ${life}: ${short(text)}`)
  }

  /** Of two runs for one target in one life of a server, one sent its last line before the other sent its first. */
  #apart(spans: readonly Span[]): void {
    const inOrder = [...spans].sort((a, b) => a.from - b.from)
    for (const [index, span] of inOrder.entries()) {
      const next = inOrder[index + 1]
      if (next !== undefined && next.from < span.to)
        this.#violations.push(`runs ${span.executionId} and ${next.executionId} sent at the same time`)
    }
  }
}

const short = (text: string): string => (text.length > 160 ? `${text.slice(0, 160)}…` : text)
