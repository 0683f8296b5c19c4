import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setIdleTransactionTimeout } from './set-idle-transaction-timeout.ts'

claims(setIdleTransactionTimeout, {
  params: { seconds: 600 },
  renders: { mariadb: ['SET GLOBAL idle_transaction_timeout=600'] },
  undoes: { mariadb: ['SET GLOBAL idle_transaction_timeout=0'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ idle_transaction_timeout: '600' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ idle_transaction_timeout: '600' }) }],
    [false, 'the server clamped it', { variables: variables({ idle_transaction_timeout: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
