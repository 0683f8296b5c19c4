/** What a signed-in person proves themselves with before they change how they sign in: the password, and a code of the second factor. */
import { PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'

/** A proof as it is typed. */
export interface OwnProof {
  readonly password: string
  readonly code: string
  readonly change: (some: { readonly password?: string; readonly code?: string }) => void
  readonly forget: () => void
  /** What is sent; the code only where one was typed. */
  readonly body: { readonly password: string; readonly code?: string }
}

const EMPTY = { password: '', code: '' }

/** A proof that is not typed yet. */
export function useOwnProof(): OwnProof {
  const [fields, setFields] = useState(EMPTY)
  const code = fields.code.trim()
  return {
    ...fields,
    change: (some) => setFields((old) => ({ ...old, ...some })),
    forget: () => setFields(EMPTY),
    body: { password: fields.password, ...(code === '' ? {} : { code }) },
  }
}

/** Its fields. @param withCode whether a second factor is set, so that a code or a recovery code is asked for */
export function OwnProofFields({ of, withCode }: { readonly of: OwnProof; readonly withCode: boolean }) {
  return (
    <>
      <Password value={of.password} change={(password) => of.change({ password })} />
      {withCode && <Code value={of.code} change={(code) => of.change({ code })} />}
    </>
  )
}

interface FieldOf {
  readonly value: string
  readonly change: (value: string) => void
}

/** The password of now. */
export const Password = ({ value, change }: FieldOf) => (
  <PasswordInput
    label="Your password"
    autoComplete="current-password"
    required
    value={value}
    onChange={(event) => change(event.currentTarget.value)}
  />
)

/** A code of the authenticator app; letters too, as recovery codes have them. */
export const Code = ({ value, change }: FieldOf) => (
  <TextInput
    label="Code of the app"
    autoComplete="one-time-code"
    required
    maxLength={40}
    value={value}
    onChange={(event) => change(event.currentTarget.value)}
  />
)
