import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setIoCapacity } from './set-io-capacity.ts'

claims(setIoCapacity, {
  params: { pages: 400 },
  renders: { mysql: ['SET GLOBAL innodb_io_capacity=400'], mariadb: ['SET GLOBAL innodb_io_capacity=400'] },
  undoes: { mysql: ['SET GLOBAL innodb_io_capacity=200'], mariadb: ['SET GLOBAL innodb_io_capacity=200'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ innodb_io_capacity: '400' }) } },
    ],
    ['within-bounds', 'it is above the ceiling the server would cut it to', { params: { pages: 2001 } }],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ innodb_io_capacity: '400' }) }],
    [false, 'the server clamped it', { variables: variables({ innodb_io_capacity: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
