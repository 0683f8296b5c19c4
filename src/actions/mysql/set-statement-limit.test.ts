import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setStatementLimit } from './set-statement-limit.ts'

claims(setStatementLimit, {
  params: { seconds: 90 },
  renders: { mysql: ['SET GLOBAL max_execution_time=90000'], mariadb: ['SET GLOBAL max_statement_time=90'] },
  undoes: { mysql: ['SET GLOBAL max_execution_time=0'], mariadb: ['SET GLOBAL max_statement_time=0.000000'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ max_execution_time: '90000' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ max_execution_time: '90000' }) }],
    [false, 'the server clamped it', { variables: variables({ max_execution_time: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
