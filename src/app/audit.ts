/** The audit chain: exported line by line, and verified offline from the export alone. */
import { createReadStream } from 'node:fs'
import { DbmedicError } from '../core/errors.ts'
import {
  type AuditAnchor,
  type AuditVerdict,
  bytesByLine,
  type ExportVerdict,
  exportAudit,
  LONGEST_LINE,
  schemaVersion,
  verifyAuditExport,
} from '../store/index.ts'
import type { Installation } from './installation.ts'

export type { AuditAnchor, AuditVerdict, ExportVerdict }

/** The whole chain as JSON lines: a header, a line a link, a footer with the head. */
export async function* auditLines(installation: Installation): AsyncGenerator<string> {
  const { dialect, read } = installation.store
  yield* exportAudit(read, { dialect, version: schemaVersion(dialect) })
}

/** Whether the chain is unbroken as the store holds it now; reads every link. */
export async function verifyAuditStore({ store }: Installation): Promise<AuditVerdict> {
  // The version of the schema is for readers of a file; the check does not use it.
  const lines = exportAudit(store.read, { dialect: store.dialect, version: 0 })
  const { format: _format, ...verdict } = await verifyAuditExport(lines)
  return verdict
}

/**
 * Whether an export is unbroken; with an anchor, also whether it still holds a head noted earlier.
 * @throws DbmedicError DBM_FILE_UNREADABLE
 */
export async function verifyAuditFile(file: string, anchor?: AuditAnchor): Promise<ExportVerdict> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const opened =
    file === '-'
      ? Promise.resolve()
      : new Promise((resolve, reject) => input.once('open', resolve).once('error', reject))
  try {
    await opened
    return await verifyAuditExport(bytesByLine(input, LONGEST_LINE), anchor)
  } catch (error) {
    if (error instanceof DbmedicError) throw error
    throw new DbmedicError(
      'DBM_FILE_UNREADABLE',
      { file, reason: (error as NodeJS.ErrnoException).code ?? 'it cannot be read' },
      error,
    )
  }
}
