/** What somebody signs in with: the password, and the code of a second factor once the server asks for it. */
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { PasskeyChallenge, Session } from '../../../src/server/api-types.ts'
import { keepCsrfToken, ProblemError, write } from '../api/client.ts'
import { setUpQuery } from '../api/queries.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { askPasskey, canUsePasskeys } from './passkey.ts'

/** Signing in as somebody. */
export interface SigningIn {
  readonly password: string
  readonly code: string
  readonly change: (some: { readonly password?: string; readonly code?: string }) => void
  readonly isPending: boolean
  readonly error: Error | null
  /** The right password was given, and a code is to come with it. */
  readonly asksForCode: boolean
  enter(userName: string): void
  /** With a passkey alone. @param userName only as this login; null: as whose it is */
  enterByPasskey(userName: string | null): void
}

const asksFor = (error: Error | null): boolean =>
  error instanceof ProblemError && error.problem.code === 'DBM_SECOND_FACTOR'

/** @param entered told of the session that began */
export function useSigningIn(entered: (session: Session) => void | Promise<void>): SigningIn {
  const [fields, setFields] = useState({ password: '', code: '' })
  const [asked, setAsked] = useState(false)
  const begun = (session: Session): void | Promise<void> => {
    keepCsrfToken(session.csrfToken)
    return entered(session)
  }
  const enter = useMutation({
    mutationFn: (userName: string) => {
      const { password, code } = fields
      const body = { userName, password, ...(code.trim() === '' ? {} : { code: code.trim() }) }
      return write<Session>('POST', '/api/session', body)
    },
    onError: (error) => setAsked((before) => before || asksFor(error)),
    onSuccess: begun,
  })
  const byPasskey = useMutation({
    mutationFn: async (userName: string | null) => {
      const challenge = await write<PasskeyChallenge>('POST', '/api/session/passkey/challenge')
      const passkey = await askPasskey(challenge)
      return write<Session>('POST', '/api/session/passkey', { passkey, userName })
    },
    onSuccess: begun,
  })
  // The first answer only says that a code is needed; it is no error of the person's.
  const onlyAsked = asksFor(enter.error) && fields.code === ''
  return {
    ...fields,
    change: (some) => setFields((old) => ({ ...old, ...some })),
    isPending: enter.isPending || byPasskey.isPending,
    error: byPasskey.error ?? (onlyAsked ? null : enter.error),
    asksForCode: asked,
    enter: (userName) => {
      byPasskey.reset()
      enter.mutate(userName)
    },
    enterByPasskey: (userName) => {
      enter.reset()
      byPasskey.mutate(userName)
    },
  }
}

/** The fields, and what was refused. */
export function ProofFields({ of }: { readonly of: SigningIn }) {
  return (
    <>
      <PasswordInput
        label="Password"
        autoComplete="current-password"
        required
        value={of.password}
        onChange={(event) => of.change({ password: event.currentTarget.value })}
      />
      {of.asksForCode && (
        <TextInput
          label="Code of your authenticator app"
          description="Six digits; or one of your recovery codes, each of which counts once."
          autoComplete="one-time-code"
          required
          autoFocus
          value={of.code}
          onChange={(event) => of.change({ code: event.currentTarget.value })}
        />
      )}
      {of.error !== null && <ProblemNotice error={of.error} />}
    </>
  )
}

/** Where passkeys can be used, the way in without a password. @param userName only as this login; null: as whose it is */
export function PasskeyButton({
  of,
  userName,
}: {
  readonly of: SigningIn
  readonly userName: string | null
}) {
  const { data } = useQuery(setUpQuery)
  if (!canUsePasskeys(data?.passkeyOrigin)) return null
  return (
    <Button variant="default" disabled={of.isPending} onClick={() => of.enterByPasskey(userName)}>
      Sign in with a passkey
    </Button>
  )
}
