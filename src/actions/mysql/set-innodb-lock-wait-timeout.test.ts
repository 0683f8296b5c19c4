import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setInnodbLockWaitTimeout } from './set-innodb-lock-wait-timeout.ts'

claims(setInnodbLockWaitTimeout, {
  params: { seconds: 20 },
  renders: {
    mysql: ['SET GLOBAL innodb_lock_wait_timeout=20'],
    mariadb: ['SET GLOBAL innodb_lock_wait_timeout=20'],
  },
  undoes: {
    mysql: ['SET GLOBAL innodb_lock_wait_timeout=50'],
    mariadb: ['SET GLOBAL innodb_lock_wait_timeout=50'],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ innodb_lock_wait_timeout: '20' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ innodb_lock_wait_timeout: '20' }) }],
    [false, 'the server clamped it', { variables: variables({ innodb_lock_wait_timeout: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
