// The plan that MariaDB writes into the slow log under log_slow_verbosity=explain: EXPLAIN's columns and r_rows.
// https://mariadb.com/kb/en/explain-in-the-slow-query-log/

/** One row of the logged plan. NULL is undefined. */
export interface LoggedPlanRow {
  /** SELECT number; undefined for the row of a UNION's result. */
  readonly id: number | undefined
  readonly selectType: string
  readonly table: string | undefined
  /** Join type: `ALL`, `ref`, `eq_ref`, ... */
  readonly type: string | undefined
  readonly possibleKeys: readonly string[]
  readonly key: string | undefined
  /** Bytes of the key used, as printed (`5`, or `4,4` for an index merge). */
  readonly keyLength: string | undefined
  readonly ref: string | undefined
  /** Rows the optimizer expected to read for each pass. */
  readonly rows: number | undefined
  /** Rows really read for each pass, averaged. */
  readonly actualRows: number | undefined
  /** Percent of the rows read that were expected to pass the condition. */
  readonly filteredPercent: number | undefined
  /** Percent that really passed. */
  readonly actualFilteredPercent: number | undefined
  readonly extra: string
}

const PREFIX = '# explain: '
const COLUMNS_MIN = 9
/** More rows than any statement of 61 joined tables and its sub-selects has in practice. */
const ROWS_MAX = 500

/**
 * The plan in the header lines of an entry, or undefined when there is none or one of its lines does not have the columns
 * its heading promises (nothing half-read is a plan).
 */
export function parseLoggedPlan(headerLines: readonly string[]): readonly LoggedPlanRow[] | undefined {
  const lines = headerLines.filter((line) => line.startsWith(PREFIX)).map((line) => line.slice(PREFIX.length))
  const heading = lines[0]?.split('\t')
  if (heading === undefined || heading[0] !== 'id' || heading.length < COLUMNS_MIN || lines.length > ROWS_MAX)
    return undefined
  const rows: LoggedPlanRow[] = []
  for (const line of lines.slice(1)) {
    const values = line.split('\t')
    if (values.length !== heading.length) return undefined
    rows.push(planRow(new Map(heading.map((column, at) => [column, values[at] as string]))))
  }
  return rows.length === 0 ? undefined : rows
}

function planRow(cells: ReadonlyMap<string, string>): LoggedPlanRow {
  const text = (column: string): string | undefined => {
    const value = cells.get(column)
    return value === undefined || value === 'NULL' ? undefined : value
  }
  const number = (column: string): number | undefined => {
    const value = text(column)
    return value === undefined || !/^[\d.]+$/.test(value) ? undefined : Number(value)
  }
  return {
    id: number('id'),
    selectType: text('select_type') ?? '',
    table: text('table'),
    type: text('type'),
    possibleKeys: text('possible_keys')?.split(',') ?? [],
    key: text('key'),
    keyLength: text('key_len'),
    ref: text('ref'),
    rows: number('rows'),
    actualRows: number('r_rows'),
    filteredPercent: number('filtered'),
    actualFilteredPercent: number('r_filtered'),
    extra: text('Extra') ?? '',
  }
}
