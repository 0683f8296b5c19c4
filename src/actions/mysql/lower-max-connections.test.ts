import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { lowerMaxConnections } from './lower-max-connections.ts'

claims(lowerMaxConnections, {
  params: { connections: 100 },
  renders: { mysql: ['SET GLOBAL max_connections=100'], mariadb: ['SET GLOBAL max_connections=100'] },
  undoes: { mysql: ['SET GLOBAL max_connections=151'], mariadb: ['SET GLOBAL max_connections=151'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ max_connections: '100' }) } },
    ],
    ['within-bounds', 'more than that were in use', { answers: { status: { max_used_connections: 90 } } }],
    ['within-bounds', 'it is no lowering', { params: { connections: 151 } }],
    ['within-bounds', 'nobody knows how many were in use', { answers: { status: {} } }],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ max_connections: '100' }) }],
    [false, 'the server clamped it', { variables: variables({ max_connections: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
