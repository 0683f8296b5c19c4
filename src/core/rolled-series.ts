/**
 * Series are kept twice: their windows as they came, for a day or more, and rolled up into ten minutes for as long as
 * baselines reach back. Whoever asks for a series gets the fine windows where they still are and the rolled ones before.
 */

/** How long a rolled window is, ms. */
export const ROLL_MS = 600_000

/** Kind of the rolled windows by kind of the fine ones. Plans are few and named by their windows: they stay as they are. */
export const ROLLED_KINDS: { readonly [fineKind: string]: string } = {
  statement: 'statement/10m',
  server: 'server/10m',
}

/** The kind under which windows of this kind are rolled up; null if they are not. */
export function rolledKind(seriesKind: string): string | null {
  return Object.hasOwn(ROLLED_KINDS, seriesKind) ? (ROLLED_KINDS[seriesKind] ?? null) : null
}

/** The kind of the fine windows that windows of this kind hold the sums of; null if they hold none. */
export function fineKindOf(seriesKind: string): string | null {
  return Object.entries(ROLLED_KINDS).find(([, rolled]) => rolled === seriesKind)?.[0] ?? null
}
