/** What a login may at all, changed by an administrator's signature; and whether it is let in. */
import { Button, Checkbox, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Person, Session } from '../../../../src/server/api-types.ts'
import { peopleQuery } from '../../api/around.ts'
import { ProblemNotice } from '../../parts/notices.tsx'
import { useOwnKey } from '../../session/own-key.ts'
import { KeyField } from '../key-field.tsx'
import { type LoginChange, signLoginChange } from './sign-registration.ts'

interface Of {
  readonly person: Person
  readonly session: Session
}

/** Folded, because it is rarely needed. A login without a key is registered by an invitation. */
export function LoginPart(of: Of) {
  const [isOpen, setOpen] = useState(false)
  if (of.person.keyId === null) return null
  return (
    <details className="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{of.person.active ? 'Change the login, or shut it out' : 'Let it in again'}</summary>
      {isOpen && <LoginForm {...of} />}
    </details>
  )
}

const BOXES: readonly (readonly [keyof LoginChange, string])[] = [
  ['active', 'is let in'],
  ['mayApprove', 'may approve, where it is approver'],
  ['mayAdminister', 'may administer, where it is administrator'],
]

function LoginForm({ person, session }: Of) {
  const cache = useQueryClient()
  const ownKey = useOwnKey(session)
  const [passphrase, setPassphrase] = useState('')
  const { active, mayApprove, mayAdminister } = person
  const [wanted, setWanted] = useState<LoginChange>({ active, mayApprove, mayAdminister })
  const change = useMutation({
    mutationFn: () => signLoginChange(person, wanted, { session, unlock: () => ownKey.unlock(passphrase) }),
    onSuccess: () => {
      setPassphrase('')
      return cache.invalidateQueries({ queryKey: peopleQuery.queryKey })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    change.mutate()
  }
  const isSame = BOXES.every(([name]) => wanted[name] === person[name])
  return (
    <form onSubmit={submit} aria-label={`Change the login of ${person.userName}`}>
      <fieldset className="choices bare" aria-label={`What the login ${person.userName} is to be`}>
        {BOXES.map(([name, words]) => (
          <Checkbox
            key={name}
            label={words}
            checked={wanted[name]}
            onChange={(event) => setWanted({ ...wanted, [name]: event.currentTarget.checked })}
          />
        ))}
      </fieldset>
      <Text size="sm" mt="xs" mb="sm">
        Who is shut out is signed out everywhere, and what waits to run by their vote will not run.
      </Text>
      <div className="form-grid">
        <KeyField ownKey={ownKey} passphrase={passphrase} change={setPassphrase} />
      </div>
      <Button type="submit" size="compact-sm" mt="sm" loading={change.isPending} disabled={isSame}>
        Change it, signed
      </Button>
      <div role="status">
        {change.isSuccess && isSame && <Text size="sm">Changed, by your signature.</Text>}
      </div>
      {change.error !== null && <ProblemNotice error={change.error} />}
    </form>
  )
}
