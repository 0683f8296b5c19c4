import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setErrorVerbosity } from './set-error-verbosity.ts'

claims(setErrorVerbosity, {
  params: { verbosity: 2 },
  renders: { mysql: ['SET GLOBAL log_error_verbosity=2'] },
  undoes: { mysql: ['SET GLOBAL log_error_verbosity=3'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ log_error_verbosity: '2' }) } },
    ],
    ['X5', 'nobody says how much disk is free', { policy: { diskFreeBytes: null } }],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ log_error_verbosity: '2' }) }],
    [false, 'the server clamped it', { variables: variables({ log_error_verbosity: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
