/** Signing in: passwords, links, second factors, passkeys, sessions, tokens, roles in workspaces, invitations. For `serve` alone. */
import type { SignInPort } from '../../../core/sign-in-port.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { attempts } from './attempts.ts'
import { callers } from './callers.ts'
import { doorRecords } from './door-records.ts'
import { invitations } from './invitations.ts'
import { links } from './links.ts'
import { memberships } from './memberships.ts'
import { passkeys } from './passkeys.ts'
import { personRecords } from './person-records.ts'
import { secondFactors } from './second-factors.ts'

/** The sign-in port over serve's store. */
export function signInPort(db: StoreDatabase): SignInPort {
  return {
    ...links(db),
    ...callers(db),
    ...attempts(db),
    ...doorRecords(db),
    ...secondFactors(db),
    ...passkeys(db),
    ...memberships(db),
    ...invitations(db),
    ...personRecords(db),
  }
}
