/** The session ended while a page was open: the same person signs in again, and the page below stays as it is. */
import { Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Session } from '../../../src/server/api-types.ts'
import { keepCsrfToken, write } from '../api/client.ts'
import { sessionQuery } from '../api/queries.ts'
import { Dialog } from '../parts/dialog.tsx'
import { ProblemNotice } from '../parts/notices.tsx'

/** Closing it would leave a page that answers nothing. */
const STAY = (): void => undefined

/** The dialog. It cannot be closed without signing in or leaving. */
export function SignInAgain({ userName }: { readonly userName: string }) {
  const cache = useQueryClient()
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => write<Session>('POST', '/api/session', { userName, password }),
    onSuccess: async (session) => {
      keepCsrfToken(session.csrfToken)
      cache.setQueryData(sessionQuery.queryKey, session)
      await cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    enter.mutate()
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
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            data-autofocus
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {enter.error !== null && <ProblemNotice error={enter.error} />}
          <Button type="submit" loading={enter.isPending}>
            Sign in
          </Button>
          <Button variant="default" onClick={leave}>
            Sign in as somebody else
          </Button>
        </Stack>
      </form>
    </Dialog>
  )
}
