/** Whoever signs registrations at a terminal, and that somebody stays who can. */
import { type Identified, type Installation, registrationSigner } from '../../app/index.ts'
import type { Person, RegistrationSigner } from '../../core/people.ts'
import { administrator, Refused } from '../context.ts'

/** The key of an administrator who has proved to be one. */
export async function signing(installation: Installation, as: Identified): Promise<RegistrationSigner> {
  await administrator(installation, as)
  return registrationSigner(installation.config, as)
}

/** Without an administrator anybody could add the next one, so the last one stays. */
export function keepAnAdministrator(people: readonly Person[], leaving: Person): void {
  const others = people.some((p) => p.active && p.mayAdminister && p.userName !== leaving.userName)
  if (others || !leaving.mayAdminister) return
  throw new Refused({
    refused: true,
    code: 'DBM_USAGE',
    because: `${leaving.userName} is the last administrator`,
    toProceed: `Make another one first: dbmedic users add NAME --admin --as ${leaving.userName}`,
  })
}
