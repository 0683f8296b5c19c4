/** Times in the viewer's zone, with UTC on hover and for readers of the page's source. */

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** Seconds as people say them: 3 min, 2 h 5 min. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const at = UNITS.findIndex(([, size]) => whole >= size)
  const first = UNITS[at]
  if (first === undefined) return '0 s'
  const count = Math.floor(whole / first[1])
  const second = UNITS[at + 1]
  const rest = second === undefined ? 0 : Math.floor((whole - count * first[1]) / second[1])
  return rest === 0 || second === undefined
    ? `${count} ${first[0]}`
    : `${count} ${first[0]} ${rest} ${second[0]}`
}

/** Milliseconds as people say them. */
export function durationText(ms: number | null): string {
  if (ms === null) return 'not known'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return spanText(ms / 1_000)
}

/** An instant. */
export function Time({ at }: { readonly at: string }) {
  const date = new Date(at)
  return (
    <time dateTime={at} title={`${at.slice(0, 19).replace('T', ' ')} UTC`} className="time">
      {local.format(date)}
    </time>
  )
}
