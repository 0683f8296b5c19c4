/** X3, X4, X5, X9, X10: whether a table may be worked on now, and whether the server can do it online. */

import type { ParameterSchema } from '../../../core/parameters.ts'
import type { TableBlockers, TableDefinition } from '../../../engines/mysql/shapes.ts'
import { isMariadb } from '../flavour.ts'
import {
  type Condition,
  type Finding,
  given,
  type MysqlContext,
  met,
  unknown,
  unmet,
} from '../mysql-action.ts'
import { quotedTable } from '../names.ts'
import { bytesText } from '../quantities.ts'
import { type OnTable, withTable } from './objects.ts'

/** A transaction this old will not end within the guard's few seconds by itself, s. */
const OLD_TRANSACTION_SECONDS = 60
/** Room DDL may need: the rebuilt copy, sort files of the same order, and the online log. */
export const DISK_FACTOR = 2.5
/** Share of the free space that stays free at the peak. */
const DISK_RESERVE = 0.1

/** Bytes of a table with its indexes. */
export const tableBytes = (table: TableDefinition): number => table.dataBytes + table.indexBytes

/** X3: small enough to be worked on at any hour, or a change window is open. */
export const sizeAllowed: Condition<OnTable> = {
  id: 'X3',
  rule: 'The table is within `maxUnattendedRows` and `maxUnattendedBytes`, or a change window is open.',
  test: (context) => withTable(context, (table) => withinUnattended(context, table)),
}

function withinUnattended(context: MysqlContext<OnTable>, table: TableDefinition): Finding {
  const { maxUnattendedRows, maxUnattendedBytes, insideChangeWindow } = context.policy
  const size = `${quotedTable(table)} has about ${table.rows} rows and ${bytesText(tableBytes(table))}`
  if (insideChangeWindow) return met(`${size}; a change window is open`)
  if (table.rows <= maxUnattendedRows && tableBytes(table) <= maxUnattendedBytes) return met(size)
  return unmet(
    `${size}, more than ${maxUnattendedRows} rows or ${bytesText(maxUnattendedBytes)}`,
    'Approve it for a change window, or raise `actions.maxUnattendedRows` and `actions.maxUnattendedBytes` in dbmedic.yaml.',
  )
}

/** X4: nobody holds the table so long that the change would queue, and others behind it. */
export const nobodyHoldsTable: Condition<OnTable> = {
  id: 'X4',
  rule: `No transaction older than ${OLD_TRANSACTION_SECONDS} s touches the table and nobody waits for its metadata lock.`,
  test: async ({ ask, params }) =>
    given(
      await ask('table-blockers', { schema: params.table.schema, table: params.table.table }),
      freeToChange,
    ),
}

/** Whether a change of the table would queue behind somebody, or beside those who wait already. */
export function freeToChange({
  metadataHolders,
  oldestTransactionSeconds,
  pendingMetadata,
}: TableBlockers): Finding {
  const whose =
    metadataHolders === null ? 'on the server (who touches the table is not known)' : 'on the table'
  if (oldestTransactionSeconds !== null && oldestTransactionSeconds > OLD_TRANSACTION_SECONDS) {
    return unmet(
      `the oldest transaction ${whose} is ${oldestTransactionSeconds} s old`,
      'Wait until it ends, or end it first; the lock graph shows whose it is.',
    )
  }
  if (pendingMetadata !== null && pendingMetadata > 0) {
    return unmet(
      `${pendingMetadata} sessions already wait for the metadata lock of the table`,
      'Wait until that queue is gone.',
    )
  }
  return met(
    oldestTransactionSeconds === null
      ? `no transaction ${whose} is open`
      : `the oldest transaction ${whose} is ${oldestTransactionSeconds} s old`,
  )
}

/** X5: room for the peak, with a tenth of what is free left over. */
export const diskForTable: Condition<OnTable> = {
  id: 'X5',
  rule: `Free disk is at least ${DISK_FACTOR} times the table, and a tenth of it stays free at the peak.`,
  test: (context) => withTable(context, (table) => enoughDisk(context, DISK_FACTOR * tableBytes(table))),
}

/** X5 for what only writes logs: room for `bytes` more. */
export function diskForLogs(bytes: number): Condition<ParameterSchema> {
  return {
    id: 'X5',
    rule: `At least ${bytesText(bytes)} of disk are free for the log, and a tenth of what is free stays free.`,
    test: async (context) => enoughDisk(context, bytes),
  }
}

function enoughDisk(context: MysqlContext<ParameterSchema>, needed: number): Finding {
  const free = context.policy.diskFreeBytes
  if (free === null) {
    return unknown(
      'how much disk is free is not known: the servers do not say',
      'State `actions.diskFreeBytes` in dbmedic.yaml: the free bytes on the data directory’s disk.',
    )
  }
  const most = free * (1 - DISK_RESERVE)
  const facts = `${bytesText(needed)} may be needed, ${bytesText(free)} are free`
  return needed <= most
    ? met(facts)
    : unmet(
        facts,
        `Free at least ${bytesText(needed / (1 - DISK_RESERVE) - free)} on the data directory’s disk.`,
      )
}

/** X10: small enough for any hour, or a change window is open. */
export const windowIfLarge: Condition<OnTable> = {
  ...sizeAllowed,
  id: 'X10',
  rule: 'A change window is open, unless the table is small enough for any hour.',
}

/** X10 without exception. */
export const windowOpen: Condition<ParameterSchema> = {
  id: 'X10',
  rule: 'A change window of the target is open.',
  test: async ({ policy }) =>
    policy.insideChangeWindow
      ? met('a change window is open')
      : unmet('no change window is open', 'Approve it for a change window of the target.'),
}

/** X9: an InnoDB table, so that ALGORITHM and LOCK mean what the plan says. */
export const innodbTable: Condition<OnTable> = {
  id: 'X9',
  rule: 'The table is InnoDB; ALGORITHM and LOCK are stated, so the server refuses instead of copying.',
  test: (context) => withTable(context, (table) => isInnodb(table) ?? met('the table is InnoDB')),
}

/** Null for an InnoDB table. */
export function isInnodb(table: TableDefinition): Finding | null {
  if (table.tableEngine === 'InnoDB') return null
  return unmet(
    `${quotedTable(table)} is ${table.tableEngine}, not InnoDB`,
    'Only InnoDB changes tables online; do it by hand in a maintenance window.',
  )
}

/** Kinds of indexes of a table that InnoDB cannot maintain while it rebuilds online. */
export const offlineIndexes = (table: TableDefinition): readonly string[] =>
  table.indexes
    .filter((index) => index.kind === 'FULLTEXT' || index.kind === 'SPATIAL')
    .map((index) => index.index)

/**
 * X9 for a rebuild: FULLTEXT and SPATIAL indexes rule LOCK=NONE out
 * (https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html), and on MariaDB so do indexed virtual
 * columns (error 1846: "online rebuild with indexed virtual columns").
 */
export const rebuildsOnline: Condition<OnTable> = {
  id: 'X9',
  rule: 'The table is InnoDB without FULLTEXT and SPATIAL indexes (on MariaDB: and without indexed generated columns), so it can be rebuilt in place with LOCK=NONE.',
  test: (context) =>
    withTable(context, (table) => {
      const offline = [
        ...offlineIndexes(table),
        ...(isMariadb(context.server) ? generatedIndexes(table) : []),
      ]
      if (offline.length === 0)
        return isInnodb(table) ?? met('the table is InnoDB and can be rebuilt in place')
      return unmet(
        `${quotedTable(table)} has indexes that are not maintained during a rebuild: ${offline.join(', ')}`,
        'The server cannot rebuild it without blocking writes; do it by hand in a maintenance window.',
      )
    }),
}

function generatedIndexes(table: TableDefinition): readonly string[] {
  const generated = new Set(table.columns.filter((item) => item.generated).map((item) => item.column))
  return table.indexes
    .filter((index) => index.columns.some((part) => part.column !== null && generated.has(part.column)))
    .map((index) => index.index)
}
