// Recognises, on bytes, the lines that begin an entry of a slow log and the lines a server writes when it opens one.

import { isDigit } from './entry-time.ts'
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

/** Header lines before `# Query_time:`; servers write at most three (time, account, thread). */
const LINES_BEFORE_NUMBERS_MAX = 6

/** What is known about the place a header is looked for at. */
export interface HeaderPlace {
  /** True when no more bytes follow the buffer's. */
  readonly ended: boolean
  /** True when the place belongs to no statement: then also a header that lacks its beginning is one. */
  readonly outside: boolean
}

/**
 * True when a well-formed header begins at the line at `at`; undefined when that cannot be told yet. Well-formed is:
 * `# Time:` and `# User@Host:`, `# User@Host:` and another header line, or, where the line before ends a statement, any header
 * lines up to a `# Query_time:` (pt-query-digest and anonymisers write logs without accounts or times). Of a
 * header that the end of the file cuts, the beginning is enough if the line before ends a statement.
 */
export function headerAt(bytes: Buffer, at: number, place: HeaderPlace): boolean | undefined {
  if (bytes[at] !== HASH && at < bytes.length) return false
  const strong = fullHeaderAt(bytes, at, place.ended)
  if (strong !== false || !(place.outside || followsStatement(bytes, at))) return strong
  return numbersFollow(bytes, at, place.ended)
}

function fullHeaderAt(bytes: Buffer, at: number, ended: boolean): boolean | undefined {
  if (at + 13 > bytes.length) return beginsLikeHeader(bytes, at) ? cutHeader(bytes, at, ended) : false
  const isTime = startsWith(bytes, at, '# Time: ')
  if (!isTime && !isAccountLine(bytes, at)) return false
  const newline = bytes.indexOf(NEWLINE, at)
  if (newline < 0) return bytes.length - at > MAX_HEADER_BYTES ? false : cutHeader(bytes, at, ended)
  return isTime
    ? timeHeaderAt(bytes, { at, newline, ended })
    : nextLineIs(bytes, { at, newline, ended }, isNamedLine)
}

/** True when a named line begins at `from` and, after at most some more header lines, `# Query_time:` with a number. */
function numbersFollow(bytes: Buffer, from: number, ended: boolean): boolean | undefined {
  let at = from
  for (let lines = 0; lines <= LINES_BEFORE_NUMBERS_MAX; lines++) {
    const newline = bytes.indexOf(NEWLINE, at)
    if (newline < 0) return unfinishedRun(bytes, { from, at, ended })
    if (!(lines === 0 ? isNamedLine(bytes, at) : bytes[at] === HASH)) return false
    if (startsWith(bytes, at, '# Query_time: ')) return isDigit(bytes[at + 14])
    at = newline + 1
  }
  return false
}

/** What to think of header lines of which the last, at `at`, is not all there. */
function unfinishedRun(
  bytes: Buffer,
  { from, at, ended }: { readonly from: number; readonly at: number; readonly ended: boolean },
): boolean | undefined {
  if (at < bytes.length && bytes[at] !== HASH) return false
  if (bytes.length - from > MAX_HEADER_BYTES) return false
  if (!ended) return undefined
  const begun = bytes.toString('latin1', from, Math.min(bytes.length, from + 40))
  return followsStatement(bytes, from) && /^# *[A-Z][A-Za-z_@]*(?::|$)/.test(begun)
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
  return ended ? followsStatement(bytes, at) : undefined
}

/** True when the line before `at` ends a statement, or there is none. */
export function followsStatement(bytes: Buffer, at: number): boolean {
  return at === 0 || bytes[textEnd(bytes, 0, at) - 1] === SEMICOLON
}

/** True when the few bytes from `at` on could go on to be a header line. */
function beginsLikeHeader(bytes: Buffer, at: number): boolean {
  const begun = bytes.toString('latin1', at, Math.min(bytes.length, at + 13))
  return '# Time: '.startsWith(begun.slice(0, 8)) || '# User@Host: '.startsWith(begun)
}

/** `070101  1:02:03` or `2024-01-01T...`: digits where they must be. */
function isTimeLine(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < 14) return false
  for (const offset of [0, 1, 2, 3]) if (!isDigit(bytes[from + offset])) return false
  return bytes[from + 4] === 45 || bytes[from + 6] === 32
}

/** `# `, a capital letter, letters and underscores, a colon: `# Query_time:`, `# QC_Hit:`, `# Schema:`. */
function isNamedLine(bytes: Buffer, at: number): boolean {
  if (!startsWith(bytes, at, '# ')) return false
  let from = at + 2
  while (bytes[from] === 32 && from < at + 8) from++
  const first = bytes[from] as number
  if (!(first >= 65 && first <= 90)) return false
  for (let i = from + 1; i < from + 40; i++) {
    const byte = bytes[i] as number
    if (byte === COLON) return true
    if (!isNameByte(byte)) return false
  }
  return false
}

/** A letter, `_` or `@`. */
function isNameByte(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 64 && byte <= 90) || byte === 95
}

/** A first byte that a banner line can have: a path (`/`, `.`, a drive or folder), `Tcp`, `TCP` or `Time`. */
export function mayBeBanner(first: number): boolean {
  const lower = first | 32
  return (lower >= 97 && lower <= 122) || first === 47 || first === 46
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

/** The end of the text without line breaks and blanks: `to` less what is white at its end. */
export function textEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to
  while (end > from && isWhite(bytes[end - 1])) end--
  return end
}

function isWhite(byte: number | undefined): boolean {
  return byte === NEWLINE || byte === RETURN || byte === 32 || byte === 9
}

/** Bytes of the mark that some editors and shells of Windows put before UTF-8. */
export const BYTE_ORDER_MARK_BYTES = 3

/** True when a byte order mark stands at `at`; undefined when that cannot be told yet. */
export function byteOrderMarkAt(bytes: Uint8Array, at: number, ended: boolean): boolean | undefined {
  if (bytes[at] !== 0xef) return false
  if (at + BYTE_ORDER_MARK_BYTES > bytes.length && !ended) return undefined
  return bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf
}
