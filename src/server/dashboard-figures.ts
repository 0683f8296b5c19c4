/** The dashboard's figures for many pages at once: each part is counted again when something changed that it counts. */
import type { BrowsePort, Dashboard, LastingFigures } from '../core/browse-port.ts'
import type { ReadPort } from '../core/store-ports.ts'
import { freshFor } from './fresh-for.ts'

/** How old figures may be that change without a link: ages, the last event of a target, how bad an open issue is, ms. */
const FRESH_MS = 1_000
/** How late what is a day, a week or a month old leaves a part that nothing else changes, ms. */
const LASTING_MS = 30_000
/** Links that are looked at to tell what changed; after more everything is counted again. */
const LOOKED_MOST = 200
/** Workspaces whose parts are kept at most. */
const KEPT_MOST = 200

/** What changes a part, as `changeOf` names it. Everything depends on which targets there are. */
const CHANGED_BY: Readonly<Record<keyof LastingFigures, readonly string[]>> = {
  runs: ['targets', 'action_executions', 'execution_verifications'],
  votes: ['targets', 'admin_approvals'],
  resolved: ['targets', 'detected_issues to RESOLVED'],
}
const PARTS = Object.keys(CHANGED_BY) as (keyof LastingFigures)[]

/** A part, and when it was counted, ms of the process's own clock. */
interface Counted {
  readonly at: number
  readonly value: unknown
}

interface Kept {
  readonly seq: number
  readonly parts: ReadonlyMap<keyof LastingFigures, Counted>
}

/** The ports the figures are read through. */
export interface DashboardSource {
  readonly browse: Pick<BrowsePort, 'dashboard' | 'newestSeq'>
  readonly read: Pick<ReadPort, 'audit'>
}

/**
 * Reads the dashboard of a workspace. Whoever was told of a change never gets figures from before it: the newest link is
 * read first, and a part is taken from before only if no link since then is about what it counts.
 */
export function dashboardFigures({
  browse,
  read,
}: DashboardSource): (workspaceId: number) => Promise<Dashboard> {
  const kept = new Map<number, Kept>()
  return freshFor(FRESH_MS, {
    newestSeq: browse.newestSeq,
    read: async (workspaceId, seq) => {
      const known = await stillTrue(read, kept.get(workspaceId), seq)
      const begun = performance.now()
      const figures = await browse.dashboard(workspaceId, valuesOf(known))
      if (kept.size >= KEPT_MOST) kept.clear()
      const parts = PARTS.map(
        (part) => [part, known.get(part) ?? { at: begun, value: figures[part] }] as const,
      )
      kept.set(workspaceId, { seq, parts: new Map(parts) })
      return figures
    },
  })
}

const valuesOf = (known: Kept['parts']): Partial<LastingFigures> =>
  Object.fromEntries([...known].map(([part, { value }]) => [part, value]))

/** The parts that no link up to `seq` and no time has changed. */
async function stillTrue(
  read: DashboardSource['read'],
  before: Kept | undefined,
  seq: number,
): Promise<Kept['parts']> {
  const changes = before === undefined ? null : await changesBetween(read, before.seq, seq)
  if (before === undefined || changes === null) return new Map()
  const now = performance.now()
  return new Map(
    [...before.parts].filter(
      ([part, { at }]) => now - at < LASTING_MS && !CHANGED_BY[part].some((each) => changes.has(each)),
    ),
  )
}

/** What changed after one link up to another; null: too much to tell, or the chain is not the one it was. */
async function changesBetween(
  read: DashboardSource['read'],
  after: number,
  upTo: number,
): Promise<ReadonlySet<string> | null> {
  if (upTo === after) return new Set()
  if (upTo < after || upTo - after > LOOKED_MOST) return null
  const links = await read.audit(after + 1, upTo - after)
  return links.length === upTo - after ? new Set(links.flatMap(({ canonical }) => changeOf(canonical))) : null
}

/** A change by its table, and for a state by what it became. */
function changeOf(canonical: string): readonly string[] {
  const { entry } = JSON.parse(canonical) as {
    readonly entry: { readonly table: string; readonly row: { readonly issue_status?: unknown } }
  }
  return [entry.table, `${entry.table} to ${String(entry.row.issue_status)}`]
}
