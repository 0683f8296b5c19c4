/** The fixed reports: what can be asked of the whole store, and what the answer looks like. */
import type { Json } from './canonical.ts'

/** How a fixed report is asked for. */
export interface ReportOptions {
  /** Of `kpis` alone: how far back, an hour to 400 days; 30 days by default. */
  readonly windowSeconds?: number
}

/** Longest window of a report, seconds: a year and what is compared with it. */
export const REPORT_WINDOW_MOST = 400 * 86_400

/** The fixed reports. */
export const REPORT_NAMES = [
  'pending',
  'approvals',
  'effectiveness',
  'accuracy',
  'recurrence',
  'sources',
  'kpis',
  'health',
] as const
/** The name of a fixed report. */
export type ReportName = (typeof REPORT_NAMES)[number]

/** Rows, and the statements that made them. */
export interface Report {
  /** More than one are divided by `;` and an empty line. */
  readonly sql: string
  readonly rows: readonly ReportRow[]
}

/** One row, by column. */
export type ReportRow = { readonly [column: string]: Json }
