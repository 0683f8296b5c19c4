// Pieces of slow logs, and a whole parse in one call, for the tests of this folder.

import { type SlowLogEvent, SlowLogParser, type SlowLogParserOptions } from './index.ts'

/** What a parser made of a log. */
export interface Parsed {
  readonly events: readonly SlowLogEvent[]
  readonly malformed: number
  readonly truncated: number
  readonly consumed: number
}

/** Parses in pieces of `size` bytes, each in a buffer that is overwritten afterwards. */
export function parse(log: string | Buffer, size = 1 << 20, options: SlowLogParserOptions = {}): Parsed {
  const events: SlowLogEvent[] = []
  const parser = new SlowLogParser((entry) => events.push(entry.toEvent()), options)
  const bytes = typeof log === 'string' ? Buffer.from(log) : log
  for (let at = 0; at < bytes.length; at += size) {
    const piece = Buffer.from(bytes.subarray(at, at + size))
    parser.push(piece)
    piece.fill(0x23)
  }
  parser.end()
  return { events, malformed: parser.malformed, truncated: parser.truncated, consumed: parser.consumed }
}

/** The statements of the events. */
export const texts = (parsed: Parsed): string[] => parsed.events.map((event) => event.text)

/** A header as MySQL 8 writes it. */
export const MYSQL_HEAD = `# Time: 2026-11-21T04:44:59.395632Z
# User@Host: app[app] @ web1 [10.0.0.7]  Id:    16
# Query_time: 0.000697  Lock_time: 0.000002 Rows_sent: 1  Rows_examined: 5
`
/** A header as MariaDB 10.11 writes it, without the time. */
export const MARIADB_HEAD = `# User@Host: root[root] @ localhost []
# Thread_id: 11  Schema: shop  QC_hit: No
# Query_time: 0.000115  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0
# Rows_affected: 0  Bytes_sent: 391
`
/** What a server writes when it opens the log. */
export const BANNER = `/usr/sbin/mysqld, Version: 8.0.40 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
`
/** A whole entry of MySQL's. */
export const mysql = (text: string): string => `${MYSQL_HEAD}SET timestamp=1795236299;\n${text};\n`
/** A whole entry of MariaDB's. */
export const mariadb = (text: string): string => `${MARIADB_HEAD}SET timestamp=1795236299;\n${text};\n`
