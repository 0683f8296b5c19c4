/** The store: the pipeline’s rows in SQLite or on the MySQL family, behind one port a role. */
export { type Credentials, openStore, type StoreAddress, storeOverSqlite } from './open-store.ts'
export { type MigrateOptions, type MigrationStatus, requireCurrent, rollback, status, up } from './migrate.ts'
export { mysqlSession, type Session, sqliteSession } from './session.ts'
export { openSqlite, type SqliteOptions } from './sqlite/open.ts'
export { dump } from './dump.ts'
export { grantsText, ownerAccount } from './accounts/grants.ts'
export { openMysql, type MysqlOptions } from './mysql/open.ts'
