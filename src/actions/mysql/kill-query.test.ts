import { CONNECTION, claims, onConnection } from '../../../test/support/action-claims.ts'
import { READER } from '../../../test/support/fake-target.ts'
import { killQuery } from './kill-query.ts'

const NOW_IS = { ...READER, command: 'Query', idleSeconds: null, rowsModified: 3 }

claims(killQuery, {
  params: { connection: { ...CONNECTION, queryId: '99', statementFingerprintId: 'abcdef0123456789' } },
  answers: { connection: NOW_IS },
  renders: { mysql: ['KILL QUERY 4711'], mariadb: ['KILL QUERY ID 99'] },
  undoes: /cannot be brought back/,
  refuses: [
    ...onConnection(NOW_IS),
    [
      'statement-bound',
      'no query id is named on MariaDB',
      { flavour: 'mariadb', params: { connection: CONNECTION } },
    ],
    [
      'statement-bound',
      'no statement is named on MySQL',
      { flavour: 'mysql', params: { connection: CONNECTION } },
    ],
    [
      'running',
      'it sleeps, where KILL QUERY does nothing',
      { answers: { connection: { ...NOW_IS, command: 'Sleep' } } },
    ],
    [
      'small-rollback',
      'its transaction modified more than 10,000 rows',
      { answers: { connection: { ...NOW_IS, rowsModified: 10_001 } } },
    ],
  ],
  afterwards: [
    [
      true,
      'the connection is gone',
      { connection: { ...NOW_IS, present: false, same: false, differences: ['connectionId'] } },
    ],
    [true, 'what was bound is gone', { connection: { ...NOW_IS, same: false, differences: ['queryId'] } }],
    ['unknown', 'it cannot be read', { connection: 'unknown' }],
  ],
})
