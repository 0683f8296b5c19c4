/**
 * The general log of a server as it wrote it: lives of the server, their connections, and what each was sent, in
 * order. A file, because it is what survives a kill of the server. Reads; what it means is the judge's.
 */
import { readFileSync } from 'node:fs'

/** One text a connection was sent. */
export interface SentText {
  /** Number of the entry in the file, from 0: the order in which the server took them. */
  readonly order: number
  /** This machine's clock, ms; MariaDB writes whole seconds, rounded down. */
  readonly atMs: number
  readonly text: string
}

/** One connection of one account. */
export interface LoggedConnection {
  /** Which life of the server, from 0: connection numbers begin anew with each. */
  readonly life: number
  readonly id: string
  readonly user: string
  readonly openedMs: number
  readonly sent: readonly SentText[]
}

/** `251121  8:36:08` (MariaDB, local time) or `2026-11-21T08:36:08.123456Z` (MySQL, UTC), or two tabs: as before. */
const ENTRY =
  /^(?:(\d{6} {1,2}\d{1,2}:\d\d:\d\d)|(\d{4}-\d\d-\d\dT[\d:.]+Z)|\t)\t\s*(\d+) ([A-Z][A-Za-z]*(?: (?:stmt|DB|data))?)\t?(.*)$/
/** Written by either server whenever it opens the file. */
const OPENED = /, Version: .* started with:$/
const LOCAL = /^(\d\d)(\d\d)(\d\d) +(\d+):(\d\d):(\d\d)$/

interface Building extends LoggedConnection {
  readonly sent: SentText[]
}

/** Connections of `user` in the log file, in the order they were opened. */
export function connectionsOf(path: string, user: string): readonly LoggedConnection[] {
  return parseGeneralLog(readFileSync(path, 'utf8')).filter((connection) => connection.user === user)
}

/** Every connection of a log. A text that goes over several lines is one. */
export function parseGeneralLog(log: string): readonly LoggedConnection[] {
  const all: Building[] = []
  let open = new Map<string, Building>()
  let [life, atMs, order] = [-1, 0, 0]
  let last: { text: string } | null = null
  for (const line of log.split('\n')) {
    if (OPENED.test(line)) {
      life += 1
      open = new Map()
      last = null
      continue
    }
    const entry = ENTRY.exec(line)
    if (entry === null) {
      if (last !== null) last.text += `\n${line}`
      continue
    }
    const [, local, utc, id = '', command = '', rest = ''] = entry
    atMs = local !== undefined ? localMs(local) : utc !== undefined ? Date.parse(utc) : atMs
    last = null
    if (command === 'Connect') {
      const made = { life, id, user: rest.split('@')[0] ?? '', openedMs: atMs, sent: [] }
      // MariaDB writes a second line for a login it refused; the connection is the first.
      if (!rest.startsWith('Access denied')) all.push(made)
      open.set(id, made)
    } else if (command === 'Query' || command === 'Execute') {
      const sent = { order, atMs, text: rest }
      last = sent
      open.get(id)?.sent.push(sent)
    }
    order += 1
  }
  for (const { sent } of all) for (const each of sent) trimEnd(each)
  return all
}

/** The servers end a text with a line break of their own; one within is the text's. */
function trimEnd(sent: { text: string }): void {
  if (sent.text.endsWith('\n')) sent.text = sent.text.slice(0, -1)
}

function localMs(text: string): number {
  const [, year, month, day, hour, minute, second] = (LOCAL.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined) return 0
  return new Date(2000 + year, month - 1, day, hour, minute, second).getTime()
}
