/** Erasing somebody who was shut out: what goes and what stays, said before it is asked for with a proof. */
import { Text, Textarea, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Passkeys, Person } from '../../../../src/server/api-types.ts'
import { peopleQuery } from '../../api/around.ts'
import { write } from '../../api/client.ts'
import { passkeysQuery } from '../../api/queries.ts'
import { canUsePasskeys } from '../../session/passkey.ts'
import { OwnProofFields, ProvenButtons, useProvenChange } from './own-proof.tsx'

/** Folded, because it cannot be undone. */
export function ErasePart({ person }: { readonly person: Person }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details className="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Erase the person for good</summary>
      {isOpen && <EraseForm person={person} />}
    </details>
  )
}

function EraseForm({ person }: { readonly person: Person }) {
  const { userName, displayName } = person
  const cache = useQueryClient()
  const passkeys = useQuery(passkeysQuery)
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const erase = useProvenChange(
    (proof) =>
      write<unknown>('POST', `/api/people/${encodeURIComponent(userName)}/erasure`, {
        ...proof,
        reason: reason.trim(),
        typed: typed.trim(),
      }),
    () => cache.invalidateQueries({ queryKey: peopleQuery.queryKey }),
  )
  return (
    <form onSubmit={erase.submit} aria-label={`Erase ${userName}`}>
      <Text size="sm" mt="xs">
        <strong>This cannot be undone.</strong> The name {displayName}, passwords, second factor, passkeys,
        sessions and tokens of every login of this person go, and so does the key that seals what is personal
        on the audit chain. None of the logins is ever let in again.
      </Text>
      <Text size="sm" mt="xs" mb="sm">
        Votes, runs and reasons stay under the login, with its public key. The audit chain still verifies;
        links from before this version hold the name and addresses as they were, and so do backups.
      </Text>
      <div className="form-grid">
        <Textarea
          label="Reason"
          description="Kept on the audit chain. Leave the name out of it."
          required
          autosize
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          label={`Type ${userName} to go on`}
          autoComplete="off"
          required
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <OwnProofFields of={erase.proof} withCode={erase.withCode} />
      </div>
      <ProvenButtons
        of={erase}
        usable={hasPasskey(passkeys.data)}
        text="Erase this person"
        color="red"
        disabled={reason.trim() === '' || typed.trim().toLowerCase() !== userName.toLowerCase()}
      />
    </form>
  )
}

/** Whether who is signed in can prove themselves by one here. */
const hasPasskey = (own: Passkeys | undefined): boolean =>
  own !== undefined && own.items.length > 0 && canUsePasskeys(own.origin)
