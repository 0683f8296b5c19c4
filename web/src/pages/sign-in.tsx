/** Sign in. */
import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Session } from '../../../src/server/api-types.ts'
import { keepCsrfToken, write } from '../api/client.ts'
import { sessionQuery, setUpQuery } from '../api/queries.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { EntryFrame } from '../session/entry-frame.tsx'

const route = getRouteApi('/sign-in')

/** The page. */
export function SignInPage() {
  const { to } = route.useSearch()
  const setUp = useQuery(setUpQuery)
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [userName, setUserName] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => write<Session>('POST', '/api/session', { userName, password }),
    onSuccess: async (session) => {
      keepCsrfToken(session.csrfToken)
      cache.clear()
      cache.setQueryData(sessionQuery.queryKey, session)
      await navigate({ href: to ?? '/' })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    enter.mutate()
  }
  return (
    <EntryFrame title="Sign in">
      <form onSubmit={submit}>
        <Stack gap="md">
          {setUp.data?.isSetUp === false && (
            <Text size="sm">
              Nobody can sign in yet. Open the one-time link that <code>dbmedic start</code> printed in its
              terminal; it holds for an hour, and a restart prints a new one.
            </Text>
          )}
          <TextInput
            label="User name"
            autoComplete="username"
            required
            value={userName}
            onChange={(event) => setUserName(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {enter.error !== null && <ProblemNotice error={enter.error} />}
          <Button type="submit" loading={enter.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  )
}
