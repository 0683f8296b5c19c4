/** Runs a fixed report and puts its cells into one form, with an interval beside every rate. */
import { sql } from 'kysely'
import type { Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Report, ReportName, ReportOptions } from '../../core/reports.ts'
import { statement } from '../database/raw-sql.ts'
import type { StoreDatabase } from '../database/store-database.ts'
import { utc } from '../rows/cells.ts'
import { healthReport } from './health/health-report.ts'
import { kpiReport } from './kpis/kpi-report.ts'
import { REPORTS, type ReportStatement } from './reports.ts'
import { wilsonInterval } from './wilson-interval.ts'

/**
 * Rows of a report and the exact statements that made them.
 * @throws DbmedicError DBM_REQUEST_INVALID for a window where the report has none
 */
export async function runReport(
  db: StoreDatabase,
  name: ReportName,
  { windowSeconds }: ReportOptions = {},
): Promise<Report> {
  if (name === 'kpis') return kpiReport(db, windowSeconds)
  if (windowSeconds !== undefined)
    throw new DbmedicError('DBM_REQUEST_INVALID', {
      problem: `the report ${name} is over everything on record and takes no window`,
    })
  if (name === 'health') return healthReport(db)
  const report = REPORTS[name]
  const text = report.sql(db.dialect)
  const rows = await db.all(statement(db.dialect, sql.raw<Record<string, unknown>>(text)))
  return { sql: text, rows: rows.map((row) => ({ ...cellsOfRow(row, report), ...rateOf(row, report) })) }
}

function cellsOfRow(row: Readonly<Record<string, unknown>>, report: ReportStatement): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(row).map(([column, cell]): [string, Json] => {
      if (cell === null || cell === undefined) return [column, null]
      if (report.numbers.includes(column)) return [column, Number(cell)]
      if (report.times.includes(column)) return [column, utc(String(cell))]
      return [column, typeof cell === 'number' ? cell : String(cell)]
    }),
  )
}

function rateOf(row: Readonly<Record<string, unknown>>, report: ReportStatement): Record<string, Json> {
  if (report.rate === undefined) return {}
  const { name, hits, among } = report.rate
  const n = Number(row[among])
  const interval = wilsonInterval(Number(row[hits]), n)
  return {
    [name]: n === 0 ? null : Number(row[hits]) / n,
    [`${name}_low`]: interval?.low ?? null,
    [`${name}_high`]: interval?.high ?? null,
  }
}
