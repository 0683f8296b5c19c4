/** What signing in keeps, for a command that works with the store here. */
import { DbmedicError } from '../core/errors.ts'
import type { SignInPort } from '../core/sign-in-port.ts'

/** The port. @throws DbmedicError DBM_USAGE where this process has no account for it */
export function signInOf({ signIn }: { readonly signIn: SignInPort | null }): SignInPort {
  if (signIn !== null) return signIn
  throw new DbmedicError('DBM_USAGE', {
    problem: 'this process has no account for the serve role',
    hint: 'Give store credentials of the serve role.',
  })
}
