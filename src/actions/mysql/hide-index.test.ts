import { claims, INDEX, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { ORDERS, variables, withIndex } from '../../../test/support/fake-target.ts'
import { hideIndex } from './hide-index.ts'

claims(hideIndex, {
  params: { table: TABLE, index: INDEX },
  renders: {
    mysql: ['ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` INVISIBLE, ALGORITHM=INPLACE, LOCK=NONE'],
    mariadb: ['ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` IGNORED, ALGORITHM=INPLACE, LOCK=NONE'],
  },
  undoes: {
    mysql: ['ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` VISIBLE, ALGORITHM=INPLACE, LOCK=NONE'],
    mariadb: [
      'ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` NOT IGNORED, ALGORITHM=INPLACE, LOCK=NONE',
    ],
  },
  refuses: [
    ...ON_TABLE,
    ['X1', 'the index is gone', { params: { index: { ...INDEX, index: 'by_name' } } }],
    ['X9', 'the table is not InnoDB', { answers: { table: { ...ORDERS, tableEngine: 'Aria' } } }],
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
    ['ordinary-index', 'the index is unique', { answers: { table: withIndex({ unique: true }) } }],
    ['ordinary-index', 'the index is the primary key', { params: { index: { ...INDEX, index: 'PRIMARY' } } }],
    [
      'ordinary-index',
      'a foreign key leans on it',
      { answers: { table: withIndex({ supportsForeignKey: true }) } },
    ],
    ['index-visible', 'it is hidden already', { answers: { table: withIndex({ visible: false }) } }],
  ],
  afterwards: [
    [true, 'the index is hidden', { table: withIndex({ visible: false }) }],
    [false, 'the index is visible', { table: ORDERS }],
    [false, 'the index is gone', { table: { ...ORDERS, indexes: [] } }],
    ['unknown', 'the table cannot be read', { table: 'unknown' }],
  ],
})
