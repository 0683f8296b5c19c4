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
  const reader = new LogReader()
  for (const line of log.split('\n')) reader.line(line)
  return reader.connections()
}

/** Takes the lines in order. */
class LogReader {
  readonly #all: Building[] = []
  #open = new Map<string, Building>()
  #life = -1
  #atMs = 0
  #order = 0
  #last: { text: string } | null = null

  line(line: string): void {
    const entry = ENTRY.exec(line)
    if (OPENED.test(line)) this.#newLife()
    else if (entry !== null) this.#entry(entry)
    else if (this.#last !== null) this.#last.text += `\n${line}`
  }

  connections(): readonly LoggedConnection[] {
    for (const { sent } of this.#all) for (const each of sent) trimEnd(each)
    return this.#all
  }

  #newLife(): void {
    this.#life += 1
    this.#open = new Map()
    this.#last = null
  }

  #entry([, local, utc, id = '', command = '', rest = '']: readonly string[]): void {
    if (local !== undefined) this.#atMs = localMs(local)
    if (utc !== undefined) this.#atMs = Date.parse(utc)
    this.#last = null
    if (command === 'Connect') this.#connect(id, rest)
    if (command === 'Query' || command === 'Execute') {
      const sent = { order: this.#order, atMs: this.#atMs, text: rest }
      this.#last = sent
      this.#open.get(id)?.sent.push(sent)
    }
    this.#order += 1
  }

  #connect(id: string, rest: string): void {
    // A refused login is told by a second line; the connection is the first.
    if (rest.startsWith('Access denied')) return
    const user = rest.split('@')[0] ?? ''
    const made = { life: this.#life, id, user, openedMs: this.#atMs, sent: [] }
    this.#all.push(made)
    this.#open.set(id, made)
  }
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
