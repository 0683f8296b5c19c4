/** The store: the pipeline’s rows in SQLite or on the MySQL family, behind one port a role. */

export { grantsText, ownerAccount } from './accounts/grants.ts'
export { bytesByLine } from './audit/bytes-by-line.ts'
export { excerptLines } from './audit/excerpt-lines.ts'
export { exportAudit } from './audit/export-audit.ts'
export {
  type AuditAnchor,
  type AuditVerdict,
  type ExportVerdict,
  LONGEST_LINE,
  verifyAuditExport,
} from './audit/verify-audit-export.ts'
export { failureOf } from './database/failures.ts'
export { dump } from './dump.ts'
export { type MigrateOptions, type MigrationStatus, rollback, status, up } from './migrate.ts'
export { schemaVersion } from './migrations/list.ts'
export type { MysqlOptions } from './mysql/open.ts'
export type { StoreTls } from './mysql/tls.ts'
export { type Credentials, openStore, type StoreAddress, storeOverSqlite } from './open-store.ts'
export { withOwnerSession } from './owner-session.ts'
export { AUDITED_TABLES } from './schema/consequences.ts'
export { type Session, sqliteSession } from './session.ts'
export { openSqlite, type SqliteOptions } from './sqlite/open.ts'
