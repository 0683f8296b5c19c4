/** The second factor: an authenticator app, confirmed by a code of it, and recovery codes that are shown once. */
import { Button, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { SecondFactor, SecondFactorDraft } from '../../../../src/server/api-types.ts'
import { write } from '../../api/client.ts'
import { secondFactorQuery } from '../../api/queries.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Facts, Part } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { Code, OwnProofFields, Password, useOwnProof } from './own-proof.tsx'

interface Codes {
  readonly recoveryCodes: readonly string[]
}

/** The part. */
export function SecondFactorPart() {
  const { data, error, refetch } = useQuery(secondFactorQuery)
  const [codes, setCodes] = useState<readonly string[]>([])
  return (
    <Part title="Second factor">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {codes.length > 0 && (
        <div role="status">
          <Text className="call call-warning">
            Keep these recovery codes where your phone is not. Each stands for a code once; they are shown
            this once.
          </Text>
          <Copyable text={codes.join('\n')} label="Recovery codes" />
        </div>
      )}
      {data?.set === false && <SetUp made={setCodes} />}
      {data?.set === true && <IsSet of={data} made={setCodes} />}
    </Part>
  )
}

/** Sends, and has the state of the factor read again. */
function useChange<Answer>(send: () => Promise<Answer>, done: (answer: Answer) => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: send,
    onSuccess: async (answer) => {
      await cache.invalidateQueries({ queryKey: secondFactorQuery.queryKey })
      done(answer)
    },
  })
}

interface Made {
  readonly made: (codes: readonly string[]) => void
}

function SetUp({ made }: Made) {
  const [password, setPassword] = useState('')
  const draft = useMutation({
    mutationFn: () => write<SecondFactorDraft>('POST', '/api/second-factor/draft', { password }),
  })
  if (draft.data !== undefined) return <Confirm draft={draft.data} made={made} />
  return (
    <Form send={draft.mutate} error={draft.error}>
      <Text size="sm" mb="sm">
        With one, a stolen password is not enough to sign in as you. Any authenticator app will do.
      </Text>
      <div className="form-grid">
        <Password value={password} change={setPassword} />
      </div>
      <Button type="submit" variant="default" mt="sm" loading={draft.isPending}>
        Set one up
      </Button>
    </Form>
  )
}

function Confirm({ draft, made }: Made & { readonly draft: SecondFactorDraft }) {
  const [code, setCode] = useState('')
  const { secret, address, sealed } = draft
  const confirm = useChange(
    () => write<Codes>('POST', '/api/second-factor', { sealed, code: code.trim() }),
    ({ recoveryCodes }) => made(recoveryCodes),
  )
  return (
    <Form send={confirm.mutate} error={confirm.error}>
      <Text size="sm">
        Type this secret into the app, or <a href={address}>open the app on this device</a>. Then type the
        code it shows. Your other browsers are signed out.
      </Text>
      <Copyable text={secret.replace(/(.{4})(?=.)/g, '$1 ')} label="Secret for the app" />
      <div className="form-grid">
        <Code value={code} change={setCode} />
      </div>
      <Button type="submit" mt="sm" loading={confirm.isPending}>
        Confirm it
      </Button>
    </Form>
  )
}

function IsSet({ of, made }: Made & { readonly of: SecondFactor }) {
  const proof = useOwnProof()
  const renew = useChange(
    () => write<Codes>('POST', '/api/second-factor/recovery-codes', proof.body),
    ({ recoveryCodes }) => {
      proof.forget()
      made(recoveryCodes)
    },
  )
  const remove = useChange(
    () => write<undefined>('POST', '/api/second-factor/remove', proof.body),
    () => made([]),
  )
  const isWhole = proof.password !== '' && proof.body.code !== undefined
  return (
    <Form send={renew.mutate} error={renew.error ?? remove.error}>
      <Facts
        of={[
          ['Set', of.createdAt === null ? 'not known' : <Time key="set" at={of.createdAt} />],
          ['Recovery codes left', of.codesLeft.toLocaleString()],
        ]}
      />
      <div className="form-grid">
        <OwnProofFields of={proof} withCode />
      </div>
      <div className="buttons">
        <Button type="submit" variant="default" loading={renew.isPending}>
          New recovery codes
        </Button>
        <Button
          variant="default"
          disabled={!isWhole}
          loading={remove.isPending}
          onClick={() => remove.mutate()}
        >
          Remove the second factor
        </Button>
      </div>
    </Form>
  )
}

interface FormOf {
  readonly send: () => void
  readonly error: Error | null
  readonly children: ReactNode
}

function Form({ send, error, children }: FormOf) {
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    send()
  }
  return (
    <form onSubmit={submit}>
      {children}
      {error !== null && <ProblemNotice error={error} />}
    </form>
  )
}
