import { claims, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { NOW, ORDERS } from '../../../test/support/fake-target.ts'
import { analyzeTable } from './analyze-table.ts'

claims(analyzeTable, {
  params: { table: TABLE },
  renders: {
    mysql: ['ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders`'],
    mariadb: ['ANALYZE NO_WRITE_TO_BINLOG TABLE `shop`.`orders`'],
  },
  undoes: /cannot be put back/,
  startedAt: NOW,
  refuses: [
    ...ON_TABLE,
    ['no-flush-stall', 'MySQL is older than 8.0.24', { version: '8.0.23', flavour: 'mysql' }],
    ['no-flush-stall', 'the version is no version', { version: 'unknown' }],
    ['X9', 'the table is not InnoDB', { answers: { table: { ...ORDERS, tableEngine: 'MyISAM' } } }],
  ],
  afterwards: [
    [true, 'the statistics are as new as the run', { table: { ...ORDERS, statisticsAt: NOW } }],
    [false, 'the statistics are older than the run', { table: ORDERS }],
    ['unknown', 'the table shows no time of its statistics', { table: { ...ORDERS, statisticsAt: null } }],
    ['unknown', 'the table cannot be read', { table: 'unknown' }],
  ],
})
