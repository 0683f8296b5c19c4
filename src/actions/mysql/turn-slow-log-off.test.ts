import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { turnSlowLogOff } from './turn-slow-log-off.ts'

claims(turnSlowLogOff, {
  params: {},
  answers: { variables: variables({ slow_query_log: 'ON' }) },
  renders: { mysql: ['SET GLOBAL slow_query_log=OFF'], mariadb: ['SET GLOBAL slow_query_log=OFF'] },
  undoes: { mysql: ['SET GLOBAL slow_query_log=ON'], mariadb: ['SET GLOBAL slow_query_log=ON'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ slow_query_log: 'OFF' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ slow_query_log: 'OFF' }) }],
    [false, 'the server clamped it', { variables: variables({ slow_query_log: 'ON' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
