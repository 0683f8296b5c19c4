import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { printAllDeadlocksOff } from './print-all-deadlocks-off.ts'

claims(printAllDeadlocksOff, {
  params: {},
  answers: { variables: variables({ innodb_print_all_deadlocks: 'ON' }) },
  renders: {
    mysql: ['SET GLOBAL innodb_print_all_deadlocks=OFF'],
    mariadb: ['SET GLOBAL innodb_print_all_deadlocks=OFF'],
  },
  undoes: {
    mysql: ['SET GLOBAL innodb_print_all_deadlocks=ON'],
    mariadb: ['SET GLOBAL innodb_print_all_deadlocks=ON'],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ innodb_print_all_deadlocks: 'OFF' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ innodb_print_all_deadlocks: 'OFF' }) }],
    [false, 'the server clamped it', { variables: variables({ innodb_print_all_deadlocks: 'ON' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
