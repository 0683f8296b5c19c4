import { claims, ON_TABLE, TABLE } from '../../../test/support/action-claims.ts'
import { sha256 } from '../../../test/support/action-world.ts'
import { ORDERS, variables } from '../../../test/support/fake-target.ts'
import { newIndexName } from './build-index.ts'
import { createIndex } from './create-index.ts'

const KEY = (column: string) => ({ column, prefix: null, direction: 'ASC' })
const ONE_REPLICA = { writable: true, isReplica: false, replicas: 1, lagSeconds: null }
const BY_CUSTOMER = ORDERS.indexes[1]
const CROWDED = {
  ...ORDERS,
  indexes: Array.from({ length: 8 }, (_, n) => ({
    ...(BY_CUSTOMER as NonNullable<typeof BY_CUSTOMER>),
    index: `i${n}`,
  })),
}
const COLUMNS = [KEY('placed'), { column: 'note', prefix: 10, direction: 'DESC' }] as never
const NAME = newIndexName({ hidden: false, sha256 }, TABLE, COLUMNS)
const BUILT = (visible: boolean, prefix: number | null = 10, more: object = {}) => ({
  ...ORDERS,
  indexes: [
    ...ORDERS.indexes,
    {
      ...(BY_CUSTOMER as NonNullable<typeof BY_CUSTOMER>),
      index: NAME,
      visible,
      columns: [
        { column: 'placed', prefix: null, direction: 'ASC' as const, cardinality: 1 },
        { column: 'note', prefix, direction: 'DESC' as const, cardinality: 1 },
      ],
      ...more,
    },
  ],
})

claims(createIndex(sha256), {
  params: { table: TABLE, columns: COLUMNS },
  renders: {
    mysql: [
      `CREATE INDEX \`${NAME}\` ON \`shop\`.\`orders\` (\`placed\`, \`note\`(10) DESC) ALGORITHM=INPLACE LOCK=NONE`,
    ],
    mariadb: [
      `CREATE INDEX \`${NAME}\` ON \`shop\`.\`orders\` (\`placed\`, \`note\`(10) DESC) ALGORITHM=INPLACE LOCK=NONE`,
    ],
  },
  undoes: {
    mysql: [`DROP INDEX \`${NAME}\` ON \`shop\`.\`orders\` ALGORITHM=INPLACE LOCK=NONE`],
    mariadb: [`DROP INDEX \`${NAME}\` ON \`shop\`.\`orders\``],
  },
  refuses: [
    ...ON_TABLE,
    ['index-is-new', 'an index begins with these columns', { params: { columns: [KEY('customer')] } }],
    ['X9', 'a column is TEXT without a prefix', { params: { columns: [KEY('body')] } }],
    ['X9', 'a column is JSON', { params: { columns: [KEY('extra')] } }],
    ['X9', 'a prefix is of a number', { params: { columns: [{ ...KEY('customer'), prefix: 2 }] } }],
    [
      'X9',
      'the key is too long for its pages',
      {
        answers: { variables: variables({ innodb_page_size: '4096' }) },
        params: { columns: [{ ...KEY('body'), prefix: 200 }] },
      },
    ],
    [
      'X9',
      'the row format takes 767 bytes and the column more',
      {
        answers: { table: { ...ORDERS, rowFormat: 'Compact' } },
        params: { columns: [{ ...KEY('body'), prefix: 200 }] },
      },
    ],
    [
      'X9',
      'MariaDB would ignore DESC',
      {
        version: '10.6.20-MariaDB',
        flavour: 'mariadb',
        params: { columns: [{ ...KEY('placed'), direction: 'DESC' }] },
      },
    ],
    ['X9', 'the table is not InnoDB', { answers: { table: { ...ORDERS, tableEngine: 'Aria' } } }],
    ['few-indexes', 'the table has eight indexes already', { answers: { table: CROWDED } }],
    ['X3', 'the table is too large for any hour', { policy: { maxUnattendedRows: 1000 } }],
    ['X10', 'no change window is open for a large table', { policy: { maxUnattendedRows: 1000 } }],
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
      'X4',
      'somebody waits for its metadata lock',
      {
        answers: {
          'table-blockers': { oldestTransactionSeconds: null, metadataHolders: 1, pendingMetadata: 1 },
        },
      },
    ],
    [
      'X5',
      'the peak would leave less than a tenth of the free disk',
      { policy: { diskFreeBytes: 160_000_000 } },
    ],
    [
      'X9',
      'its columns fit one by one and not together',
      { params: { columns: [{ ...KEY('body'), prefix: 700 }, KEY('note')] } },
    ],
    ['X5', 'nobody says how much disk is free', { policy: { diskFreeBytes: null } }],
    ['X5', 'the disk has room for twice the table only', { policy: { diskFreeBytes: 120_000_000 } }],
    ['X6', 'a replica is connected that nobody watches', { answers: { topology: ONE_REPLICA } }],
    [
      'X6',
      'a watched replica is missing',
      { policy: { replicas: { count: 2, worstLagSeconds: 0 } }, answers: { topology: ONE_REPLICA } },
    ],
    [
      'X6',
      'a replica is behind',
      { policy: { replicas: { count: 1, worstLagSeconds: 30 } }, answers: { topology: ONE_REPLICA } },
    ],
    [
      'X6',
      'the replicas would take longer than they may',
      {
        policy: { replicas: { count: 1, worstLagSeconds: 0 }, maxReplicaLagSeconds: 1 },
        answers: { topology: ONE_REPLICA },
      },
    ],
    [
      'no-cluster-wide-ddl',
      'the server is a Galera node',
      { answers: { variables: variables({ wsrep_on: 'ON' }) } },
    ],
    ['index-is-new', 'it was built before', { answers: { table: BUILT(true) } }],
  ],
  afterwards: [
    [true, 'the index is there and visible', { table: BUILT(true) }],
    [false, 'the index is there and hidden', { table: BUILT(false) }],
    [false, 'the index is over another prefix', { table: BUILT(true, 11) }],
    [false, 'the index is a unique one', { table: BUILT(true, 10, { unique: true }) }],
    [false, 'the index is of another kind', { table: BUILT(true, 10, { kind: 'FULLTEXT' }) }],
    [false, 'there is no such index', { table: ORDERS }],
    [false, 'the table is gone', { table: null }],
    ['unknown', 'the table cannot be read', { table: 'unknown' }],
  ],
})
