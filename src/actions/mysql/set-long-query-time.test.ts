import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setLongQueryTime } from './set-long-query-time.ts'

claims(setLongQueryTime, {
  params: { threshold: '0.75' },
  renders: { mysql: ['SET GLOBAL long_query_time=0.75'], mariadb: ['SET GLOBAL long_query_time=0.75'] },
  undoes: {
    mysql: ['SET GLOBAL long_query_time=10.000000'],
    mariadb: ['SET GLOBAL long_query_time=10.000000'],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ long_query_time: '0.75' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ long_query_time: '0.75' }) }],
    [false, 'the server clamped it', { variables: variables({ long_query_time: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
