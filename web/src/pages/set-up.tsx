/** First set-up: the first administrator, with a signing key made in this browser. */
import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { write } from '../api/client.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { EntryFrame } from '../session/entry-frame.tsx'
import { whyNoKeys } from '../session/key-file.ts'
import { makeKey } from '../session/seal-key.ts'

interface Fields {
  readonly displayName: string
  readonly userName: string
  readonly password: string
  readonly passphrase: string
}

async function makeAdministrator(secret: string, fields: Fields): Promise<string> {
  const { displayName, userName, password, passphrase } = fields
  const key = await makeKey(passphrase, userName, displayName)
  const { text } = await write<{ readonly text: string }>('POST', '/api/setup/registration', {
    secret,
    userName,
    displayName,
    keyId: key.keyId,
  })
  requireOwnText(text, userName, key.keyId)
  const signature = await key.sign(text)
  const sealedKey = await key.seal(userName)
  const login = { sealedKey, signature }
  await write('POST', '/api/setup', { secret, userName, displayName, password, login })
  return key.keyId
}

/** The key signs nothing but the registration of this very login. */
function requireOwnText(text: string, userName: string, keyId: string): void {
  const said = JSON.parse(text) as Readonly<Record<string, unknown>>
  const isOwn =
    said['schema'] === 'dbmedic/registration/1' &&
    said['userName'] === userName.toLowerCase() &&
    said['keyId'] === keyId
  if (!isOwn) throw new Error('The server asked for a signature of something else. Nothing was signed.')
}

/** The page. The secret stands behind the #, so that it reaches no log. */
export function SetUpPage() {
  const [secret] = useState(() => window.location.hash.slice(1))
  const [fields, setFields] = useState<Fields>({
    displayName: '',
    userName: '',
    password: '',
    passphrase: '',
  })
  const make = useMutation({ mutationFn: () => makeAdministrator(secret, fields) })
  const same = fields.passphrase !== '' && fields.passphrase === fields.password
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!same) make.mutate()
  }
  if (make.isSuccess) return <Made keyId={make.data} userName={fields.userName} />
  const why = whyNoKeys()
  if (why !== null || !/^[\w-]{43}$/.test(secret))
    return (
      <EntryFrame title="First set-up">
        <Alert
          color="orange"
          variant="outline"
          title={why === null ? 'The link is not whole' : 'Not from here'}
        >
          {why ?? 'Open the one-time link to its last character, as dbmedic start printed it.'}
        </Alert>
      </EntryFrame>
    )
  return (
    <EntryFrame title="First set-up">
      <Text size="sm" mb="md">
        Makes the first administrator. A signing key is made in this browser; it signs your decisions.
      </Text>
      <form onSubmit={submit}>
        <Stack gap="md">
          <SetUpFields fields={fields} change={setFields} same={same} />
          {make.error !== null && <ProblemNotice error={make.error} />}
          <Button type="submit" loading={make.isPending}>
            Make the administrator
          </Button>
        </Stack>
      </form>
    </EntryFrame>
  )
}

function SetUpFields({
  fields,
  change,
  same,
}: {
  readonly fields: Fields
  readonly change: (fields: Fields) => void
  readonly same: boolean
}) {
  const field = (name: keyof Fields) => ({
    value: fields[name],
    required: true,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      change({ ...fields, [name]: event.currentTarget.value }),
  })
  return (
    <>
      <TextInput label="Your name" autoComplete="name" maxLength={200} {...field('displayName')} />
      <TextInput
        label="User name"
        description="3 to 100 letters, digits and . _ @ + -"
        autoComplete="username"
        pattern="[A-Za-z0-9._@+\-]{3,100}"
        {...field('userName')}
      />
      <PasswordInput
        label="Password"
        description="To sign in; the server checks it. At least 10 characters."
        autoComplete="new-password"
        minLength={10}
        {...field('password')}
      />
      <PasswordInput
        label="Passphrase of your key"
        description="To sign decisions; it never leaves this browser and nobody can reset it."
        autoComplete="off"
        minLength={10}
        error={same ? 'Not the password: the server sees that one.' : undefined}
        {...field('passphrase')}
      />
    </>
  )
}

function Made({ keyId, userName }: { readonly keyId: string; readonly userName: string }) {
  return (
    <EntryFrame title="You are set up">
      <Stack gap="md">
        <Text size="sm">
          {userName} is the first administrator. The executor believes nobody by this: where it runs, pin the
          key. (The demonstration on a private server does that by itself.)
        </Text>
        <pre className="exact">dbmedic users pin</pre>
        <Text size="sm" className="break">
          Key <code>{keyId}</code>
        </Text>
        <Button component={Link} to="/sign-in">
          Sign in
        </Button>
      </Stack>
    </EntryFrame>
  )
}
