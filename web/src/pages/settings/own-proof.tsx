/** What a signed-in person proves themselves with, afresh, before what cannot be taken back: the password, and a code of the second factor; or a passkey. */
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { PasskeyChallenge } from '../../../../src/server/api-types.ts'
import { write } from '../../api/client.ts'
import { secondFactorQuery } from '../../api/queries.ts'
import { ProblemNotice } from '../../parts/notices.tsx'
import { askPasskey } from '../../session/passkey.ts'

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

/** A change that is sent with the password and a code, or with the answer of a passkey. @param done what follows it */
export function useProvenChange(
  send: (proof: object) => Promise<unknown>,
  done: () => Promise<unknown> | undefined,
) {
  const proof = useOwnProof()
  const { data: factor } = useQuery(secondFactorQuery)
  const byPassword = useMutation({ mutationFn: () => send(proof.body), onSuccess: done })
  const byPasskey = useMutation({
    mutationFn: async () => {
      const asked = await write<PasskeyChallenge>('POST', '/api/passkeys/challenge', {})
      return send({ passkey: await askPasskey(asked) })
    },
    onSuccess: done,
  })
  return {
    proof,
    withCode: factor?.set === true,
    byPassword,
    byPasskey,
    error: byPassword.error ?? byPasskey.error,
    submit: (event: FormEvent): void => {
      event.preventDefault()
      byPasskey.reset()
      byPassword.mutate()
    },
  }
}

interface ProvenButtonsOf {
  readonly of: ReturnType<typeof useProvenChange>
  /** Whether a passkey can be asked here. */
  readonly usable: boolean
  readonly text: string
  readonly color?: string
  /** What else the form asks for is not there yet. */
  readonly disabled?: boolean
}

/** One that sends the form, and one that asks a passkey in place of the password. */
export function ProvenButtons({ of, usable, text, color, disabled = false }: ProvenButtonsOf) {
  const { byPassword, byPasskey, error } = of
  const byKey = (): void => {
    byPassword.reset()
    byPasskey.mutate()
  }
  return (
    <>
      <div className="buttons">
        <Button
          type="submit"
          {...(color === undefined ? {} : { color })}
          disabled={disabled}
          loading={byPassword.isPending}
        >
          {text}
        </Button>
        {usable && (
          <Button variant="default" disabled={disabled} loading={byPasskey.isPending} onClick={byKey}>
            {text}, proven by a passkey
          </Button>
        )}
      </div>
      {error !== null && <ProblemNotice error={error} />}
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
