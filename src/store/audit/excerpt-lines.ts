/** An excerpt of the chain: single links as a whole export writes them. It proves nothing about what it leaves out. */
import type { AuditRow } from '../../core/store-ports.ts'
import { lineOf } from './export-format.ts'

/** Begins the first line's `schema`; a whole export has another. */
export const EXCERPT_SCHEMA = 'dbmedic/audit-excerpt/'

/** The lines of an excerpt, each with its newline: what was looked for, the links, how many there are. */
export async function* excerptLines(
  about: Readonly<Record<string, string | undefined>>,
  rows: AsyncIterable<AuditRow>,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ schema: `${EXCERPT_SCHEMA}1`, ...about })}\n`
  let count = 0
  for await (const { seq, canonical, prevHash, rowHash } of rows) {
    yield `${lineOf({ seq, canonical, prev: prevHash, hash: rowHash })}\n`
    count += 1
  }
  yield `${JSON.stringify({ links: count })}\n`
}
