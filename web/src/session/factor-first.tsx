/** In place of the panel, for who must sign in with more than a password and has nothing more yet: sets it up. */
import { Button, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { write } from '../api/client.ts'
import { passkeysQuery, secondFactorQuery, sessionQuery } from '../api/queries.ts'
import { PasskeysPart } from '../pages/settings/passkeys-part.tsx'
import { SecondFactorPart } from '../pages/settings/second-factor-part.tsx'
import { ProblemNotice } from '../parts/notices.tsx'
import { EntryFrame } from './entry-frame.tsx'

/** @param done called once the server no longer asks for it */
export default function FactorFirst({ done }: { readonly done: () => void }) {
  const cache = useQueryClient()
  const { data: factor } = useQuery(secondFactorQuery)
  const { data: passkeys } = useQuery(passkeysQuery)
  const isSet = factor?.set === true || (passkeys?.items.length ?? 0) > 0
  const goOn = useMutation({
    mutationFn: () => cache.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    onSuccess: done,
  })
  const leave = useMutation({
    mutationFn: () => write<undefined>('DELETE', '/api/session'),
    onSettled: () => window.location.assign('/sign-in'),
  })
  return (
    <EntryFrame title="More than a password">
      <Text mb="sm">
        Your roles decide what happens to databases, so a password alone is not enough here. Set up an
        authenticator app or a passkey; either will do.
      </Text>
      <SecondFactorPart />
      <PasskeysPart />
      <div className="buttons">
        <Button disabled={!isSet} loading={goOn.isPending} onClick={() => goOn.mutate()}>
          Go on
        </Button>
        <Button variant="default" loading={leave.isPending} onClick={() => leave.mutate()}>
          Sign out
        </Button>
      </div>
      {goOn.error !== null && <ProblemNotice error={goOn.error} />}
    </EntryFrame>
  )
}
