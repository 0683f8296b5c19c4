import { claims, INDEX, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { ORDERS, variables, withIndex } from '../../../test/support/fake-target.ts'
import { showIndex } from './show-index.ts'

const HIDDEN = withIndex({ visible: false })

claims(showIndex, {
  params: { table: TABLE, index: INDEX },
  answers: { table: HIDDEN },
  renders: {
    mysql: ['ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` VISIBLE, ALGORITHM=INPLACE, LOCK=NONE'],
    mariadb: [
      'ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` NOT IGNORED, ALGORITHM=INPLACE, LOCK=NONE',
    ],
  },
  undoes: {
    mysql: ['ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` INVISIBLE, ALGORITHM=INPLACE, LOCK=NONE'],
    mariadb: ['ALTER TABLE `shop`.`orders` ALTER INDEX `by_customer` IGNORED, ALGORITHM=INPLACE, LOCK=NONE'],
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
    ['index-hidden', 'it is visible already', { answers: { table: ORDERS } }],
  ],
  afterwards: [
    [true, 'the index is visible', { table: ORDERS }],
    [false, 'the index is hidden', { table: HIDDEN }],
    ['unknown', 'the table cannot be read', { table: 'unknown' }],
  ],
})
