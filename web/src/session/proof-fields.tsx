/** What somebody signs in with: the password, and the code of a second factor once the server asks for it. */
import { PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Session } from '../../../src/server/api-types.ts'
import { keepCsrfToken, ProblemError, write } from '../api/client.ts'
import { ProblemNotice } from '../parts/notices.tsx'

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
}

const asksFor = (error: Error | null): boolean =>
  error instanceof ProblemError && error.problem.code === 'DBM_SECOND_FACTOR'

/** @param entered told of the session that began */
export function useSigningIn(entered: (session: Session) => void | Promise<void>): SigningIn {
  const [fields, setFields] = useState({ password: '', code: '' })
  const [asked, setAsked] = useState(false)
  const enter = useMutation({
    mutationFn: (userName: string) => {
      const { password, code } = fields
      const body = { userName, password, ...(code.trim() === '' ? {} : { code: code.trim() }) }
      return write<Session>('POST', '/api/session', body)
    },
    onError: (error) => setAsked((before) => before || asksFor(error)),
    onSuccess: (session) => {
      keepCsrfToken(session.csrfToken)
      return entered(session)
    },
  })
  // The first answer only says that a code is needed; it is no error of the person's.
  const onlyAsked = asksFor(enter.error) && fields.code === ''
  return {
    ...fields,
    change: (some) => setFields((old) => ({ ...old, ...some })),
    isPending: enter.isPending,
    error: onlyAsked ? null : enter.error,
    asksForCode: asked,
    enter: (userName) => enter.mutate(userName),
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
