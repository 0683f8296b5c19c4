import { claims, INDEX, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { ORDERS, variables, withIndex } from '../../../test/support/fake-target.ts'
import { dropIndex } from './drop-index.ts'

const HIDDEN = withIndex({ visible: false })
const record = (since: string) => ({ schema: 'shop', table: 'orders', index: 'by_customer', since })

claims(dropIndex, {
  params: { table: TABLE, index: INDEX },
  answers: { table: HIDDEN },
  policy: { hiddenIndexes: [record('2026-11-14T11:59:00.000000Z')] },
  renders: {
    mysql: ['DROP INDEX `by_customer` ON `shop`.`orders` ALGORITHM=INPLACE LOCK=NONE'],
    mariadb: ['DROP INDEX `by_customer` ON `shop`.`orders`'],
  },
  undoes: {
    mysql: [
      'CREATE INDEX `by_customer` ON `shop`.`orders` (`customer`) INVISIBLE ALGORITHM=INPLACE LOCK=NONE',
    ],
    mariadb: [
      'CREATE INDEX `by_customer` ON `shop`.`orders` (`customer`) IGNORED ALGORITHM=INPLACE LOCK=NONE',
    ],
  },
  refuses: [
    ...ON_TABLE,
    ['X1', 'the index is gone', { params: { index: { ...INDEX, index: 'by_name' } } }],
    ['X9', 'the table is not InnoDB', { answers: { table: { ...HIDDEN, tableEngine: 'Aria' } } }],
    [
      'X4',
      'an old transaction is open on it',
      {
        answers: {
          'table-blockers': { oldestTransactionSeconds: 61, metadataHolders: null, pendingMetadata: null },
        },
      },
    ],
    [
      'no-cluster-wide-ddl',
      'the server is a Galera node',
      { answers: { variables: variables({ wsrep_on: 'ON' }) } },
    ],
    [
      'ordinary-index',
      'the index is unique',
      { answers: { table: withIndex({ unique: true, visible: false }) } },
    ],
    ['ordinary-index', 'the index is the primary key', { params: { index: { ...INDEX, index: 'PRIMARY' } } }],
    [
      'ordinary-index',
      'a foreign key leans on it',
      { answers: { table: withIndex({ supportsForeignKey: true, visible: false }) } },
    ],
    ['index-hidden', 'it is visible', { answers: { table: ORDERS } }],
    ['hidden-7-days', 'there is no record of ours that it was hidden', { policy: { hiddenIndexes: [] } }],
    [
      'hidden-7-days',
      'the record is of another table',
      { policy: { hiddenIndexes: [{ ...record('2026-11-01T00:00:00.000000Z'), table: 'other' }] } },
    ],
    [
      'hidden-7-days',
      'it was hidden an hour too late',
      { policy: { hiddenIndexes: [record('2026-11-14T13:00:00.000000Z')] } },
    ],
    [
      'hidden-7-days',
      'it was hidden 6 days and 23 hours ago',
      { policy: { hiddenIndexes: [record('2026-11-14T13:00:01.000000Z')] } },
    ],
    [
      'hidden-7-days',
      'its table was altered since, so it may have been visible in between',
      { answers: { table: { ...HIDDEN, createdAt: '2026-11-14T13:00:00.000000Z' } } },
    ],
    [
      'hidden-7-days',
      'the server does not say when its table was last altered',
      { answers: { table: { ...HIDDEN, createdAt: null } } },
    ],
    ['unused', 'something used it', { answers: { 'index-reads': { reads: 1, sinceSeconds: 900_000 } } }],
    [
      'rebuildable',
      'it is over an expression',
      {
        answers: {
          table: withIndex({
            visible: false,
            columns: [{ column: null, prefix: null, direction: 'ASC', cardinality: 1 }],
          }),
        },
      },
    ],
    [
      'rebuildable',
      'it is FULLTEXT',
      { answers: { table: withIndex({ visible: false, kind: 'FULLTEXT' }) } },
    ],
    ['X11', 'the newest backup is too old', { policy: { backupAgeHours: 25 } }],
    ['X11', 'nobody says how old the newest backup is', { policy: { backupAgeHours: null } }],
  ],
  afterwards: [
    [true, 'the index is gone', { table: { ...ORDERS, indexes: [] } }],
    [false, 'the index is there', { table: HIDDEN }],
    ['unknown', 'the table is gone too', { table: null }],
    ['unknown', 'the table cannot be read', { table: 'unknown' }],
  ],
})
