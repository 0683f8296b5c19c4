import { claims, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { ORDERS, variables } from '../../../test/support/fake-target.ts'
import { setStatisticsOptions } from './set-statistics-options.ts'

const SET = { ...ORDERS, createOptions: 'stats_sample_pages=100 stats_auto_recalc=1' }

claims(setStatisticsOptions, {
  params: { table: TABLE, samplePages: 100 },
  answers: { table: { ...ORDERS, createOptions: 'row_format=DYNAMIC stats_sample_pages=33' } },
  renders: {
    mysql: [
      'ALTER TABLE `shop`.`orders` STATS_AUTO_RECALC=1, STATS_SAMPLE_PAGES=100, ALGORITHM=INPLACE, LOCK=NONE',
    ],
    mariadb: [
      'ALTER TABLE `shop`.`orders` STATS_AUTO_RECALC=1, STATS_SAMPLE_PAGES=100, ALGORITHM=INPLACE, LOCK=NONE',
    ],
  },
  undoes: {
    mysql: [
      'ALTER TABLE `shop`.`orders` STATS_AUTO_RECALC=DEFAULT, STATS_SAMPLE_PAGES=33, ALGORITHM=INPLACE, LOCK=NONE',
    ],
    mariadb: [
      'ALTER TABLE `shop`.`orders` STATS_AUTO_RECALC=DEFAULT, STATS_SAMPLE_PAGES=33, ALGORITHM=INPLACE, LOCK=NONE',
    ],
  },
  refuses: [
    ...ON_TABLE,
    ['changes-something', 'the options are set already', { answers: { table: SET } }],
    [
      'X4',
      'an old transaction is open on it',
      {
        answers: {
          'table-blockers': { oldestTransactionSeconds: 61, metadataHolders: 1, pendingMetadata: 0 },
        },
      },
    ],
    [
      'no-cluster-wide-ddl',
      'the server is a Galera node',
      { answers: { variables: variables({ wsrep_on: 'ON' }) } },
    ],
  ],
  afterwards: [
    [true, 'both options are there', { table: SET }],
    [
      false,
      'the pages are others',
      { table: { ...ORDERS, createOptions: 'stats_auto_recalc=1 stats_sample_pages=20' } },
    ],
    [false, 'the table is gone', { table: null }],
    ['unknown', 'the table cannot be read', { table: 'unknown' }],
  ],
})
