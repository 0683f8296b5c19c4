import { claims } from '../../../test/support/action-claims.ts'
import { ORDERS } from '../../../test/support/fake-target.ts'
import type { Migrations } from '../../engines/mysql/shapes.ts'
import { applyMigration } from './apply-migration.ts'

const COUPONS = 'CREATE TABLE coupons (code VARCHAR(20) PRIMARY KEY)'
const INDEX = 'CREATE INDEX by_note ON coupons (note)'
const sum = (digit: string): string => digit.repeat(64)

const FILES: Migrations = {
  schema: 'shop',
  table: 'schema_migrations',
  recorded: 2,
  disagreement: null,
  recordProblem: null,
  pendingTotal: 2,
  pending: [
    {
      name: '0003.sql',
      checksum: sum('3'),
      statements: [COUPONS],
      creates: ['coupons'],
      adds: [],
      problem: null,
    },
    {
      name: '0004.sql',
      checksum: sum('4'),
      statements: [INDEX],
      creates: [],
      adds: [{ table: 'coupons', column: null }],
      problem: null,
    },
  ],
  made: [],
}
const [FIRST, SECOND] = FILES.pending as [Migrations['pending'][number], Migrations['pending'][number]]
const record = (name: string, checksum: string): string =>
  `INSERT INTO \`shop\`.\`schema_migrations\` (name, checksum) VALUES ('${name}', '${checksum}')`
const STEPS = [COUPONS, record('0003.sql', sum('3')), INDEX, record('0004.sql', sum('4'))]
const altering = (table: string): Migrations => ({
  ...FILES,
  pending: [{ ...FIRST, creates: [], adds: [{ table, column: 'note' }] }, SECOND],
})

claims(applyMigration, {
  params: { recorded: 2, files: 2 },
  answers: { migrations: FILES, table: null },
  renders: { mysql: STEPS, mariadb: STEPS },
  undoes: /nothing is dropped/,
  refuses: [
    [
      'X1',
      'a file on record was changed',
      { answers: { migrations: { ...FILES, disagreement: '0001.sql was changed' } } },
    ],
    ['X1', 'somebody applied one meanwhile', { answers: { migrations: { ...FILES, recorded: 3 } } }],
    ['X1', 'fewer files wait than were said', { params: { files: 3 } }],
    ['X1', 'no folder is configured', { answers: { migrations: null } }],
    ['X2', 'the schema is on the denylist', { policy: { denySchemas: ['shop'] } }],
    ['X2', 'the schema is the server’s', { answers: { migrations: { ...FILES, schema: 'mysql' } } }],
    [
      'only-adds',
      'a file does more than add',
      { answers: { migrations: { ...FILES, pending: [FIRST, { ...SECOND, problem: 'it has DROP' }] } } },
    ],
    [
      'only-adds',
      'nobody could read so much',
      {
        answers: {
          migrations: { ...FILES, pending: [{ ...FIRST, statements: ['x'.repeat(50_001)] }, SECOND] },
        },
      },
    ],
    ['nothing-in-the-way', 'the table is there already', { answers: { table: ORDERS } }],
    [
      'nothing-in-the-way',
      'a table to be altered is not there',
      { answers: { migrations: altering('orders') } },
    ],
    [
      'nothing-in-the-way',
      'a table to be altered is large',
      { answers: { migrations: altering('orders'), table: { ...ORDERS, dataBytes: 2 ** 27 } } },
    ],
    [
      'record-takes-rows',
      'the record has a column that needs a value',
      { answers: { migrations: { ...FILES, recordProblem: 'its column batch needs a value' } } },
    ],
    [
      'X4',
      'a transaction holds a table to be altered',
      {
        answers: {
          migrations: altering('orders'),
          table: ORDERS,
          'table-blockers': { oldestTransactionSeconds: 600, metadataHolders: 1, pendingMetadata: 0 },
        },
      },
    ],
    ['no-cluster-wide-ddl', 'the server is a Galera node', { answers: { variables: { wsrep_on: 'ON' } } }],
  ],
  afterwards: [
    [
      true,
      'the files are on record and their tables there',
      {
        migrations: { ...FILES, recorded: 4, made: [{ table: 'coupons', column: null, at: 2 }] },
        table: ORDERS,
      },
    ],
    [false, 'they are not on record', { migrations: FILES }],
    [
      false,
      'the table they create is not there',
      {
        migrations: { ...FILES, recorded: 4, made: [{ table: 'coupons', column: null, at: 2 }] },
        table: null,
      },
    ],
    [
      false,
      'the record and the files part',
      { migrations: { ...FILES, recorded: 4, disagreement: 'they part' } },
    ],
    ['unknown', 'the files cannot be read', { migrations: 'unknown' }],
    ['unknown', 'no folder is configured any more', { migrations: null }],
  ],
})
