/** Bytes, for people. */

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** One kibibyte, mebibyte, gibibyte in bytes. */
export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

/** A number of bytes with at most one decimal, e.g. `1.5 GiB`. */
export function bytesText(bytes: number): string {
  let unit = 0
  let value = Math.max(0, bytes)
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${Math.round(value * 10) / 10} ${UNITS[unit]}`
}
