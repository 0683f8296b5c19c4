/** Sign in. */
import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { sessionQuery, setUpQuery } from '../api/queries.ts'
import { leaveWorkspace } from '../api/workspace.ts'
import { EntryFrame } from '../session/entry-frame.tsx'
import { PasskeyButton, ProofFields, useSigningIn } from '../session/proof-fields.tsx'

const route = getRouteApi('/sign-in')

/** The page. */
export function SignInPage() {
  const { to } = route.useSearch()
  const setUp = useQuery(setUpQuery)
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [userName, setUserName] = useState('')
  const signing = useSigningIn(async (session) => {
    cache.clear()
    leaveWorkspace()
    cache.setQueryData(sessionQuery.queryKey, session)
    await navigate({ href: to ?? '/' })
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    signing.enter(userName)
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
          <ProofFields of={signing} />
          <Button type="submit" loading={signing.isPending}>
            Sign in
          </Button>
          <PasskeyButton of={signing} userName={null} />
        </Stack>
      </form>
    </EntryFrame>
  )
}
