import { claims, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { dropHistogram } from './drop-histogram.ts'

const COLUMNS = [
  { column: 'customer', prefix: null, direction: 'ASC' },
  { column: 'placed', prefix: null, direction: 'ASC' },
]

claims(dropHistogram, {
  params: { table: TABLE, columns: COLUMNS },
  answers: { 'histogram-columns': ['customer', 'placed'] },
  renders: {
    mysql: ['ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders` DROP HISTOGRAM ON `customer`, `placed`'],
  },
  undoes: /cannot be put back/,
  refuses: [
    ...ON_TABLE,
    ['flavour', 'the server is MariaDB', { flavour: 'mariadb' }],
    ['changes-something', 'a column has no histogram', { answers: { 'histogram-columns': ['customer'] } }],
  ],
  afterwards: [
    [true, 'none has a histogram', { 'histogram-columns': ['note'] }],
    [false, 'one still has', { 'histogram-columns': ['placed'] }],
    ['unknown', 'they cannot be read', { 'histogram-columns': 'unknown' }],
  ],
})
