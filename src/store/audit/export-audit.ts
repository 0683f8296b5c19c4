/** Writes an audit export from a store, page by page. */
import type { ReadPort } from '../../core/store-ports.ts'
import { type AuditHeader, GENESIS, headerHash, lineOf } from './export-format.ts'

const PAGE_ROWS = 1000

/** The lines of an export, each with its newline. Nothing is checked here; that is what verifying is for. */
export async function* exportAudit(
  read: Pick<ReadPort, 'audit' | 'now'>,
  store: { readonly dialect: AuditHeader['dialect']; readonly version: number },
): AsyncGenerator<string> {
  const header = lineOf({
    schema: 'dbmedic/audit/2',
    dialect: store.dialect,
    storeVersion: store.version,
    exportedAt: await read.now(),
  })
  yield `${header}\n`
  let rows = 0
  let head = GENESIS
  for (let next = 0; ; ) {
    const page = await read.audit(next, PAGE_ROWS)
    for (const row of page) {
      const { seq, canonical, prevHash, rowHash } = row
      yield `${lineOf({ seq, canonical, prev: prevHash, hash: rowHash })}\n`
      head = row.rowHash
      next = row.seq + 1
      rows += 1
    }
    if (page.length < PAGE_ROWS) break
  }
  yield `${lineOf({ rows, head, header: headerHash(header) })}\n`
}
