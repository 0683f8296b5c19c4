import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { printAllDeadlocks } from './print-all-deadlocks.ts'

claims(printAllDeadlocks, {
  params: {},
  renders: {
    mysql: ['SET GLOBAL innodb_print_all_deadlocks=ON'],
    mariadb: ['SET GLOBAL innodb_print_all_deadlocks=ON'],
  },
  undoes: {
    mysql: ['SET GLOBAL innodb_print_all_deadlocks=OFF'],
    mariadb: ['SET GLOBAL innodb_print_all_deadlocks=OFF'],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ innodb_print_all_deadlocks: 'ON' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ innodb_print_all_deadlocks: 'ON' }) }],
    [false, 'the server clamped it', { variables: variables({ innodb_print_all_deadlocks: 'OFF' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
