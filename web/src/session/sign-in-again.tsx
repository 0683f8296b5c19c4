/** The session ended while a page was open: the same person signs in again, and the page below stays as it is. */
import { Button, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { sessionQuery } from '../api/queries.ts'
import { Dialog } from '../parts/dialog.tsx'
import { PasskeyButton, ProofFields, useSigningIn } from './proof-fields.tsx'

/** Closing it would leave a page that answers nothing. */
const STAY = (): void => undefined

/** The dialog. It cannot be closed without signing in or leaving. */
export function SignInAgain({ userName }: { readonly userName: string }) {
  const cache = useQueryClient()
  const signing = useSigningIn(async (session) => {
    cache.setQueryData(sessionQuery.queryKey, session)
    await cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    signing.enter(userName)
  }
  const leave = (): void => {
    cache.clear()
    window.location.assign('/sign-in')
  }
  return (
    <Dialog title="Your session ended" onClose={STAY}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">
            Nothing was sent and nothing you typed is lost. Sign in as <strong>{userName}</strong> to go on.
          </Text>
          <ProofFields of={signing} />
          <Button type="submit" loading={signing.isPending}>
            Sign in
          </Button>
          <PasskeyButton of={signing} userName={userName} />
          <Button variant="default" onClick={leave}>
            Sign in as somebody else
          </Button>
        </Stack>
      </form>
    </Dialog>
  )
}
