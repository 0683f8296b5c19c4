import { claims, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { analyzeHistogram } from './analyze-histogram.ts'

const COLUMNS = [
  { column: 'customer', prefix: null, direction: 'ASC' },
  { column: 'placed', prefix: null, direction: 'ASC' },
]

claims(analyzeHistogram, {
  params: { table: TABLE, columns: COLUMNS, buckets: 64 },
  renders: {
    mysql: [
      'ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders` UPDATE HISTOGRAM ON `customer`, `placed` WITH 64 BUCKETS',
    ],
  },
  undoes: {
    mysql: ['ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders` DROP HISTOGRAM ON `customer`, `placed`'],
  },
  refuses: [
    ...ON_TABLE,
    ['flavour', 'the server is MariaDB', { flavour: 'mariadb' }],
    [
      'columns-measurable',
      'a column is JSON',
      { params: { columns: [{ column: 'extra', prefix: null, direction: 'ASC' }] } },
    ],
    [
      'columns-measurable',
      'a column is given with a prefix',
      { params: { columns: [{ column: 'note', prefix: 5, direction: 'ASC' }] } },
    ],
    ['X3', 'the table is too large for any hour', { policy: { maxUnattendedRows: 1000 } }],
  ],
  afterwards: [
    [true, 'each column has a histogram', { 'histogram-columns': ['customer', 'placed', 'note'] }],
    [false, 'one has none', { 'histogram-columns': ['customer'] }],
    ['unknown', 'they cannot be read', { 'histogram-columns': 'unknown' }],
  ],
})
