/**
 * How many bytes a column's value takes in an index entry at most.
 * Sizes: https://dev.mysql.com/doc/refman/8.4/en/storage-requirements.html; MariaDB has the same and INET and UUID.
 */

/** Sizes as the catalog states them. */
export interface ColumnSizes {
  readonly octets: number | null
  readonly precision: number | null
  readonly scale: number | null
  readonly fractionDigits: number
}

const FIXED: { readonly [type: string]: number } = {
  tinyint: 1,
  smallint: 2,
  mediumint: 3,
  int: 4,
  bigint: 8,
  float: 4,
  double: 8,
  year: 1,
  date: 3,
  enum: 2,
  set: 8,
  uuid: 16,
  inet6: 16,
  inet4: 4,
}

/** Bytes before the fraction; each two digits of the fraction take one more. */
const TEMPORAL: { readonly [type: string]: number } = { time: 3, datetime: 5, timestamp: 4 }

/** Bytes an index entry of the column takes at most; null for types that cannot be in an ordinary index. */
export function longestIndexEntry(dataType: string, sizes: ColumnSizes): number | null {
  const temporal = TEMPORAL[dataType]
  if (temporal !== undefined) return temporal + Math.ceil(sizes.fractionDigits / 2)
  if (dataType === 'decimal') return decimalBytes(sizes)
  if (dataType === 'bit') return Math.ceil((sizes.precision ?? 1) / 8)
  return FIXED[dataType] ?? sizes.octets
}

/** Nine digits take four bytes; what remains takes this many, by number of digits. */
const LEFTOVER_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4] as const

function decimalBytes({ precision, scale }: ColumnSizes): number {
  const fraction = scale ?? 0
  return digitBytes((precision ?? 10) - fraction) + digitBytes(fraction)
}

function digitBytes(digits: number): number {
  return Math.floor(digits / 9) * 4 + (LEFTOVER_BYTES[digits % 9] ?? 4)
}
