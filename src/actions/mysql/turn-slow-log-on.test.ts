import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { turnSlowLogOn } from './turn-slow-log-on.ts'

claims(turnSlowLogOn, {
  params: {},
  renders: { mysql: ['SET GLOBAL slow_query_log=ON'], mariadb: ['SET GLOBAL slow_query_log=ON'] },
  undoes: { mysql: ['SET GLOBAL slow_query_log=OFF'], mariadb: ['SET GLOBAL slow_query_log=OFF'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ slow_query_log: 'ON' }) } },
    ],
    ['X5', 'nobody says how much disk is free', { policy: { diskFreeBytes: null } }],
    ['log-has-output', 'the log goes nowhere', { answers: { variables: variables({ log_output: 'NONE' }) } }],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ slow_query_log: 'ON' }) }],
    [false, 'the server clamped it', { variables: variables({ slow_query_log: 'OFF' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
