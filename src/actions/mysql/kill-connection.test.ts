import { CONNECTION, claims, onConnection } from '../../../test/support/action-claims.ts'
import { READER } from '../../../test/support/fake-target.ts'
import { killConnection } from './kill-connection.ts'

const NOW_IS = { ...READER, hasTransaction: false, rowsModified: null, blocksOthers: 0 }

claims(killConnection, {
  params: { connection: CONNECTION },
  answers: { connection: NOW_IS },
  renders: { mysql: ['KILL CONNECTION 4711'], mariadb: ['KILL CONNECTION 4711'] },
  undoes: /cannot be brought back/,
  refuses: [
    ...onConnection(NOW_IS),
    [
      'idle',
      'it has slept for less than ten minutes',
      { answers: { connection: { ...NOW_IS, idleSeconds: 599 } } },
    ],
    [
      'idle',
      'nobody knows how long it has slept',
      { answers: { connection: { ...NOW_IS, idleSeconds: null } } },
    ],
    ['idle', 'it has a transaction open', { answers: { connection: { ...NOW_IS, hasTransaction: true } } }],
    ['idle', 'it runs a statement', { answers: { connection: { ...NOW_IS, command: 'Query' } } }],
  ],
  afterwards: [
    [
      true,
      'the connection is gone',
      { connection: { ...NOW_IS, present: false, same: false, differences: ['connectionId'] } },
    ],
    [true, 'what was bound is gone', { connection: { ...NOW_IS, same: false, differences: ['user'] } }],
    ['unknown', 'it cannot be read', { connection: 'unknown' }],
  ],
})
