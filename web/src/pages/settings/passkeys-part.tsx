/** Passkeys of who is signed in: made and removed with a fresh proof, named as they like. */
import { Button, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { NewPasskeyChallenge, Passkey } from '../../../../src/server/api-types.ts'
import { write } from '../../api/client.ts'
import { passkeysQuery, secondFactorQuery } from '../../api/queries.ts'
import { ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { canUsePasskeys, makePasskey } from '../../session/passkey.ts'
import { OwnProofFields, ProvenButtons, useOwnProof, useProvenChange } from './own-proof.tsx'

/** The part. */
export function PasskeysPart() {
  const { data, error, refetch } = useQuery(passkeysQuery)
  return (
    <Part title="Passkeys">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && (
        <>
          <Text size="sm" mb="sm">
            A passkey signs you in without a password, and proves that it is you when you vote on high risk.
            It stays on your device or security key, which asks for your finger, face or PIN.
          </Text>
          <ul className="plain reviews" aria-label="Your passkeys">
            {data.items.map((passkey) => (
              <li key={passkey.passkeyId}>
                <PasskeyRow of={passkey} usable={canUsePasskeys(data.origin)} />
              </li>
            ))}
          </ul>
          {canUsePasskeys(data.origin) ? <NewPasskey /> : <Elsewhere origin={data.origin} />}
        </>
      )}
    </Part>
  )
}

function Elsewhere({ origin }: { readonly origin: string | null }) {
  if (origin === null)
    return (
      <Text size="sm">
        Passkeys need a name under https: set <code>panel.publicUrl</code> in dbmedic.yaml.
      </Text>
    )
  return (
    <Text size="sm">
      Passkeys of this server can be used at <a href={`${origin}/settings`}>{origin}</a> only, in a browser
      that has them.
    </Text>
  )
}

/** Has what rests on passkeys read again, and then goes on. */
function useReadAgain(done: () => void): () => Promise<void> {
  const cache = useQueryClient()
  return async () => {
    await cache.invalidateQueries({ queryKey: passkeysQuery.queryKey })
    await cache.invalidateQueries({ queryKey: ['browsers'] })
    done()
  }
}

function NewPasskey() {
  const [name, setName] = useState('')
  const proof = useOwnProof()
  const { data: factor } = useQuery(secondFactorQuery)
  const onSuccess = useReadAgain(() => {
    setName('')
    proof.forget()
  })
  const make = useMutation({
    mutationFn: async () => {
      const asked = await write<NewPasskeyChallenge>('POST', '/api/passkeys/draft', proof.body)
      const made = await makePasskey(asked)
      return write<Passkey>('POST', '/api/passkeys', { passkeyName: name, ...made })
    },
    onSuccess,
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <form onSubmit={submit}>
      <div className="form-grid">
        <TextInput
          label="Name of the passkey"
          placeholder="laptop, security key …"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <OwnProofFields of={proof} withCode={factor?.set === true} />
      </div>
      <Button type="submit" variant="default" mt="sm" loading={make.isPending}>
        Make a passkey
      </Button>
      <div role="status">{make.isSuccess && <Text size="sm">Made. You can sign in with it.</Text>}</div>
      {make.error !== null && <ProblemNotice error={make.error} />}
    </form>
  )
}

function PasskeyRow({ of, usable }: { readonly of: Passkey; readonly usable: boolean }) {
  const [doing, setDoing] = useState<'nothing' | 'naming' | 'removing'>('nothing')
  const stop = (): void => setDoing('nothing')
  return (
    <>
      <div className="line">
        <span>
          <strong className="break">{of.passkeyName}</strong>{' '}
          <span className="quiet">{of.isSyncable ? 'on your devices' : 'on one device'}</span>
          <div className="quiet">
            made <Time at={of.createdAt} />, {of.lastUsedAt === null ? 'not used yet' : 'last used '}
            {of.lastUsedAt !== null && <Time at={of.lastUsedAt} />}
          </div>
        </span>
        <span className="buttons">
          {doing === 'nothing' ? (
            <>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => setDoing('naming')}
                aria-label={`Rename ${of.passkeyName}`}
              >
                Rename
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => setDoing('removing')}
                aria-label={`Remove ${of.passkeyName} …`}
              >
                Remove …
              </Button>
            </>
          ) : (
            <Button size="compact-sm" variant="default" onClick={stop}>
              {doing === 'naming' ? 'Leave its name' : 'Keep it'}
            </Button>
          )}
        </span>
      </div>
      {of.refusals > 0 && (
        <Text size="sm" className="call call-warning">
          {of.refusals.toLocaleString()} {of.refusals === 1 ? 'answer' : 'answers'} under it were not taken.
          If that was not you, remove it: there may be a copy.
        </Text>
      )}
      {doing === 'naming' && <Naming of={of} usable={usable} done={stop} />}
      {doing === 'removing' && <Removal of={of} usable={usable} done={stop} />}
    </>
  )
}

interface ChangeOf {
  readonly of: Passkey
  readonly usable: boolean
  readonly done: () => void
}

/** A name is what its owner tells by which passkey to remove, so it is changed as they are: with a proof. */
function Naming({ of, usable, done }: ChangeOf) {
  const [name, setName] = useState(of.passkeyName)
  const change = useProvenChange(
    (proof) => write<undefined>('PUT', `/api/passkeys/${of.passkeyId}/name`, { passkeyName: name, ...proof }),
    useReadAgain(done),
  )
  return (
    <form onSubmit={change.submit} aria-label={`Rename ${of.passkeyName}`}>
      <div className="form-grid">
        <TextInput
          label="New name"
          required
          autoFocus
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <OwnProofFields of={change.proof} withCode={change.withCode} />
      </div>
      <ProvenButtons of={change} usable={usable} text="Name it so" />
    </form>
  )
}

/** Removing signs every other browser out, so that whoever had a copy has nothing of it. */
function Removal({ of, usable, done }: ChangeOf) {
  const path = `/api/passkeys/${of.passkeyId}/remove`
  const change = useProvenChange((proof) => write<undefined>('POST', path, proof), useReadAgain(done))
  return (
    <form onSubmit={change.submit} aria-label={`Remove ${of.passkeyName}`}>
      <Text size="sm">It signs you in no more, and your other browsers are signed out.</Text>
      <div className="form-grid">
        <OwnProofFields of={change.proof} withCode={change.withCode} />
      </div>
      <ProvenButtons of={change} usable={usable} text="Remove it" color="red" />
    </form>
  )
}
