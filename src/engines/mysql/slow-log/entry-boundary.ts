// Recognises, on bytes, the lines that begin an entry of a slow log and the lines a server writes when it opens one.

import { startsWith } from './slow-log-entry.ts'

/** Longest header; MySQL's longest, with every attribute, is below 2 KiB, a plan of 61 tables below 32 KiB. */
export const MAX_HEADER_BYTES = 256 * 1024

const NEWLINE = 10
const RETURN = 13
const HASH = 35
const SEMICOLON = 59

/**
 * True when a well-formed header begins at the line at `at`; undefined when that cannot be told yet. Of a header that the
 * end of the file cuts, the beginning is enough if the line before ends a statement.
 */
export function headerAt(bytes: Buffer, at: number, ended: boolean): boolean | undefined {
  if (at + 13 > bytes.length) return beginsLikeHeader(bytes, at) ? cutHeader(bytes, at, ended) : false
  const isTime = startsWith(bytes, at, '# Time: ')
  if (!isTime && !startsWith(bytes, at, '# User@Host: ')) return false
  const newline = bytes.indexOf(NEWLINE, at)
  if (newline < 0) return bytes.length - at > MAX_HEADER_BYTES ? false : cutHeader(bytes, at, ended)
  if (isTime && !isTimeLine(bytes, at + 8, newline)) return false
  if (isTime && bytes.subarray(at, newline).includes('# User@Host: ')) return true
  const next = newline + 1
  if (next + 13 > bytes.length && (next >= bytes.length || bytes[next] === HASH))
    return cutHeader(bytes, at, ended)
  if (isTime) return startsWith(bytes, next, '# User@Host: ')
  return startsWith(bytes, next, '# ') && isHeaderName(bytes, next + 2)
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

/** A capital letter, letters and underscores, a colon: `Query_time:`, `Thread_id:`, `Schema:`. */
function isHeaderName(bytes: Buffer, from: number): boolean {
  const first = bytes[from] as number
  if (!(first >= 65 && first <= 90)) return false
  for (let at = from + 1; at < from + 40; at++) {
    const byte = bytes[at] as number
    if (byte === 58) return true
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
  const known = newline < 0 ? Math.min(bytes.length, at + 600) : Math.min(newline, at + 600)
  const version = bytes.subarray(at, known).includes(', Version: ')
  if (newline >= 0) return version && isBannerLine(bytes, at, newline)
  return ended || bytes.length - at > 600 || !/^[/A-Zm]/.test(String.fromCharCode(bytes[at] as number))
    ? false
    : undefined
}

/** One of the three lines a server writes when it opens the log. */
export function isBannerLine(bytes: Buffer, from: number, to: number): boolean {
  const first = bytes[from] as number
  if (first === HASH || to - from > 600 || !mayBeBanner(first)) return false
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
