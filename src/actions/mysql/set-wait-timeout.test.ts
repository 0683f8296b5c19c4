import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setWaitTimeout } from './set-wait-timeout.ts'

claims(setWaitTimeout, {
  params: { seconds: 3600 },
  renders: { mysql: ['SET GLOBAL wait_timeout=3600'], mariadb: ['SET GLOBAL wait_timeout=3600'] },
  undoes: { mysql: ['SET GLOBAL wait_timeout=28800'], mariadb: ['SET GLOBAL wait_timeout=28800'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ wait_timeout: '3600' }) } },
    ],
    ['pools-known', 'nobody says how long pools keep a connection', { policy: { poolIdleSeconds: null } }],
    ['pools-known', 'pools keep a connection longer', { policy: { poolIdleSeconds: 3600 } }],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ wait_timeout: '3600' }) }],
    [false, 'the server clamped it', { variables: variables({ wait_timeout: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
