import { claims, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { analyzePersistent } from './analyze-persistent.ts'

const COLUMNS = [
  { column: 'customer', prefix: null, direction: 'ASC' },
  { column: 'placed', prefix: null, direction: 'ASC' },
]

claims(analyzePersistent, {
  params: { table: TABLE, columns: COLUMNS },
  renders: {
    mariadb: [
      'ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders` PERSISTENT FOR COLUMNS (`customer`, `placed`) INDEXES ()',
    ],
  },
  undoes: /no statement that drops them/,
  refuses: [
    ...ON_TABLE,
    ['flavour', 'the server is MySQL', { flavour: 'mysql' }],
    [
      'statistics-used',
      'the optimizer never reads them',
      { answers: { variables: variables({ use_stat_tables: 'NEVER' }) } },
    ],
    ['X3', 'the table is too large for any hour', { policy: { maxUnattendedBytes: 1000 } }],
  ],
  afterwards: [
    [true, 'each column has statistics', { 'histogram-columns': ['customer', 'placed'] }],
    [false, 'none has', { 'histogram-columns': [] }],
    ['unknown', 'they cannot be read', { 'histogram-columns': 'unknown' }],
  ],
})
