// Recognises, on bytes, the lines that begin an entry of a slow log and the lines a server writes when it opens one.

import { startsWith } from './slow-log-entry.ts'

/** Longest header; MySQL's longest, with every attribute, is below 2 KiB, a plan of 61 tables below 32 KiB. */
export const MAX_HEADER_BYTES = 256 * 1024

/** `# Time: `, an ISO time with microseconds and zone, and a CR. A longer line holds the account too. */
const LONGEST_TIME_LINE = 8 + 32 + 1

const NEWLINE = 10
const RETURN = 13
const HASH = 35
const SEMICOLON = 59
const COLON = 58
const BANNER_MAX_BYTES = 600

/**
 * True when a well-formed header begins at the line at `at`; undefined when that cannot be told yet. Of a header that the
 * end of the file cuts, the beginning is enough if the line before ends a statement.
 */
export function headerAt(bytes: Buffer, at: number, ended: boolean): boolean | undefined {
  if (at + 13 > bytes.length) return beginsLikeHeader(bytes, at) ? cutHeader(bytes, at, ended) : false
  const isTime = startsWith(bytes, at, '# Time: ')
  if (!isTime && !isAccountLine(bytes, at)) return false
  const newline = bytes.indexOf(NEWLINE, at)
  if (newline < 0) return bytes.length - at > MAX_HEADER_BYTES ? false : cutHeader(bytes, at, ended)
  return isTime
    ? timeHeaderAt(bytes, { at, newline, ended })
    : nextLineIs(bytes, { at, newline, ended }, isNamedLine)
}

interface FirstLine {
  readonly at: number
  readonly newline: number
  readonly ended: boolean
}

function timeHeaderAt(bytes: Buffer, line: FirstLine): boolean | undefined {
  if (!isTimeLine(bytes, line.at + 8, line.newline)) return false
  return holdsAccount(bytes, line.at, line.newline) || nextLineIs(bytes, line, isAccountLine)
}

function nextLineIs(
  bytes: Buffer,
  { at, newline, ended }: FirstLine,
  test: (bytes: Buffer, at: number) => boolean,
): boolean | undefined {
  return isCutLine(bytes, newline + 1) ? cutHeader(bytes, at, ended) : test(bytes, newline + 1)
}

function isAccountLine(bytes: Buffer, at: number): boolean {
  return startsWith(bytes, at, '# User@Host: ')
}

/** True when too little of the line at `at` is there to tell a header line. */
function isCutLine(bytes: Buffer, at: number): boolean {
  return at + 13 > bytes.length && (at >= bytes.length || bytes[at] === HASH)
}

/** True when the line of the time goes on with the account, as some versions write it. */
function holdsAccount(bytes: Buffer, at: number, newline: number): boolean {
  return newline - at > LONGEST_TIME_LINE && bytes.subarray(at, newline).includes('# User@Host: ')
}

function cutHeader(bytes: Buffer, at: number, ended: boolean): boolean | undefined {
  if (!ended) return undefined
  return at === 0 || bytes[lineEnd(bytes, 0, at) - 1] === SEMICOLON
}

/** True when the few bytes from `at` on could go on to be a header line. */
function beginsLikeHeader(bytes: Buffer, at: number): boolean {
  const begun = bytes.toString('latin1', at, Math.min(bytes.length, at + 13))
  return '# Time: '.startsWith(begun.slice(0, 8)) || '# User@Host: '.startsWith(begun)
}

/** `070101  1:02:03` or `2024-01-01T...`: digits where they must be. */
function isTimeLine(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < 15) return false
  for (const offset of [0, 1, 2, 3]) {
    const byte = bytes[from + offset] as number
    if (byte < 48 || byte > 57) return false
  }
  return bytes[from + 4] === 45 || bytes[from + 6] === 32
}

/** `# `, a capital letter, letters and underscores, a colon: `# Query_time:`, `# Thread_id:`, `# Schema:`. */
function isNamedLine(bytes: Buffer, at: number): boolean {
  if (!startsWith(bytes, at, '# ')) return false
  const from = at + 2
  const first = bytes[from] as number
  if (!(first >= 65 && first <= 90)) return false
  for (let i = from + 1; i < from + 40; i++) {
    const byte = bytes[i] as number
    if (byte === COLON) return true
    if (!((byte >= 97 && byte <= 122) || byte === 95)) return false
  }
  return false
}

/** A first byte that a banner line can have. */
export function mayBeBanner(first: number): boolean {
  return first === 47 || first === 84 || first === 109 || (first >= 65 && first <= 90)
}

/** True when the start-up banner begins at `at`; undefined when that cannot be told yet. */
export function bannerAt(bytes: Buffer, at: number, ended: boolean): boolean | undefined {
  const newline = bytes.indexOf(NEWLINE, at)
  if (newline >= 0) {
    const last = bytes[lineEnd(bytes, at, newline) - 1]
    return (
      (last === COLON || last === 121) && hasVersion(bytes, at, newline) && isBannerLine(bytes, at, newline)
    )
  }
  return ended || bytes.length - at > BANNER_MAX_BYTES ? false : undefined
}

/** True when `, Version: ` stands between. */
function hasVersion(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] === 44 && startsWith(bytes, at, ', Version: ')) return true
  return false
}

/** One of the three lines a server writes when it opens the log. */
export function isBannerLine(bytes: Buffer, from: number, to: number): boolean {
  const first = bytes[from] as number
  if (first === HASH || to - from > BANNER_MAX_BYTES || !mayBeBanner(first)) return false
  const line = bytes.toString('latin1', from, to)
  return /, Version: .*(?:started with:|embedded library)|^Tcp port:|^TCP Port:|^Time\s+Id\s+Command/.test(
    line,
  )
}

/** The end of the line without line breaks: `to` less trailing LF and CR. */
export function lineEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to
  while (end > from && (bytes[end - 1] === NEWLINE || bytes[end - 1] === RETURN)) end--
  return end
}
