import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { setUserConnectionLimit } from './set-user-connection-limit.ts'

const alter = (limit: number): readonly string[] => [
  `ALTER USER \`app\`@\`10.%\` WITH MAX_USER_CONNECTIONS ${limit}`,
]
const SAME = { mysql: alter(40), mariadb: alter(40) }
const BACK = { mysql: alter(0), mariadb: alter(0) }

claims(setUserConnectionLimit, {
  params: { account: { user: 'app', host: '10.%' }, connections: 40 },
  renders: SAME,
  undoes: BACK,
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'there is no such account', { answers: { account: null } }],
    ['X2', 'it is an administrator', { params: { account: { user: 'root', host: '%' } } }],
    ['X2', 'it is on the denylist', { policy: { denyUsers: ['APP'] } }],
    ['application-account', 'it is none of the applications’', { policy: { applicationUsers: ['shop'] } }],
    [
      'application-account',
      'nobody says which users are applications’',
      { policy: { applicationUsers: undefined } as never },
    ],
    [
      'changes-something',
      'the limit is set already',
      { answers: { account: { maxUserConnections: 40, locked: null } } },
    ],
  ],
  afterwards: [
    [true, 'the account has the limit', { account: { maxUserConnections: 40, locked: null } }],
    [false, 'the account has another', { account: { maxUserConnections: 0, locked: null } }],
    [false, 'the account is gone', { account: null }],
    ['unknown', 'it cannot be read', { account: 'unknown' }],
  ],
})
