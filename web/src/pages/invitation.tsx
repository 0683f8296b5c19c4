/** An invitation's link: the person makes their key in this browser and chooses a password; an administrator registers it. */
import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { OpenInvitation } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { ProblemNotice, Reading } from '../parts/notices.tsx'
import { EntryFrame } from '../session/entry-frame.tsx'
import { whyNoKeys } from '../session/key-file.ts'
import { makeKey } from '../session/seal-key.ts'

/** The page. The secret stands behind the #, so that it reaches no log. */
export function InvitationPage() {
  const [secret] = useState(() => window.location.hash.slice(1))
  const whole = /^[\w-]{43}$/.test(secret)
  const { data, error } = useQuery({
    queryKey: ['invitation', secret],
    queryFn: () => write<OpenInvitation>('POST', '/api/invitations/open', { secret }),
    enabled: whole,
    retry: false,
  })
  const why = whole
    ? whyNoKeys()
    : 'Open the link to its last character, as the administrator gave it to you.'
  return (
    <EntryFrame title="You are invited">
      {why !== null && (
        <Alert color="orange" variant="outline" title="Not from here">
          {why}
        </Alert>
      )}
      {error !== null && <ProblemNotice error={error} />}
      {why === null && error === null && data === undefined && <Reading />}
      {why === null && data !== undefined && <Answer secret={secret} invitation={data} />}
    </EntryFrame>
  )
}

interface AnswerOf {
  readonly secret: string
  readonly invitation: OpenInvitation
}

const mayText = ({ mayApprove, mayAdminister }: OpenInvitation): string =>
  [mayApprove && 'approve what is proposed', mayAdminister && 'administer']
    .filter((each) => each !== false)
    .join(' and ') || 'read'

function Answer({ secret, invitation }: AnswerOf) {
  const { userName, displayName } = invitation
  const [fields, setFields] = useState({ password: '', passphrase: '' })
  const answer = useMutation({
    mutationFn: async () => {
      const key = await makeKey(fields.passphrase, userName, displayName)
      const sealedKey = await key.seal(userName)
      await write('POST', '/api/invitations/answer', { secret, password: fields.password, sealedKey })
      return key.keyId
    },
  })
  if (answer.isSuccess) return <Answered keyId={answer.data} />
  const same = fields.passphrase !== '' && fields.passphrase === fields.password
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!same) answer.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          {displayName}, you will sign in as <strong>{userName}</strong> and may {mayText(invitation)}. A
          signing key is made in this browser.
        </Text>
        <PasswordInput
          label="Password"
          description="To sign in; the server checks it. At least 10 characters."
          autoComplete="new-password"
          minLength={10}
          required
          value={fields.password}
          onChange={(event) => setFields({ ...fields, password: event.currentTarget.value })}
        />
        <PasswordInput
          label="Passphrase of your key"
          description="To sign decisions; it never leaves this browser and nobody can reset it."
          autoComplete="off"
          minLength={10}
          required
          error={same ? 'Not the password: the server sees that one.' : undefined}
          value={fields.passphrase}
          onChange={(event) => setFields({ ...fields, passphrase: event.currentTarget.value })}
        />
        {answer.error !== null && <ProblemNotice error={answer.error} />}
        <Button type="submit" loading={answer.isPending}>
          Make my key
        </Button>
      </Stack>
    </form>
  )
}

function Answered({ keyId }: { readonly keyId: string }) {
  return (
    <Stack gap="md">
      <Text size="sm">
        Read the id of your key to the administrator who invited you. They compare it and register it; then
        you can sign in.
      </Text>
      <pre className="exact">{keyId}</pre>
      <Button component={Link} to="/sign-in">
        To sign in
      </Button>
    </Stack>
  )
}
