import { CONNECTION, claims, onConnection } from '../../../test/support/action-claims.ts'
import { READER } from '../../../test/support/fake-target.ts'
import { killIdleReader } from './kill-idle-reader.ts'

const NOW_IS = READER

claims(killIdleReader, {
  params: { connection: CONNECTION },
  renders: { mysql: ['KILL CONNECTION 4711'], mariadb: ['KILL CONNECTION 4711'] },
  undoes: /cannot be brought back/,
  refuses: [
    ...onConnection(NOW_IS),
    [
      'transaction-bound',
      'the parameter names no transaction',
      { params: { connection: { ...CONNECTION, transactionId: null } } },
    ],
    ['idle-reader', 'it modified a row', { answers: { connection: { ...NOW_IS, rowsModified: 1 } } }],
    [
      'idle-reader',
      'nobody knows how many rows it modified',
      { answers: { connection: { ...NOW_IS, rowsModified: null } } },
    ],
    ['idle-reader', 'it runs a statement', { answers: { connection: { ...NOW_IS, command: 'Query' } } }],
    [
      'idle-reader',
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
