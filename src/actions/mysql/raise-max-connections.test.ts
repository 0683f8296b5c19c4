import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { raiseMaxConnections } from './raise-max-connections.ts'

claims(raiseMaxConnections, {
  params: { connections: 200 },
  renders: { mysql: ['SET GLOBAL max_connections=200'], mariadb: ['SET GLOBAL max_connections=200'] },
  undoes: { mysql: ['SET GLOBAL max_connections=151'], mariadb: ['SET GLOBAL max_connections=151'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ max_connections: '200' }) } },
    ],
    ['within-bounds', 'it is no raise', { params: { connections: 150 } }],
    ['within-bounds', 'it is more than twice', { params: { connections: 303 } }],
    ['memory-headroom', 'nobody says how much memory there is', { policy: { memoryBytes: null } }],
    ['memory-headroom', 'the buffers could outgrow memory', { policy: { memoryBytes: 400_000_000 } }],
    [
      'memory-headroom',
      'a buffer cannot be read',
      { answers: { variables: variables({ sort_buffer_size: '' }) } },
    ],
    [
      'file-headroom',
      'the server may not open so many files',
      { answers: { variables: variables({ open_files_limit: '4000' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ max_connections: '200' }) }],
    [false, 'the server clamped it', { variables: variables({ max_connections: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
