/** A one-time link of an administrator: a password of one's own, then signing in. */
import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { write } from '../api/client.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { EntryFrame } from '../session/entry-frame.tsx'

/** The page. The secret stands behind the #, so that it reaches no log. */
export function LinkPage() {
  const [secret] = useState(() => window.location.hash.slice(1))
  const [userName, setUserName] = useState('')
  const [password, setPassword] = useState('')
  const redeem = useMutation({
    mutationFn: () => write<undefined>('POST', '/api/links/redeem', { secret, userName, password }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    redeem.mutate()
  }
  if (redeem.isSuccess)
    return (
      <EntryFrame title="Your password is set">
        <Button component={Link} to="/sign-in">
          Sign in
        </Button>
      </EntryFrame>
    )
  if (!/^[\w-]{43}$/.test(secret))
    return (
      <EntryFrame title="Set your password">
        <Alert color="orange" variant="outline" title="The link is not whole">
          Open it to its last character, as the administrator gave it to you.
        </Alert>
      </EntryFrame>
    )
  return (
    <EntryFrame title="Set your password">
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">The link works once. Browsers that are signed in as you are signed out.</Text>
          <TextInput
            label="User name"
            autoComplete="username"
            required
            value={userName}
            onChange={(event) => setUserName(event.currentTarget.value)}
          />
          <PasswordInput
            label="New password"
            description="To sign in. At least 10 characters, and not the passphrase of your key."
            autoComplete="new-password"
            minLength={10}
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {redeem.error !== null && <ProblemNotice error={redeem.error} />}
          <Button type="submit" loading={redeem.isPending}>
            Set the password
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  )
}
