/**
 * The key figures: each with what it is counted from, its window and a 95 % interval. What there is nothing to count of is
 * null: neither 0 % nor 100 % is known of nothing.
 */
import { sql } from 'kysely'
import type { Report } from '../../../core/reports.ts'
import { statement } from '../../database/raw-sql.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { utc } from '../../rows/cells.ts'
import { wilsonInterval } from '../wilson-interval.ts'
import { EXPLANATION_PARTS, partsOnRecord } from './completeness.ts'
import {
  explainedStatement,
  type KpiWindow,
  previewsStatement,
  SHARES,
  type ShareCounts,
  TIMES,
  type TimeCase,
  windowStatement,
} from './kpi-statements.ts'
import { type Lasted, quantileOf } from './survival.ts'

/** Days of the window where none is said. */
const DAYS = 30
const HOUR_SECONDS = 3_600

/** A figure before its window is added. */
interface Figure {
  readonly kpi: string
  readonly unit: 'share' | 'seconds'
  /** Of a share the share, of a time the median. */
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  /** Of a time: within this nine of ten end. */
  readonly p90: number | null
  readonly numerator: number
  readonly denominator: number
  readonly left_out: number
  readonly interval: 'wilson' | 'brookmeyer-crowley'
  readonly counts: string
}

/**
 * All key figures and the statements they come from.
 * @param windowSeconds length of the window up to now, rounded up to whole hours; 30 days by default
 */
export async function kpiReport(
  db: StoreDatabase,
  windowSeconds: number = DAYS * 24 * HOUR_SECONDS,
): Promise<Report> {
  const window: KpiWindow = { dialect: db.dialect, hours: Math.ceil(windowSeconds / HOUR_SECONDS) }
  const ran: string[] = []
  const all = async <R>(text: string): Promise<readonly R[]> => {
    ran.push(text)
    return db.all(statement(db.dialect, sql.raw<R>(text)))
  }
  const [span] = await all<{ window_from: string; window_to: string }>(windowStatement(window))
  const figures: Figure[] = []
  for (const [kpi, { sql: of, counts }] of Object.entries(SHARES))
    figures.push(shareOf(kpi, counts, (await all<ShareCounts>(of(window)))[0]))
  for (const [kpi, { sql: of, counts }] of Object.entries(TIMES))
    figures.push(timeOf(kpi, counts, await all<TimeCase>(of(window))))
  figures.push(
    completenessOf(
      await all<ExplainedRow>(explainedStatement(window)),
      await all<PreviewRow>(previewsStatement()),
    ),
  )
  const from = utc(span?.window_from ?? '')
  const to = utc(span?.window_to ?? '')
  return {
    sql: ran.join(';\n\n'),
    rows: figures.map(({ counts, ...figure }) => ({
      ...figure,
      window_from: from,
      window_to: to,
      counts,
    })),
  }
}

function shareOf(kpi: string, counts: string, row: ShareCounts | undefined): Figure {
  const [numerator, denominator] = [Number(row?.numerator ?? 0), Number(row?.denominator ?? 0)]
  const interval = wilsonInterval(numerator, denominator)
  return {
    kpi,
    unit: 'share',
    value: denominator === 0 ? null : numerator / denominator,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    p90: null,
    numerator,
    denominator,
    left_out: Number(row?.left_out ?? 0),
    interval: 'wilson',
    counts,
  }
}

function timeOf(kpi: string, counts: string, rows: readonly TimeCase[]): Figure {
  const cases: readonly Lasted[] = rows
    .filter(({ ended }) => ended !== null)
    // Both moments are the store's own; what began before it ended by a clock that was set back took no time.
    .map((row) => ({ time: Math.max(0, Number(row.seconds)), ended: Number(row.ended) === 1 }))
  const { value, low, high } = quantileOf(cases, 0.5)
  return {
    kpi,
    unit: 'seconds',
    value,
    low,
    high,
    p90: quantileOf(cases, 0.9).value,
    numerator: cases.filter(({ ended }) => ended).length,
    denominator: cases.length,
    left_out: rows.length - cases.length,
    interval: 'brookmeyer-crowley',
    counts,
  }
}

interface ExplainedRow {
  readonly issue_id: number
  readonly binding_text: string
  readonly preflight_digest: string
  readonly root_cause_code: string
  readonly evidence: string
  readonly competing_hypotheses: string
  readonly metric_value: number | null
  readonly raw_context: string | null
}

interface PreviewRow {
  readonly issue_id: number
  readonly answer: string
}

/**
 * Parts on record of all there could be. They are counted by part, but their interval is Wilson's over decisions: parts of one
 * decision come and go together, and nothing between 0 and 1 varies more than a share of yes and no does.
 */
function completenessOf(rows: readonly ExplainedRow[], answers: readonly PreviewRow[]): Figure {
  const previews = Map.groupBy(answers, ({ issue_id }) => issue_id)
  const parts = rows.map((row) =>
    partsOnRecord({
      bindingText: row.binding_text,
      preflightDigest: row.preflight_digest,
      rootCauseCode: row.root_cause_code,
      evidence: row.evidence,
      hypotheses: row.competing_hypotheses,
      metricValue: row.metric_value,
      rawContext: row.raw_context,
      previews: (previews.get(row.issue_id) ?? []).map(({ answer }) => answer),
    }),
  )
  const most = EXPLANATION_PARTS.length
  const numerator = parts.reduce((sum, each) => sum + each.length, 0)
  const interval = wilsonInterval(numerator / most, rows.length)
  const lacking = EXPLANATION_PARTS.map((part) => ({
    part,
    n: parts.filter((each) => !each.includes(part)).length,
  })).filter(({ n }) => n > 0)
  return {
    kpi: 'explanation_completeness',
    unit: 'share',
    value: rows.length === 0 ? null : numerator / (most * rows.length),
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    p90: null,
    numerator,
    denominator: most * rows.length,
    left_out: 0,
    interval: 'wilson',
    counts: `parts on record / ${most} of each of the newest ${rows.length} decisions${
      lacking.length === 0
        ? ''
        : `; not on record: ${lacking.map(({ part, n }) => `${part} ${n}`).join(', ')}`
    }`,
  }
}
