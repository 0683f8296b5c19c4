import { CONNECTION, claims, onConnection } from '../../../test/support/action-claims.ts'
import { READER } from '../../../test/support/fake-target.ts'
import { killIdleTransaction } from './kill-idle-transaction.ts'

const NOW_IS = { ...READER, rowsModified: 12 }

claims(killIdleTransaction, {
  params: { connection: CONNECTION },
  answers: { connection: NOW_IS },
  renders: { mysql: ['KILL CONNECTION 4711'], mariadb: ['KILL CONNECTION 4711'] },
  undoes: /cannot be brought back/,
  refuses: [
    ...onConnection(NOW_IS),
    [
      'transaction-bound',
      'the parameter names no transaction',
      { params: { connection: { ...CONNECTION, transactionId: null } } },
    ],
    ['idle-writer', 'it modified nothing', { answers: { connection: { ...NOW_IS, rowsModified: 0 } } }],
    [
      'idle-writer',
      'it modified more than 10,000 rows',
      { answers: { connection: { ...NOW_IS, rowsModified: 10_001 } } },
    ],
    [
      'idle-writer',
      'nobody knows how many rows it modified',
      { answers: { connection: { ...NOW_IS, rowsModified: null } } },
    ],
    ['idle-writer', 'it runs a statement', { answers: { connection: { ...NOW_IS, command: 'Query' } } }],
    [
      'idle-writer',
      'it has no transaction',
      { answers: { connection: { ...NOW_IS, hasTransaction: false } } },
    ],
    ['blocks-others', 'nobody waits for it', { answers: { connection: { ...NOW_IS, blocksOthers: 0 } } }],
  ],
  afterwards: [
    [
      true,
      'the connection is gone',
      { connection: { ...NOW_IS, present: false, same: false, differences: ['connectionId'] } },
    ],
    [
      true,
      'what was bound is gone',
      { connection: { ...NOW_IS, same: false, differences: ['transactionId'] } },
    ],
    ['unknown', 'it cannot be read', { connection: 'unknown' }],
  ],
})
