/** Parts of plans and forecasts that actions on tables share. */
import type { ResolvedTable } from '../../core/parameters.ts'
import type { Forecast, TouchedObject } from '../../core/plan.ts'
import { NONE } from './forecast.ts'
import { quotedTable } from './names.ts'

/** The table as the approval binds it. */
export const touchedTable = (table: ResolvedTable): TouchedObject => ({
  kind: 'table',
  name: quotedTable(table),
  definitionDigest: table.definitionDigest,
})

/** A forecast without a table to measure; X1 refuses such a plan, so it only has to be honest. */
export const unknownForecast = (lockClass: string, blocks: string): Forecast => ({
  lockClass,
  blocks,
  durationMs: NONE,
  rowsTouched: NONE,
  bytesWritten: NONE,
  replicaLagSeconds: NONE,
  diskPeakBytes: NONE,
  basis: 'the table could not be read, so nothing is forecast',
})
