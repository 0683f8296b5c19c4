import { claims, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { NOW, ORDERS } from '../../../test/support/fake-target.ts'
import { rebuildLargeTable } from './rebuild-large-table.ts'

const TABLE_NOW = { ...ORDERS, dataBytes: 3 * 2 ** 30 }
const ONE = ORDERS.indexes[1] as (typeof ORDERS)['indexes'][number]

claims(rebuildLargeTable, {
  params: { table: TABLE },
  answers: { table: TABLE_NOW },
  policy: { insideChangeWindow: true },
  renders: {
    mysql: ['ALTER TABLE `shop`.`orders` ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE'],
    mariadb: ['ALTER TABLE `shop`.`orders` ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE'],
  },
  undoes: /nothing to put back/,
  refuses: [
    ...ON_TABLE,
    [
      'X9',
      'the table has a FULLTEXT index',
      { answers: { table: { ...TABLE_NOW, indexes: [...ORDERS.indexes, { ...ONE, kind: 'FULLTEXT' }] } } },
    ],
    [
      'X9',
      'MariaDB does not rebuild indexed generated columns',
      {
        flavour: 'mariadb',
        answers: {
          table: { ...TABLE_NOW, columns: ORDERS.columns.map((column) => ({ ...column, generated: true })) },
        },
      },
    ],
    [
      'X5',
      'the disk has room for twice the table only',
      { policy: { diskFreeBytes: 2 * (TABLE_NOW.dataBytes + TABLE_NOW.indexBytes) } },
    ],
    ['X11', 'the newest backup is too old', { policy: { backupAgeHours: 25 } }],
    [
      'X4',
      'an old transaction is open on it',
      {
        answers: {
          'table-blockers': { oldestTransactionSeconds: 61, metadataHolders: 1, pendingMetadata: 0 },
        },
      },
    ],
    ['size-class', 'the table is not above 1 GiB', { answers: { table: ORDERS } }],
    ['X10', 'no change window is open', { policy: { insideChangeWindow: false } }],
  ],
  startedAt: NOW,
  afterwards: [
    [true, 'the table was built after the run began', { table: { ...TABLE_NOW, createdAt: NOW } }],
    [false, 'the table was built before', { table: TABLE_NOW }],
    ['unknown', 'the server does not say when', { table: { ...TABLE_NOW, createdAt: null } }],
    ['unknown', 'the table cannot be read', { table: 'unknown' }],
  ],
})
